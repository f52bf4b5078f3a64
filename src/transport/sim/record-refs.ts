import type { Ref } from "../../core/contacts.ts";
import { type AnyMessageType, FLAT_FIRST_WORD, type FlatRecord } from "../../wire/message.ts";
import type { Kernel } from "./kernel.ts";

/** Writes a flat message into an event record, from `at`, and keeps the contacts that it names. */
export function writeFlat(
  k: Kernel,
  { wordCount, refWords }: AnyMessageType,
  { words: from, at: first }: FlatRecord,
  words: Int32Array,
  at: number,
): void {
  for (let i = 0; i < wordCount; i++) words[at + i] = from[first + i] as number;
  const { contacts } = k;
  for (let word = at + FLAT_FIRST_WORD, left = refWords; left !== 0; word++, left >>>= 1) {
    if ((left & 1) === 0) continue;
    const ref = words[word] as Ref;
    if (ref >= 0) contacts.keep(ref);
  }
}

/** Contacts of the record being handled: its handler may overwrite them there. */
const held = new Int32Array(32);
let heldCount = 0;

/** Remembers the contacts of a record that was popped, from `at`, for `releaseNoted`. */
export function noteRefs(k: Kernel, refWords: number, words: Int32Array, at: number): void {
  const { contacts } = k;
  heldCount = 0;
  for (let word = at + FLAT_FIRST_WORD, left = refWords; left !== 0; word++, left >>>= 1) {
    if ((left & 1) === 0) continue;
    const ref = words[word] as Ref;
    if (ref >= 0 && !contacts.isPinned(ref)) held[heldCount++] = ref;
  }
}

export function releaseNoted(k: Kernel): void {
  for (let i = 0; i < heldCount; i++) k.contacts.release(held[i] as Ref);
  heldCount = 0;
}
