import type { ContactTable, Ref } from "../core/contacts.ts";
import { SkipnetError } from "../core/errors.ts";
import { type NumericId, numericIdFromWords } from "../core/numeric-id.ts";
import type { Random } from "../core/random.ts";
import type { Context } from "./context.ts";
import type { MemberOptions } from "./parts.ts";

/**
 * A truncated numeric ID: 32 random bits, which hold its digits, two words that say that it is one, and
 * how many digits count. By chance a whole ID looks so once in 2^64.
 */
const MARK_1 = 0x7675_7274;
const MARK_2 = 0x6361_7465;

/** A height, and with probability 2^-h at least h, as in skip lists; at most what 32 bits of digits hold. */
export function drawHeight(random: Random, k: number): number {
  const highest = Math.floor(32 / Math.log2(k));
  let height = 0;
  while (height < highest && random.chance(0.5)) height++;
  return height;
}

/** The numeric ID of a virtual node that stands on the rings up to this height. */
export function truncatedNumericId(random: Random, height: number): NumericId {
  return numericIdFromWords(Uint32Array.of(random.below(2 ** 32), MARK_1, MARK_2, height), 0);
}

/** How many digits of a contact's numeric ID count; `undefined`: all. */
export function heightOf(contacts: ContactTable, ref: Ref): number | undefined {
  if (contacts.numericWord(ref, 1) !== MARK_1 || contacts.numericWord(ref, 2) !== MARK_2) {
    return undefined;
  }
  return contacts.numericWord(ref, 3);
}

/** The numeric ID of a new member that is to be virtual, else none. Throws `E_OPTIONS` where the overlay knows of no truncated IDs. */
export function virtualId(
  { world, options }: Context,
  { isVirtual }: MemberOptions,
): NumericId | undefined {
  if (isVirtual !== true) return undefined;
  if (!options.truncatedIds) {
    throw new SkipnetError("E_OPTIONS", "a virtual member needs the overlay option truncatedIds");
  }
  const random = world.random("overlay.virtual");
  return truncatedNumericId(random, drawHeight(random, options.k));
}
