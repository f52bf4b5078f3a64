import type { Message } from "../../wire/message.ts";
import type { Peer, PeerState, Port, Token } from "../transport.ts";
import { NO_TOKEN } from "../transport.ts";
import { type FailureEvents, PEER_REASONS, verdictAt } from "./failure-events.ts";
import { HUNG, SLOW, UP } from "./hosts.ts";
import {
  CALL,
  DRAIN,
  INTERNAL,
  type Kernel,
  PEER,
  PEER_STATES,
  RETURN,
  SERVED,
  STATE_DOWN,
  STATE_SUSPECT,
  STATE_UP,
  TIMER,
  VERDICT,
  WORD_BODY,
  WORD_FROM,
  WORD_OBJECT,
  WORD_TO,
  WORD_TOKEN,
} from "./kernel.ts";
import { NO_OBJECT } from "./object-pool.ts";
import { RECORD_WORDS } from "./record-pages.ts";
import { noteRefs, releaseNoted } from "./record-refs.ts";
import { IN_FLIGHT_SLOW, type SimTransport } from "./sim-transport.ts";
import type { TimerKinds } from "./sim-world.ts";

/** What a stopped process finds waiting when it is resumed; the rest is lost, as in a socket's buffer. */
const HELD_MAX = 256;

/** Hands each popped event to whom it concerns. */
export class Dispatcher {
  readonly #kernel: Kernel;
  readonly #kinds: TimerKinds;
  readonly #failures: FailureEvents;
  readonly #transportOf: (instance: number) => SimTransport | undefined;
  /** Records that came to stopped hosts. BOUNDED: `HELD_MAX` messages a host, and its timers. */
  readonly #held = new Map<number, Int32Array[]>();

  constructor(
    kernel: Kernel,
    kinds: TimerKinds,
    failures: FailureEvents,
    transportOf: (instance: number) => SimTransport | undefined,
  ) {
    this.#kernel = kernel;
    this.#kinds = kinds;
    this.#failures = failures;
    this.#transportOf = transportOf;
  }

  /** The event that the queue has just popped. */
  dispatch(): void {
    const k = this.#kernel;
    const { queue } = k;
    const { record, at } = queue;
    k.nowUs = queue.nowUs;
    const from = record[at + WORD_FROM] as number;
    const to = record[at + WORD_TO] as number;
    k.digest.add(record[at] as number, record[at + 1] as number, from, to);
    if (queue.kind !== INTERNAL) {
      this.#message(record, at, queue.kind, from, to);
      return;
    }
    const token = record[at + WORD_TOKEN] as number;
    this.#internal(record, at, token & 0xff, token >>> 8, from, to);
  }

  #message(record: Int32Array, at: number, tag: number, from: number, to: number): void {
    const k = this.#kernel;
    const token = record[at + WORD_TOKEN] as Token;
    this.#departed(from);
    const state = k.hosts.state(to);
    if (state !== UP && this.#waits(state, record, at, tag)) return;
    const message = this.#takeMessage(record, at, tag);
    if (state === UP) {
      const handler = this.#transportOf(k.hosts.instance(to))?.handler;
      k.counters.messagesReceived++;
      k.clocks.acting = to;
      if (token !== NO_TOKEN) this.#failures.acknowledge(from, to, token, message);
      handler?.onMessage(to as Port, from as Peer, message);
    } else {
      this.#failures.undeliverable(from, to, token, message);
    }
    if (message.type.flat) releaseNoted(k);
  }

  /** A message of this host has left the network. */
  #departed(host: number): void {
    const k = this.#kernel;
    const inFlight = k.hosts.inFlight(host) - 1;
    k.hosts.setInFlight(host, inFlight);
    if (k.slowHosts === 0 || inFlight >= IN_FLIGHT_SLOW / 2) return;
    this.#transportOf(k.hosts.instance(host))?.drained(host);
  }

  /** A message to a host that is stopped, or slow: it waits there, if it may. */
  #waits(state: number, record: Int32Array, at: number, tag: number): boolean {
    const k = this.#kernel;
    const to = record[at + WORD_TO] as number;
    const token = record[at + WORD_TOKEN] as Token;
    if (state === HUNG && token === NO_TOKEN) {
      this.#hold(to, record, at);
      return true;
    }
    const waitUs = state === SLOW ? k.service.admitUs(to, k.nowUs) : undefined;
    if (waitUs === undefined) return false;
    const waiting = record.slice(at, at + RECORD_WORDS);
    const from = waiting[WORD_FROM] as number;
    if (token !== NO_TOKEN) {
      const slot = waiting[WORD_OBJECT] as number;
      const object = slot === NO_OBJECT ? undefined : k.objects.get(slot);
      this.#failures.acknowledge(from, to, token, this.#view(waiting, 0, tag, object));
    }
    k.schedule(waitUs, SERVED, 0, to, from, k.objects.put(waiting));
    return true;
  }

  #takeMessage(record: Int32Array, at: number, tag: number): Message {
    const slot = record[at + WORD_OBJECT] as number;
    const object = slot === NO_OBJECT ? undefined : this.#kernel.objects.take(slot);
    return this.#view(record, at, tag, object);
  }

  #view(record: Int32Array, at: number, tag: number, object: unknown): Message {
    const k = this.#kernel;
    const type = k.types[tag];
    if (type?.flat !== true) return object as Message;
    const { received } = k;
    received.words = record;
    received.at = at + WORD_BODY;
    received.object = object;
    noteRefs(k, type.refWords, record, at + WORD_BODY);
    k.views[tag] ??= type.view(received);
    return k.views[tag] as Message;
  }

  #internal(
    record: Int32Array,
    at: number,
    event: number,
    own: number,
    host: number,
    other: number,
  ): void {
    const k = this.#kernel;
    const state = k.hosts.state(host);
    if (state === HUNG) {
      this.#hold(host, record, at);
      return;
    }
    if (state !== UP && state !== SLOW) {
      this.#drop(record, at, event, own);
      return;
    }
    k.clocks.acting = host;
    const transport = this.#transportOf(k.hosts.instance(host));
    const handler = transport?.handler;
    const port = host as Port;
    switch (event) {
      case TIMER: {
        const kind = this.#kinds.get(own);
        if (kind?.comesUp(k, host) === true) {
          kind.callbacks[k.hosts.instance(host)]?.(k.hosts.member(host));
        }
        break;
      }
      case CALL: {
        const entry = k.objects.take(record[at + WORD_OBJECT] as number) as { run?: () => void };
        entry.run?.();
        break;
      }
      case VERDICT:
        handler?.onVerdict(port, record[at + WORD_BODY] as Token, verdictAt(own));
        break;
      case RETURN: {
        const message = this.#takeMessage(record, at, own & 0x7f);
        handler?.onReturn(port, other as Peer, message, verdictAt(own >>> 7));
        if (message.type.flat) releaseNoted(k);
        break;
      }
      case PEER:
        this.#peer(port, other, own & 0xf, own >>> 4, record[at + WORD_BODY] as number, transport);
        break;
      case SERVED: {
        const waiting = k.objects.take(record[at + WORD_OBJECT] as number) as Int32Array;
        k.service.served(host);
        k.counters.messagesReceived++;
        const message = this.#takeMessage(waiting, 0, (waiting[0] as number) >>> 24);
        handler?.onMessage(port, other as Peer, message);
        if (message.type.flat) releaseNoted(k);
        break;
      }
      case DRAIN:
        handler?.onDrain(port, other as Peer);
        break;
    }
  }

  /** News of a peer: told if it is still true and new. After `down` there is only the proof that it lives. */
  #peer(
    port: Port,
    target: number,
    state: number,
    reasonIndex: number,
    epoch: number,
    transport: SimTransport | undefined,
  ): void {
    const k = this.#kernel;
    const reason = PEER_REASONS[reasonIndex] ?? "silent";
    if (this.#failures.isStale(port, target, state, reason, epoch)) return;
    const reported = k.watches.reported(port, target) ?? STATE_UP;
    if (reported === STATE_DOWN) {
      if (state !== STATE_UP) return;
      k.counters.revived++;
    }
    if (state === reported && !(state === STATE_SUSPECT && !this.#isWatched(port, target))) return;
    k.watches.setReported(port, target, state);
    transport?.handler?.onPeer(port, target as Peer, PEER_STATES[state] as PeerState, reason);
  }

  #isWatched(port: number, target: number): boolean {
    return this.#kernel.watches.reported(port, target) !== undefined;
  }

  #hold(host: number, record: Int32Array, at: number): void {
    const held = this.#held.get(host) ?? [];
    const isMessage = this.#kernel.queue.kind !== INTERNAL;
    if (isMessage && held.length >= HELD_MAX) {
      if (this.#takeMessage(record, at, this.#kernel.queue.kind).type.flat)
        releaseNoted(this.#kernel);
      return;
    }
    held.push(record.slice(at, at + RECORD_WORDS));
    this.#held.set(host, held);
  }

  /** Puts back what came while the host was stopped: it happens now, in the order in which it came. */
  releaseHeld(host: number): void {
    const k = this.#kernel;
    for (const record of this.#held.get(host) ?? []) {
      const kind = (record[0] as number) >>> 24;
      const at = k.queue.push(k.nowUs, kind);
      const words = k.queue.target;
      for (let i = 2; i < RECORD_WORDS; i++) words[at + i] = record[i] as number;
      const token = record[WORD_TOKEN] as number;
      // It has departed once, when it was held.
      const from = record[WORD_FROM] as number;
      if (kind !== INTERNAL) k.hosts.setInFlight(from, k.hosts.inFlight(from) + 1);
      else if ((token & 0xff) === TIMER) {
        const timer = this.#kinds.get(token >>> 8);
        if (timer !== undefined) timer.queuedUs[host] = k.nowUs;
      }
    }
    this.#held.delete(host);
  }

  /** An event of a host that is gone: only what it holds is freed. */
  #drop(record: Int32Array, at: number, event: number, own: number): void {
    const k = this.#kernel;
    if (event === CALL) k.objects.take(record[at + WORD_OBJECT] as number);
    else if (event === SERVED) {
      const waiting = k.objects.take(record[at + WORD_OBJECT] as number) as Int32Array;
      if (this.#takeMessage(waiting, 0, (waiting[0] as number) >>> 24).type.flat) releaseNoted(k);
    } else if (event === RETURN) {
      if (this.#takeMessage(record, at, own & 0x7f).type.flat) releaseNoted(k);
    }
  }
}
