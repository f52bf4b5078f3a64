import type { Address, Endpoint } from "../../core/address.ts";
import type { AnyMessageType, Message } from "../../wire/message.ts";
import type {
  ForEachWatched,
  Peer,
  PeerHealth,
  Port,
  PortHandler,
  SendResult,
  Token,
  Transport,
  TransportBounds,
  TransportCapabilities,
  TransportStats,
} from "../transport.ts";
import { NO_TOKEN, RETURN_TO_SENDER } from "../transport.ts";
import type { FailureEvents } from "./failure-events.ts";
import { HELD } from "./fault-rules.ts";
import type { HeldMessages } from "./held-messages.ts";
import { CLOSED, HUNG, REPLACED, UP } from "./hosts.ts";
import { type Kernel, PEER_STATES } from "./kernel.ts";
import { pendingOf } from "./pending-sends.ts";
import { writeMessage } from "./write-message.ts";

/** Messages that one host may have on their way; more is `full`, three quarters is `slow`. */
export const IN_FLIGHT_MAX = 4_096;
export const IN_FLIGHT_SLOW = IN_FLIGHT_MAX * 0.75;

/** The transport contract over the event queue: one for each instance, any number of ports each. */
export class SimTransport implements Transport {
  readonly name: string;
  readonly capabilities: TransportCapabilities;
  readonly messageBytesMax: number;
  readonly #kernel: Kernel;
  readonly #failures: FailureEvents;
  readonly #held: HeldMessages;
  readonly #instance: number;
  readonly #ports: number[] = [];
  #handler: PortHandler | undefined;
  #forEachWatched: ForEachWatched | undefined;
  /** Peers that were told `slow`, by port; told `onDrain` later. BOUNDED: a peer stands in it once. */
  readonly #slow = new Map<number, Set<number>>();

  constructor(kernel: Kernel, failures: FailureEvents, held: HeldMessages, instance: number) {
    this.#kernel = kernel;
    this.#failures = failures;
    this.#held = held;
    this.#instance = instance;
    this.name = `sim:${kernel.model.name}`;
    this.messageBytesMax = kernel.codec.messageBytesMax;
    this.capabilities = {
      ordered: kernel.model.ordered,
      detectsHang: kernel.model.detectsHang,
      virtualTime: true,
    };
  }

  get handler(): PortHandler | undefined {
    return this.#handler;
  }

  /** The host behind a member: members are numbered as their ports are opened. */
  hostOf(member: number): number {
    return this.#ports[member] as number;
  }

  async open(local: Address, handler: PortHandler): Promise<Port> {
    return this.openNow(local, handler);
  }

  /** As `open`, at once: a million ports need no promise each. */
  openNow(local: Address, handler: PortHandler): Port {
    this.#handler = handler;
    const former = this.#kernel.hosts.current(local);
    const host = this.#kernel.hosts.open(local, this.#instance, this.#ports.length);
    if (former !== undefined) {
      this.#failures.leave(former, REPLACED);
      this.#kernel.latency.continues?.(host, former);
    }
    this.#ports.push(host);
    return host as Port;
  }

  localEndpoint(port: Port): Endpoint {
    return this.#kernel.hosts.endpoint(port);
  }

  peer(endpoint: Endpoint): Peer {
    return this.#kernel.hosts.find(endpoint) as Peer;
  }

  endpointOf(peer: Peer): Endpoint {
    return this.#kernel.hosts.endpoint(peer);
  }

  release(_peer: Peer): void {}

  send(from: Port, to: Peer, message: Message, token: Token = NO_TOKEN): SendResult {
    const k = this.#kernel;
    if (k.hosts.state(from) !== UP && !k.hosts.isRunning(from)) return "full";
    const inFlight = k.hosts.inFlight(from);
    if (inFlight >= IN_FLIGHT_MAX) return "full";
    const { type } = message;
    const bytes = k.codec.sizeOf(message);
    if (bytes > this.messageBytesMax) {
      if (token !== NO_TOKEN) this.#failures.fail(from, to, token, message, "tooLarge", 0);
      return "sent";
    }
    this.#count(type, bytes);
    const delayUs = this.#delayUs(from, to);
    const carried = k.wire ? k.codec.decode(k.codec.encode(message)) : message;
    if (delayUs < 0) {
      this.#stopped(delayUs === HELD, from, to, carried, token);
      return "sent";
    }
    this.#enqueue(delayUs, from, to, carried, token);
    k.hosts.setInFlight(from, inFlight + 1);
    if (inFlight < IN_FLIGHT_SLOW) return "sent";
    this.#tellSlow(from, to);
    return "slow";
  }

  #tellSlow(from: Port, to: Peer): void {
    let slow = this.#slow.get(from);
    if (slow === undefined) {
      slow = new Set();
      this.#slow.set(from, slow);
      this.#kernel.slowHosts++;
    }
    slow.add(to);
  }

  /** From send to arrival, or `LOST` or `HELD`. What slows the path slows each transmission, so that order is kept. */
  #delayUs(from: Port, to: Peer): number {
    const { latency, model, faults, nowUs } = this.#kernel;
    let oneWayUs = latency.delayUs(from, to);
    if (!faults.isEmpty) {
      const extraUs = faults.extraUs(from, to, nowUs);
      if (extraUs < 0) return extraUs;
      oneWayUs += extraUs;
    }
    return model.transmitUs(from, to, oneWayUs, nowUs, faults);
  }

  /**
   * A rule keeps the message or drops it. Either way its sender meets silence, in the time that this takes.
   * What is let go later arrives all the same, but for what went back to its sender: that goes another way.
   */
  #stopped(isHeld: boolean, from: Port, to: Peer, message: Message, token: Token): void {
    const k = this.#kernel;
    const { holder } = k.faults;
    const isKept = isHeld && token !== RETURN_TO_SENDER && this.#held.hasRoom;
    if (!isKept || holder === undefined) k.counters.lost++;
    else this.#held.keep(holder, from, to, message);
    this.#failures.silence(from, to, token, message);
  }

  #count(type: AnyMessageType, bytes: number): void {
    const k = this.#kernel;
    if (k.types[type.tag] !== type) k.types[type.tag] = type;
    const { byTag } = k;
    byTag.counts[type.tag] = (byTag.counts[type.tag] as number) + 1;
    byTag.bytes[type.tag] = (byTag.bytes[type.tag] as number) + bytes;
    k.counters.messagesSent++;
    k.counters.bytesSent += bytes + k.model.headerBytes;
  }

  #enqueue(delayUs: number, from: number, to: number, message: Message, token: Token): void {
    const k = this.#kernel;
    const at = k.queue.push(k.nowUs + delayUs, message.type.tag);
    writeMessage(k, k.queue.target, at, from, to, message, token);
  }

  /** Few of the host's messages are on their way: whoever waits for that is told. */
  drained(host: number): void {
    const slow = this.#slow.get(host);
    if (slow === undefined) return;
    this.#slow.delete(host);
    this.#kernel.slowHosts--;
    for (const peer of slow) this.#failures.drain(host, peer);
  }

  watchesListedBy(forEachWatched: ForEachWatched): void {
    this.#forEachWatched = forEachWatched;
  }

  /** Calls with whom a port watches, where the floor above has said that it knows. */
  forEachWatched(port: number, visit: (peer: number) => void): void {
    this.#forEachWatched?.(port as Port, visit);
  }

  watch(from: Port, to: Peer): void {
    this.#kernel.accountWatches();
    if (this.#forEachWatched === undefined) this.#kernel.watches.list();
    this.#kernel.watches.add(from, to);
    this.#failures.watched(from, to);
  }

  unwatch(from: Port, to: Peer): void {
    this.#kernel.accountWatches();
    this.#kernel.watches.remove(from, to);
  }

  health(from: Port, to: Peer): PeerHealth | undefined {
    const k = this.#kernel;
    const reported = k.watches.isQuiet ? undefined : k.watches.reported(from, to);
    // Expected, not drawn: looking must not change what happens.
    const rttUs = k.latency.expectedUs(from, to) + k.latency.expectedUs(to, from);
    return {
      state: PEER_STATES[reported ?? 0] ?? "up",
      srttUs: rttUs,
      rttVarUs: 0,
      rtoUs: k.model.suspectUs(rttUs),
      loss: k.faults.lossOf(from, to),
      inFlight: k.hosts.inFlight(from),
      queued: 0,
      lastHeardUs: undefined,
    };
  }

  oneWayUs(from: Port, to: Peer): number {
    return this.#kernel.latency.expectedUs(from, to);
  }

  bounds(): TransportBounds {
    const { model, latency } = this.#kernel;
    const rttUs = latency.rttMaxUs;
    return {
      rttUs,
      verdictUs: model.downUs(rttUs) + 2 * rttUs,
      verdictPerKiBUs: 0,
      suspectUs: model.probeIntervalUs + model.suspectUs(rttUs),
      downUs: model.probeIntervalUs + model.downUs(rttUs),
      steps: model.steps(rttUs),
    };
  }

  /** Of the whole simulation: its messages are counted once, whoever asks. */
  stats(): TransportStats {
    const k = this.#kernel;
    k.accountWatches();
    const byType: Record<string, { count: number; bytes: number }> = {};
    k.types.forEach((type, tag) => {
      if (type === undefined) return;
      const { counts, bytes } = k.byTag;
      byType[type.name] = { count: counts[tag] as number, bytes: bytes[tag] as number };
    });
    const probeBytes = Math.round((k.watchedUs / 1_000_000) * k.model.probeBytesPerSecond);
    return {
      messagesSent: k.counters.messagesSent,
      messagesReceived: k.counters.messagesReceived,
      bytesSent: k.counters.bytesSent + probeBytes,
      bytesReceived: k.counters.bytesSent,
      datagramsSent: k.counters.messagesSent,
      retransmits: 0,
      duplicates: 0,
      malformed: k.counters.malformed,
      revived: k.counters.revived,
      probeBytes,
      byType,
    };
  }

  async close(): Promise<void> {
    for (const host of this.#ports) {
      const state = this.#kernel.hosts.state(host);
      if (state !== HUNG && !this.#kernel.hosts.isRunning(host)) continue;
      for (const settle of pendingOf(this.#kernel, host)) settle(this.#handler);
      this.#failures.leave(host, CLOSED);
    }
  }
}
