import type { Incarnation } from "../../core/address.ts";
import { SkipnetError } from "../../core/errors.ts";
import type { Log } from "../../core/log.ts";
import { silentLog } from "../../core/log.ts";
import type { Random } from "../../core/random.ts";
import type { MessageCodec } from "../../wire/codec.ts";
import type { Message } from "../../wire/message.ts";
import type { Peer, PeerHealth, SendResult, Token } from "../transport.ts";
import { RETURN_TO_SENDER, refused } from "../transport.ts";
import { Admission } from "./admission.ts";
import { BackPressure } from "./back-pressure.ts";
import { Counters } from "./counters.ts";
import { Deadlines } from "./deadlines.ts";
import { EventQueue } from "./events.ts";
import { Lateness } from "./lateness.ts";
import type { UdpOptions } from "./options.ts";
import { KIND_RESET } from "./packet.ts";
import { PacketReader } from "./packet-reader.ts";
import { PacketWriter } from "./packet-writer.ts";
import type { PeerDirectory } from "./peer-directory.ts";
import { type DatagramSink, type PortContext, report } from "./port-context.ts";
import { Resets } from "./resets.ts";
import type { Session } from "./session.ts";
import { closeSession, takeDown } from "./session-ends.ts";
import { receivePacket } from "./session-input.ts";
import { flushSession, sendClose } from "./session-output.ts";
import { SessionTable } from "./session-table.ts";
import { refusedByHost } from "./silence.ts";

/**
 * Where packets are taken apart and put together. It holds nothing from one packet to the next, so
 * that many ports of one process may share it.
 */
export interface PacketScratch {
  readonly reader: PacketReader;
  readonly writer: PacketWriter;
}

export const newPacketScratch = (): PacketScratch => ({
  reader: new PacketReader(),
  writer: new PacketWriter(),
});

export interface UdpProtocolSetup {
  readonly options: UdpOptions;
  readonly codec: MessageCodec;
  readonly incarnation: Incarnation;
  readonly directory: PeerDirectory;
  readonly random: Random;
  readonly log?: Log | undefined;
  /** Left out: its own. */
  readonly scratch?: PacketScratch | undefined;
  /** Number of the first packet and message of a session: 0, but for tests of the wrap-around. */
  readonly firstNumber?: number | undefined;
}

/**
 * The reliable UDP protocol of one port, as a state machine without I/O: datagrams, sends and the
 * time go in; datagrams come out of `poll`, and what happened out of `events`. Nothing in it waits,
 * throws at what strangers send, or calls the program. The same object runs on a socket and in the
 * simulator's packet network.
 */
export class UdpProtocol {
  readonly events = new EventQueue();
  readonly counters = new Counters();
  readonly #context: PortContext;
  readonly #sessions: SessionTable;
  readonly #deadlines = new Deadlines<Session>();
  readonly #reader: PacketReader;
  readonly #resets: Resets;
  readonly #admission: Admission;
  /** BOUNDED: each session stands in it at most once. */
  #dirty: Session[] = [];
  #closed = false;

  constructor(setup: UdpProtocolSetup) {
    const { options, scratch = newPacketScratch() } = setup;
    this.#reader = scratch.reader;
    this.#context = {
      options,
      codec: setup.codec,
      incarnation: setup.incarnation,
      random: setup.random,
      log: setup.log ?? silentLog,
      directory: setup.directory,
      events: this.events,
      counters: this.counters,
      writer: scratch.writer,
      reassembly: { usedBytes: 0, maxBytes: options.reassemblyNodeBytes },
      backPressure: new BackPressure(options.nodeQueueBytes),
      ownLateness: new Lateness(options.lateMemoryUs),
      machineLateness: new Lateness(options.lateMemoryUs),
      firstNumber: setup.firstNumber ?? 0,
      sessionsOpened: 0,
    };
    this.#sessions = new SessionTable(this.#context);
    this.#resets = new Resets(this.#context);
    this.#admission = new Admission(this.#context, this.#sessions, this.#reader, this.#resets);
  }

  /** Whether `poll` has something to do before `nextDeadlineUs`. */
  get hasOutput(): boolean {
    return this.#dirty.length > 0 || this.#resets.hasOutput;
  }

  /** When `poll` is to be called at the latest; `Infinity` if nothing is due ever. */
  get nextDeadlineUs(): number {
    return this.#deadlines.firstUs;
  }

  get sessionCount(): number {
    return this.#sessions.size;
  }

  /** Bytes held for peers: unsettled messages, and messages that are not yet whole. */
  get heldBytes(): number {
    return this.#context.backPressure.usedBytes + this.#context.reassembly.usedBytes;
  }

  /** A datagram arrived. */
  input(datagram: Uint8Array, host: string, port: number, nowUs: number): void {
    this.counters.datagramsReceived++;
    this.counters.bytesReceived += datagram.length;
    if (this.#closed) return;
    const reader = this.#reader;
    if (reader.parse(datagram) !== undefined) {
      this.counters.malformed++;
      return;
    }
    const session = this.#sessionOf(reader, datagram.length, host, port, nowUs);
    if (session === undefined) return;
    if (reader.kind !== KIND_RESET && !receivePacket(session, reader, datagram, nowUs)) {
      this.counters.malformed++;
    }
    this.#touch(session);
  }

  send(to: Peer, message: Message, token: Token, nowUs: number): SendResult {
    const { backPressure, codec } = this.#context;
    const session = this.#closed ? undefined : this.#admission.forPeer(to);
    if (session !== undefined && !session.isDown && backPressure.isFull(session)) return "full";
    let bytes: Uint8Array;
    try {
      bytes = codec.encode(message);
    } catch (error) {
      if (!(error instanceof SkipnetError)) throw error;
      const reason = error.code === "E_TOO_LARGE" ? "tooLarge" : "invalid";
      this.#refuseUnsent(to, token, message, reason);
      return "sent";
    }
    this.counters.sent(message.type, bytes.length);
    if (session === undefined || session.isDown) {
      report(this.#context, to, token, bytes, refused(this.#closed ? "closed" : "peerDown"));
      return "sent";
    }
    if (token === RETURN_TO_SENDER && session.state === "suspect") {
      report(this.#context, to, token, bytes, refused("neverSent"));
      return "sent";
    }
    session.outbox.push(to, bytes, token, nowUs);
    this.#touch(session);
    return backPressure.taken(session, bytes.length);
  }

  watch(peer: Peer, nowUs: number): void {
    const session = this.#closed ? undefined : this.#admission.forPeer(peer);
    if (session === undefined) return;
    session.addWatcher(nowUs);
    this.#touch(session);
  }

  unwatch(peer: Peer): void {
    this.#sessions.byPeer(peer)?.removeWatcher();
  }

  health(peer: Peer): PeerHealth | undefined {
    return this.#sessions.byPeer(peer)?.health();
  }

  /** Nobody asks for this peer any more. A dead one is forgotten; a live one when room is needed. */
  released(peer: Peer): void {
    const session = this.#sessions.byPeer(peer);
    if (session?.isDown === true) this.#sessions.remove(session);
  }

  /** The name of this peer's host was looked up; `undefined`: there is no such host. */
  resolved(peer: Peer, host: string | undefined): void {
    const session = this.#sessions.byPeer(peer);
    if (session === undefined || session.resolved) return;
    if (host === undefined) {
      takeDown(session, "refused");
      return;
    }
    session.host = host;
    session.resolved = true;
    if (this.#sessions.byAddress(host, session.port) === undefined) {
      this.#sessions.standForAddress(session);
    }
    if (session.watch.isWatched) session.wantsPing = true;
    this.#touch(session);
  }

  /** The host at this address says that nobody listens at that port. */
  refusedByHost(host: string, port: number): void {
    const session = this.#sessions.byAddress(host, port);
    if (session === undefined) return;
    refusedByHost(session);
    this.#touch(session);
  }

  /** Our own process stood still for so long, and has read since what arrived meanwhile. */
  stalled(us: number, nowUs: number): void {
    this.counters.stalls++;
    this.#context.ownLateness.sample(us, nowUs);
    for (const session of this.#sessions) {
      session.stalled(us);
      this.#schedule(session, nowUs);
    }
  }

  /** Does what is due and hands out what is to be sent. Call it at `nextDeadlineUs`, and when there is output. */
  poll(nowUs: number, sink: DatagramSink): void {
    for (;;) {
      const session = this.#deadlines.takeDue(nowUs);
      if (session === undefined) break;
      session.wake(nowUs);
      this.#touch(session);
    }
    this.#resets.flush(sink);
    const dirty = this.#dirty;
    this.#dirty = [];
    for (const session of dirty) {
      session.dirty = false;
      flushSession(session, nowUs, sink);
      this.#schedule(session, nowUs);
    }
  }

  /** Settles everything and says farewell. Idempotent. */
  close(nowUs: number, sink: DatagramSink): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const session of this.#sessions) {
      sendClose(session, nowUs, this.#context.options.closeCopies, sink);
      closeSession(session);
      this.#deadlines.remove(session);
    }
    this.#dirty = [];
    this.#resets.drop();
  }

  #sessionOf(
    reader: PacketReader,
    bytes: number,
    host: string,
    port: number,
    nowUs: number,
  ): Session | undefined {
    if (reader.kind === KIND_RESET) return this.#admission.ofReset(host, port);
    if (reader.session === 0) return this.#admission.ofHello(bytes, host, port, nowUs);
    return this.#admission.ofPacket(bytes, host, port, nowUs);
  }

  #refuseUnsent(to: Peer, token: Token, message: Message, reason: "tooLarge" | "invalid"): void {
    if (token > 0) this.events.push({ kind: "verdict", token, verdict: refused(reason) });
    else if (token === RETURN_TO_SENDER) {
      this.events.push({ kind: "unsent", to, message, verdict: refused(reason) });
    }
  }

  #touch(session: Session): void {
    if (session.dirty || session.isDown) return;
    session.dirty = true;
    this.#dirty.push(session);
  }

  #schedule(session: Session, nowUs: number): void {
    if (!session.isDown) this.#deadlines.atLatest(session, session.nextWakeUs(nowUs));
  }
}
