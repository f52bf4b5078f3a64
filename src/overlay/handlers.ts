import type { Ref } from "../core/contacts.ts";
import type { Peer } from "../transport/transport.ts";
import type { AnyMessageType, Message, MessageOf } from "../wire/message.ts";
import type { Member } from "./overlay.ts";

/** Tells the dispatcher who handles messages of a type. */
export type RegisterHandler = <Type extends AnyMessageType>(
  type: Type,
  handler: (member: Member, message: MessageOf<Type>, from: Peer) => void,
) => void;

/** A message that came back from the transport, and what is known of its end. */
export interface Returned {
  readonly message: Message;
  /** To whom it was sent, if that is remembered; suspected by now. */
  readonly node: Ref | undefined;
  /** It may have been taken all the same. */
  readonly isDoubtful: boolean;
}

/** A part of the overlay that has message types of its own. */
export interface HandlesMessages {
  register(on: RegisterHandler): void;
  /** Takes a message back; false if it is none of its own. */
  onReturn(member: Member, returned: Returned): boolean;
}
