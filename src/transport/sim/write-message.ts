import type { FlatMessage, Message } from "../../wire/message.ts";
import type { Token } from "../transport.ts";
import { type Kernel, WORD_BODY, WORD_FROM, WORD_OBJECT, WORD_TO, WORD_TOKEN } from "./kernel.ts";
import { NO_OBJECT } from "./object-pool.ts";
import { writeFlat } from "./record-refs.ts";

/** Writes a message into an event record, behind its time and kind. */
export function writeMessage(
  k: Kernel,
  words: Int32Array,
  at: number,
  from: number,
  to: number,
  message: Message,
  token: Token,
): void {
  const { type } = message;
  let slot = NO_OBJECT;
  if (type.flat) {
    const { record } = message as FlatMessage;
    writeFlat(k, type, record, words, at + WORD_BODY);
    if (type.hasObject && record.object !== undefined) slot = k.objects.put(record.object);
  } else {
    slot = k.objects.put(message);
  }
  words[at + WORD_FROM] = from;
  words[at + WORD_TO] = to;
  words[at + WORD_TOKEN] = token;
  words[at + WORD_OBJECT] = slot;
}
