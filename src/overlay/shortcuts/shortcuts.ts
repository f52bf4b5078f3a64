import type { Context } from "../context.ts";
import type { HandlesMessages, RegisterHandler, Returned } from "../handlers.ts";
import type { Member } from "../overlay.ts";
import { Deduplication } from "./dedupe.ts";
import * as messages from "./messages.ts";
import { Proximity } from "./proximity.ts";

/** Keeps the shortcut tables that the options ask for. */
export class Shortcuts implements HandlesMessages {
  readonly #net: Context;
  readonly #dedupe: Deduplication | undefined;
  readonly #proximity: Proximity;

  constructor(net: Context) {
    const { pointers } = net.shortcuts;
    this.#net = net;
    this.#proximity = new Proximity(net);
    this.#dedupe = pointers === undefined ? undefined : new Deduplication(net, pointers);
  }

  register(on: RegisterHandler): void {
    on(messages.PointersAsked, (member, message) => this.#dedupe?.onAsked(member, message));
    on(messages.PointersTold, (member, message) => this.#dedupe?.onTold(member, message));
    const near = this.#proximity;
    on(messages.PJoin, (member, message) => near.onSearch(member, message));
    on(messages.PJoinFound, (member, message) => near.measure(member, message.candidates));
    on(messages.RowAsked, (member, message) => near.onRowAsked(member, message));
    on(messages.RowTold, (member, message) => near.measure(member, message.nodes));
    on(messages.NearProbe, (member, message) => near.onProbe(member, message));
    on(messages.NearEcho, (member, message) => near.onEcho(member, message.from));
  }

  /** The member has joined. */
  start(member: Member): void {
    this.#dedupe?.start(member);
    this.#proximity.start(member);
  }

  stop(member: Member): void {
    this.#dedupe?.stop(member);
    this.#proximity.stop(member);
  }

  /** R-Table or leaf set of the member have changed. */
  changed(member: Member): void {
    this.#dedupe?.changed(member);
  }

  /** A message could not be delivered to this node; true if it was one of these. */
  onReturn(member: Member, { node, message }: Returned): boolean {
    if (node !== undefined) this.#net.shortcuts.removeNear(member, node);
    if (messages.PointersAsked.is(message)) this.#dedupe?.onReturn(member, message);
    else if (messages.PJoin.is(message)) this.#proximity.onSearch(member, message);
    else return messages.NearProbe.is(message) || messages.RowAsked.is(message);
    return true;
  }
}
