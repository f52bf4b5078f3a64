import { NUMERIC_ID_BYTES } from "../core/numeric-id.ts";

/*
 * A contact record: header byte, address body, [numeric ID, 16 bytes], incarnation, name.
 *
 * Header: bits 0–2 how many low bytes of the incarnation follow, bit 3 whether the numeric ID
 * travels (it does where it is not the hash of the name), bits 4–6 the address code, bit 7 whether
 * the name leaves out what it shares with the name before.
 *
 * Contacts of one message, nested ones included, shorten each other in the order they travel in:
 * address, upper bytes of the incarnation and beginning of the name may be those of the contact before. A single
 * contact that stood alone before, among the first `SEEN_MAX`, is only its number in that order.
 *
 * A single contact's name is the rest of its record; with bit 7 a byte stands before it: how many
 * UTF-16 code units it shares with the name before, `SHARED_MIN` at least. In a list bit 7 is unused,
 * and two bytes stand before the name: how many code units it shares, and how many bytes of UTF-8
 * follow. There is one encoding of a message, the shortest of these; others are refused.
 */

export const INCARNATION_BYTES = 7;
export const HEADER_NUMERIC = 0x08;
export const HEADER_SHARED_NAME = 0x80;
/** Fewer code units shared would not pay for the byte that says how many. */
export const SHARED_MIN = 2;
/** Single contacts of a message that later ones may refer to. */
export const SEEN_MAX = 16;
export const NUMERIC_BYTES = NUMERIC_ID_BYTES;
/** Names of one byte's length: `NODE_NAME_BYTES_MAX`. */
export const LIST_NAME_HEADER_BYTES = 2;
/** Longest target of a route by name, in UTF-8 bytes: a node's name and what is below it. */
export const TARGET_NAME_BYTES_MAX = 1_024;

const TWO_32 = 0x1_0000_0000;

/** How many low bytes of `incarnation` do not follow from the one before it. */
export function incarnationBytes(incarnation: number, before: number): number {
  const high = Math.floor(incarnation / TWO_32) ^ Math.floor(before / TWO_32);
  if (high !== 0) return high < 0x100 ? 5 : high < 0x1_0000 ? 6 : INCARNATION_BYTES;
  const low = (incarnation ^ before) >>> 0;
  if (low === 0) return 0;
  if (low < 0x100) return 1;
  return low < 0x1_0000 ? 2 : low < 0x100_0000 ? 3 : 4;
}

export function writeIncarnation(
  incarnation: number,
  count: number,
  target: Uint8Array,
  at: number,
): void {
  let rest = incarnation;
  for (let i = count - 1; i >= 0; i--) {
    target[at + i] = rest % 256;
    rest = Math.floor(rest / 256);
  }
}

/** May be over the safe integers where seven bytes follow: the caller checks. */
export function readIncarnation(
  before: number,
  count: number,
  bytes: Uint8Array,
  at: number,
): number {
  const scale = 256 ** count;
  let low = 0;
  for (let i = 0; i < count; i++) low = low * 256 + (bytes[at + i] as number);
  return Math.floor(before / scale) * scale + low;
}

/** UTF-16 code units that two names share at their beginning; no surrogate pair is cut. */
export function sharedPrefix(a: string, b: string): number {
  const max = Math.min(a.length, b.length);
  let shared = 0;
  while (shared < max && a.charCodeAt(shared) === b.charCodeAt(shared)) shared++;
  if (shared > 0) {
    const last = b.charCodeAt(shared - 1);
    if (last >= 0xd800 && last < 0xdc00) shared--;
  }
  return shared;
}

/** Whether two socket addresses differ in their port alone. Both are of the same binary form. */
export function sameHost(a: string, b: string): boolean {
  const colon = a.lastIndexOf(":");
  if (colon !== b.lastIndexOf(":")) return false;
  for (let i = colon - 1; i >= 0; i--) {
    if (a.charCodeAt(i) !== b.charCodeAt(i)) return false;
  }
  return true;
}

/** Whether addresses of this code have a host that the next contact in a list may share. */
export function hasHost(code: number): boolean {
  return code >= 1 && code <= 4;
}
