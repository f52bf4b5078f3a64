import { NAMING_MESSAGES } from "../../../src/apps/naming/messages.ts";
import { type Contact, ContactTable, type Ref } from "../../../src/core/contacts.ts";
import { SkipnetError } from "../../../src/core/errors.ts";
import type { NumericId } from "../../../src/core/numeric-id.ts";
import type { Deferred, World } from "../../../src/core/world.ts";
import type {
  Member,
  NeighbourhoodListener,
  OperationOptions,
  Overlay,
  RouteOptions,
  RouteReply,
  ServedRequest,
} from "../../../src/overlay/overlay.ts";
import { Answer, Call } from "../../../src/transport/messages.ts";
import { createCodec, type MessageCodec } from "../../../src/wire/codec.ts";
import type { AnyMessageType, Message, MessageType } from "../../../src/wire/message.ts";
import { createRegistry } from "../../../src/wire/registry.ts";
import { compareFor, type FakeNet, keyOf, type Life } from "./fake-net.ts";

const REGISTRY = createRegistry([Call, Answer, ...NAMING_MESSAGES]);
const TRIES = 3;
const FIRST_TRY_US = 300_000;
/** A direct request that nothing comes back for is sent again, as a transport would. */
const RETRANSMIT_US = 120_000;
const TRANSMISSIONS = 4;

type Server = (member: Member, request: ServedRequest<Message>) => void;

/** The member that every fake node hosts. */
export const MEMBER = 0 as Member;

/**
 * An `Overlay` of one node over a `FakeNet`: routes end at once at the node that the *sender's view*
 * takes for the target's first holder, and the message goes through the codec both ways.
 */
export class FakeOverlay implements Overlay {
  readonly world: World;
  readonly contacts = new ContactTable();
  readonly #net: FakeNet;
  readonly #codec: MessageCodec;
  readonly #servers = new Map<AnyMessageType, Server>();
  readonly #view = new Map<string, Contact>();
  readonly #onNeighbourhood: NeighbourhoodListener[] = [];
  readonly #onMembership: ((member: Member, joined: boolean) => void)[] = [];
  readonly #selfRef: Ref;
  life: Life | undefined;

  constructor(net: FakeNet, world: World, self: Contact) {
    this.#net = net;
    this.world = world;
    this.#codec = createCodec({ registry: REGISTRY, contacts: this.contacts, compression: "off" });
    this.#selfRef = this.contacts.pin(self);
  }

  self(): Ref {
    return this.#selfRef;
  }

  isMember(): boolean {
    return this.#me.isUp;
  }

  routeByName(): Promise<RouteReply> {
    throw new Error("not used by naming");
  }

  /** The member has joined. */
  joined(): void {
    for (const listener of this.#onMembership) listener(MEMBER, true);
  }

  sees(contact: Contact): void {
    if (this.#view.has(keyOf(contact))) return;
    // A node that came back replaces its former life.
    for (const [key, other] of this.#view) if (other.name === contact.name) this.#view.delete(key);
    this.#view.set(keyOf(contact), contact);
    if (contact === this.life?.contact) return;
    for (const listener of this.#onNeighbourhood) {
      listener(MEMBER, this.contacts.intern(contact), false);
    }
  }

  misses(contact: Contact): void {
    if (!this.#view.delete(keyOf(contact))) return;
    for (const listener of this.#onNeighbourhood) {
      listener(MEMBER, this.contacts.intern(contact), true);
    }
  }

  isNearer(id: NumericId, a: Ref, b: Ref): boolean {
    return compareFor(id, this.contacts.contact(a), this.contacts.contact(b)) < 0;
  }

  async routeByNumericId(
    _member: Member,
    id: NumericId,
    body: Message,
    options: RouteOptions,
  ): Promise<RouteReply> {
    if (!this.#me.isUp) throw new SkipnetError("E_NOT_MEMBER", "the node is down");
    if (options.signal?.aborted === true) throw new SkipnetError("E_ABORTED", "before it was sent");
    const deferred = this.world.deferred<RouteReply>();
    const endsUs = this.world.nowUs() + options.deadlineUs;
    const bytes = this.#codec.encode(Call.make({ id: 1, remainingMs: 1, body }));
    let tries = 0;
    let isDone = false;
    const attempt = (): void => {
      if (isDone) return;
      const remainingUs = endsUs - this.world.nowUs();
      tries++;
      const made = tries;
      const isLast = tries >= TRIES;
      const waitUs = isLast ? remainingUs : Math.min(remainingUs, FIRST_TRY_US * tries);
      this.world.after(MEMBER, waitUs, () => {
        if (isDone) return;
        if (!isLast && this.world.nowUs() < endsUs) attempt();
        else deferred.reject(new SkipnetError("E_DEADLINE", `no answer after ${made} tries`));
      });
      const order = [...this.#view.values()].sort((a, b) => compareFor(id, a, b));
      const holders = this.#alive(order).slice(0, 3);
      const first = this.#net.life(holders[0] ?? this.#me.contact);
      if (first === undefined) return;
      const ask = { bytes, holders, origin: this.#me.contact, remainingUs, hops: 3 };
      this.#exchange(first, ask, (reply) => {
        if (isDone) return;
        isDone = true;
        const refs = holders.map((holder) => this.contacts.intern(holder));
        deferred.resolve({ by: refs[0]!, hops: 3, tries: made, holders: refs, body: reply });
      });
    };
    attempt();
    options.signal?.addEventListener("abort", () => {
      deferred.reject(new SkipnetError("E_ABORTED", "the caller gave up"));
    });
    return deferred.promise;
  }

  async request(
    _member: Member,
    to: Ref,
    body: Message,
    options: OperationOptions,
  ): Promise<Message | undefined> {
    const contact = this.contacts.contact(to);
    if (to === this.#selfRef) throw new Error("a request to itself");
    const target = this.#net.life(contact);
    const deferred = this.world.deferred<Message | undefined>();
    const bytes = this.#codec.encode(Call.make({ id: 1, remainingMs: 1, body }));
    const ask = { bytes, holders: [], origin: undefined, remainingUs: options.deadlineUs, hops: 0 };
    const state = { isDone: false, isServed: false };
    this.world.after(MEMBER, options.deadlineUs, () => {
      deferred.reject(new SkipnetError("E_DEADLINE", "no answer"));
    });
    for (let i = 0; i < TRANSMISSIONS && target !== undefined; i++) {
      this.world.after(MEMBER, i * RETRANSMIT_US, () => {
        if (!state.isDone)
          this.#exchange(target, ask, (reply) => this.#once(state, deferred, reply));
      });
    }
    // The transport's verdict: silence.
    this.world.after(MEMBER, TRANSMISSIONS * RETRANSMIT_US, () => {
      if (target?.isUp !== true) deferred.reject(new SkipnetError("E_UNREACHABLE", "silent"));
    });
    return deferred.promise;
  }

  serve<Body>(
    type: MessageType<Body>,
    server: (member: Member, request: ServedRequest<Message & Body>) => void,
  ): void {
    this.#servers.set(type, server as Server);
  }

  onNeighbourhood(listener: NeighbourhoodListener): void {
    this.#onNeighbourhood.push(listener);
  }

  onMembership(listener: (member: Member, joined: boolean) => void): void {
    this.#onMembership.push(listener);
  }

  get #me(): Life {
    if (this.life === undefined) throw new Error("not in the network yet");
    return this.life;
  }

  /** A walk visits its nodes: it finds dead ones out, mostly. */
  #alive(contacts: readonly Contact[]): Contact[] {
    return contacts.filter((contact) => {
      const life = this.#net.life(contact);
      return life?.isUp === true || this.#net.kernel.random.chance(0.2);
    });
  }

  #once(
    state: { isDone: boolean },
    deferred: Deferred<Message | undefined>,
    reply: Message | undefined,
  ) {
    if (state.isDone) return;
    state.isDone = true;
    deferred.resolve(reply);
  }

  /** There and, answered, back. */
  #exchange(
    to: Life,
    ask: {
      readonly bytes: Uint8Array;
      readonly holders: readonly Contact[];
      readonly origin: Contact | undefined;
      readonly remainingUs: number;
      readonly hops: number;
    },
    onReply: (body: Message | undefined) => void,
  ): void {
    const sentUs = this.world.nowUs();
    const back = (bytes: Uint8Array): void => {
      this.#net.carry(to, this.#me, () => onReply(this.#decode(bytes)));
    };
    this.#net.carry(this.#me, to, () => {
      const remainingUs = ask.remainingUs - (this.world.nowUs() - sentUs);
      if (remainingUs > 0) to.overlay.#arrived({ ...ask, remainingUs }, back);
    });
  }

  #arrived(
    ask: {
      readonly bytes: Uint8Array;
      readonly holders: readonly Contact[];
      readonly origin: Contact | undefined;
      readonly remainingUs: number;
      readonly hops: number;
    },
    back: (bytes: Uint8Array) => void,
  ): void {
    const body = this.#decode(ask.bytes);
    const server = body === undefined ? undefined : this.#servers.get(body.type);
    if (body === undefined || server === undefined) throw new Error("nothing serves this");
    let isAnswered = false;
    server(MEMBER, {
      body,
      origin: ask.origin === undefined ? undefined : this.contacts.intern(ask.origin),
      remainingUs: ask.remainingUs,
      hops: ask.hops,
      holders: ask.holders.map((holder) => this.contacts.intern(holder)),
      reply: (reply) => {
        if (isAnswered) throw new Error("answered twice");
        isAnswered = true;
        if (!this.#me.isUp) return;
        back(this.#codec.encode(Answer.make({ id: 1, status: "done", body: reply })));
      },
      // Nothing comes back: harder than a definite no.
      decline: () => undefined,
    });
  }

  #decode(bytes: Uint8Array): Message | undefined {
    const message = this.#codec.decode(bytes);
    return Call.is(message) || Answer.is(message) ? message.body : undefined;
  }
}
