import type { AnyMessageType, Message, MessageOf } from "../../wire/message.ts";
import type { Context } from "../context.ts";
import type { Member } from "../overlay.ts";
import { Deduplication } from "./dedupe.ts";
import { PointersAsked, PointersTold } from "./messages.ts";

/** Tells the dispatcher who handles messages of a type. */
export type RegisterHandler = <Type extends AnyMessageType>(
  type: Type,
  handler: (member: Member, message: MessageOf<Type>) => void,
) => void;

/** Keeps the shortcut tables that the options ask for. */
export class Shortcuts {
  readonly #dedupe: Deduplication | undefined;

  constructor(net: Context) {
    const { pointers } = net.shortcuts;
    this.#dedupe = pointers === undefined ? undefined : new Deduplication(net, pointers);
  }

  register(on: RegisterHandler): void {
    on(PointersAsked, (member, message) => this.#dedupe?.onAsked(member, message));
    on(PointersTold, (member, message) => this.#dedupe?.onTold(member, message));
  }

  /** The member has joined. */
  start(member: Member): void {
    this.#dedupe?.start(member);
  }

  stop(member: Member): void {
    this.#dedupe?.stop(member);
  }

  /** R-Table or leaf set of the member have changed. */
  changed(member: Member): void {
    this.#dedupe?.changed(member);
  }

  /** Takes a message that could not be delivered; true if it was one of these. */
  onReturn(member: Member, message: Message): boolean {
    if (!PointersAsked.is(message)) return false;
    this.#dedupe?.onReturn(member, message);
    return true;
  }
}
