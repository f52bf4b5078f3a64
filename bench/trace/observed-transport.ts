import type { Address } from "../../src/core/address.ts";
import type { ContactTable } from "../../src/core/contacts.ts";
import { ForwardingTransport } from "../../src/transport/forwarding-transport.ts";
import {
  NO_TOKEN,
  type Peer,
  type Port,
  type PortHandler,
  type SendResult,
  type Token,
  type Transport,
} from "../../src/transport/transport.ts";
import type { MessageCodec } from "../../src/wire/codec.ts";
import type { Message } from "../../src/wire/message.ts";
import { BusyClock } from "./busy-clock.ts";
import { ContactTimes } from "./contact-times.ts";
import { BATCH_EVENTS_MAX, emptyBatch, endName, type TraceBatch } from "./events.ts";
import { type Following, following } from "./follower.ts";
import { answeredHops, messageKey, routeAttempt } from "./message-keys.ts";
import { type MessageSizes, SizeMeter } from "./message-sizes.ts";

/** Sends whose cause is remembered, in case the message comes back. */
const REMEMBERED_SENDS_MAX = 8_192;

export interface ObserverOptions {
  /** Microseconds of a clock that all processes of the run share. */
  readonly clock: () => number;
  /** Milliseconds that this process has slept since it began; undefined: it never works (simulated). */
  readonly idleMs?: (() => number) | undefined;
}

/**
 * Any transport, seen from outside: notes when messages of followed operations leave and arrive,
 * what becomes of watched peers, and how long first contact takes. Changes nothing on its way.
 */
export class ObservedTransport extends ForwardingTransport {
  readonly #clock: () => number;
  readonly #busy: BusyClock;
  readonly #contactTimes: ContactTimes;
  /** BOUNDED: `REMEMBERED_SENDS_MAX`, oldest forgotten. */
  readonly #causes = new Map<string, string>();
  /** On whose account routes are under way, by the route's id. BOUNDED: as `#causes`. */
  readonly #routes = new Map<number, Following>();
  #contacts: ContactTable | undefined;
  #meter: SizeMeter | undefined;
  #self = "";
  #batch = emptyBatch();

  constructor(inner: Transport, { clock, idleMs }: ObserverOptions) {
    super(inner);
    this.#clock = clock;
    this.#busy = new BusyClock(clock, idleMs);
    this.#contactTimes = new ContactTimes(clock);
  }

  /** Where the contacts of messages are found. Before it is called, no message is followed. */
  useContacts(contacts: ContactTable): void {
    this.#contacts = contacts;
  }

  /** With which codec messages are measured. Before it is called, none is. */
  useCodec(codec: MessageCodec): void {
    this.#meter = new SizeMeter(codec);
  }

  /** What was sent since `useCodec`; undefined before. */
  get sizes(): MessageSizes | undefined {
    return this.#meter?.sizes;
  }

  /** Everything seen since the last call. */
  take(): TraceBatch {
    const batch = this.#batch;
    this.#batch = emptyBatch();
    this.#contactTimes.moveTo(batch);
    return batch;
  }

  override async open(local: Address, handler: PortHandler): Promise<Port> {
    const port = await this.inner.open(local, this.#observed(handler));
    this.#self = endName(this.inner.localEndpoint(port));
    return port;
  }

  override send(from: Port, to: Peer, message: Message, token: Token = NO_TOKEN): SendResult {
    const now = this.#accountOf(message);
    if (now !== undefined) this.#sending(from, to, message, now.cause);
    const result = this.inner.send(from, to, message, token);
    if (result !== "full") {
      this.#contactTimes.sent(to, token);
      this.#meter?.sent(message);
    }
    return result;
  }

  override watch(from: Port, to: Peer): void {
    this.#notePeer(to, "watch");
    this.inner.watch(from, to);
  }

  override unwatch(from: Port, to: Peer): void {
    this.#notePeer(to, "unwatch");
    this.inner.unwatch(from, to);
  }

  override release(peer: Peer): void {
    this.#contactTimes.forget(peer);
    this.inner.release(peer);
  }

  #observed(handler: PortHandler): PortHandler {
    return {
      onMessage: (port, from, message) => {
        this.#busy.woken();
        this.#contactTimes.heard(from);
        this.#answered(message);
        const key = this.#receiving(from, message);
        if (key === undefined) handler.onMessage(port, from, message);
        else following.run({ cause: key }, () => handler.onMessage(port, from, message));
      },
      onVerdict: (port, token, verdict) => {
        this.#busy.woken();
        this.#contactTimes.verdict(token, verdict.outcome === "delivered");
        handler.onVerdict(port, token, verdict);
      },
      onReturn: (port, to, message, verdict) => {
        const key = this.#keyOf(message, this.#self, to);
        const cause = key === undefined ? undefined : this.#causes.get(key);
        if (cause === undefined) handler.onReturn(port, to, message, verdict);
        else following.run({ cause }, () => handler.onReturn(port, to, message, verdict));
      },
      onPeer: (port, peer, state, reason) => {
        this.#notePeer(peer, state, reason);
        handler.onPeer(port, peer, state, reason);
      },
      onDrain: (port, peer) => handler.onDrain(port, peer),
    };
  }

  /**
   * On whose account a message is sent. Further tries of a route are sent by a timer, on nobody's: they
   * belong to whoever sent the first.
   */
  #accountOf(message: Message): Following | undefined {
    const now = following.getStore();
    const route = this.#contacts && routeAttempt(message);
    if (route === undefined || this.#contacts?.isKnown(route.origin) !== true) return now;
    if (endName(this.#contacts.endpoint(route.origin)) !== this.#self) return now;
    const account = route.attempt > 1 ? (this.#routes.get(route.id) ?? now) : now;
    if (account?.operation !== undefined) {
      account.operation.attempts = Math.max(account.operation.attempts, route.attempt);
    }
    if (account !== undefined) remember(this.#routes, route.id, account);
    return account;
  }

  #answered(message: Message): void {
    const answer = answeredHops(message);
    if (answer === undefined) return;
    const facts = this.#routes.get(answer.id)?.operation;
    if (facts !== undefined) facts.hops = answer.hops;
  }

  #sending(from: Port, to: Peer, message: Message, cause: string): void {
    const key = this.#keyOf(message, this.#self, to);
    if (key === undefined) return;
    remember(this.#causes, key, cause);
    if (this.#batch.sends.length >= BATCH_EVENTS_MAX) {
      this.#batch.lost++;
      return;
    }
    const health = this.inner.health(from, to);
    const atUs = this.#clock();
    this.#batch.sends.push({ key, atUs, cause, srttUs: health?.srttUs, rtoUs: health?.rtoUs });
  }

  /** The key of a message that is on somebody's way. */
  #receiving(from: Peer, message: Message): string | undefined {
    const key = this.#keyOf(message, endName(this.inner.endpointOf(from)), undefined);
    if (key === undefined) return undefined;
    if (this.#batch.receives.length >= BATCH_EVENTS_MAX) this.#batch.lost++;
    else {
      const atUs = this.#clock();
      this.#batch.receives.push({ key, atUs, busySinceUs: Math.min(atUs, this.#busy.sinceUs) });
    }
    return key;
  }

  #keyOf(message: Message, from: string, to: Peer | undefined): string | undefined {
    if (this.#contacts === undefined) return undefined;
    const receiver = to === undefined ? this.#self : endName(this.inner.endpointOf(to));
    return messageKey(message, { from, to: receiver }, this.#contacts);
  }

  #notePeer(
    peer: Peer,
    what: "up" | "suspect" | "down" | "watch" | "unwatch",
    reason?: string,
  ): void {
    if (this.#batch.peers.length >= BATCH_EVENTS_MAX) {
      this.#batch.lost++;
      return;
    }
    const name = endName(this.inner.endpointOf(peer));
    this.#batch.peers.push({ atUs: this.#clock(), peer: name, what, reason });
  }
}

/** Adds to a map that forgets its oldest entries. */
function remember<K, V>(map: Map<K, V>, key: K, value: V): void {
  map.set(key, value);
  if (map.size <= REMEMBERED_SENDS_MAX) return;
  const oldest = map.keys().next().value;
  if (oldest !== undefined) map.delete(oldest);
}
