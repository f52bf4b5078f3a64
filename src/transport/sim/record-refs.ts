import type { Ref } from "../../core/contacts.ts";
import { FLAT_WORDS, type FlatMessage } from "../../wire/message.ts";
import type { Kernel } from "./kernel.ts";

/** Writes the words of a flat message into a record. */
export function copyFlat({ record }: FlatMessage, words: Int32Array, at: number): void {
  const { words: from, at: first } = record;
  for (let i = 0; i < FLAT_WORDS; i++) words[at + i] = from[first + i] as number;
}

/** Keeps the contacts that a flat record names as long as it is on its way. */
export function holdRefs(k: Kernel, refWords: number, words: Int32Array, at: number): void {
  for (let i = 0; refWords >>> i !== 0; i++) {
    if (((refWords >>> i) & 1) === 0) continue;
    const ref = words[at + i] as Ref;
    if (ref >= 0) k.contacts.keep(ref);
  }
}

/** Contacts of the record being handled: its handler may overwrite them there. */
const held = new Int32Array(32);
let heldCount = 0;

/** Remembers the contacts of a record that was popped, for `releaseNoted`. */
export function noteRefs(refWords: number, words: Int32Array, at: number): void {
  heldCount = 0;
  for (let i = 0; refWords >>> i !== 0; i++) {
    if (((refWords >>> i) & 1) !== 0) held[heldCount++] = words[at + i] as number;
  }
}

export function releaseNoted(k: Kernel): void {
  for (let i = 0; i < heldCount; i++) {
    const ref = held[i] as Ref;
    if (ref >= 0) k.contacts.release(ref);
  }
  heldCount = 0;
}
