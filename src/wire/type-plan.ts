import type { AnyMessageType, Message } from "./message.ts";
import type { Reader } from "./reader.ts";

/** What is counted while one message is packed or read. */
export interface PackContext {
  contacts: number;
  /** Of the last message inside this one: see `placeOf`. */
  place: string | undefined;
}

/** The coding of one message type, compiled once from its declaration. */
export interface TypePlan {
  readonly type: AnyMessageType;
  /** How many fields are declared. */
  readonly fieldCount: number;
  /** `[tag, field, …]` as MessagePack knows it. Throws `E_LIMIT` where a value is out of its range. */
  pack(message: Message, depth: number, context: PackContext): unknown[];
  /** The fields; the array's head and the tag have been read. Throws `E_MALFORMED`. */
  read(reader: Reader, depth: number): Message;
  /** Bytes of what `pack` gives. */
  size(message: Message): number;
}

/** Finds the plan of a type: messages nest in each other, so plans refer to plans. */
export interface PlanIndex {
  /** A whole message, as `TypePlan.pack`. */
  pack(message: Message): unknown[];
  /** A whole message, as `TypePlan.size`. */
  size(message: Message): number;
  /** Throws `E_OPTIONS` if the type is not registered. */
  of(type: AnyMessageType): TypePlan;
  byTag(tag: number): TypePlan | undefined;
}
