import { hostNumber } from "./address.ts";
import type { ContactKey, ContactRows } from "./contact-rows.ts";

const NONE = -1;
const SLOTS_FIRST = 128;

/**
 * Finds the row of a contact by name, address and incarnation: open addressing with linear probing,
 * at most half full. It holds rows and no texts, where a `Map` would hold a long key for each.
 * Whoever makes up names that collide costs us no more than a walk over the passing contacts.
 */
export class ContactIndex {
  readonly #rows: ContactRows;
  /** Row + 1; 0: free. Their number is a power of two. */
  #slots = new Int32Array(SLOTS_FIRST);
  #count = 0;

  constructor(rows: ContactRows) {
    this.#rows = rows;
  }

  /** The row of this contact, or -1; `hash` as by `hashKey`. */
  find(key: ContactKey, hash: number): number {
    const rows = this.#rows;
    const mask = this.#slots.length - 1;
    for (let at = hash & mask; ; at = (at + 1) & mask) {
      const row = (this.#slots[at] as number) - 1;
      if (row < 0) return NONE;
      if (rows.hashes[row] === hash && rows.hasKey(row, key)) return row;
    }
  }

  /** Adds a row whose key and hash are set, and that is not in yet. */
  add(row: number): void {
    if (2 * ++this.#count > this.#slots.length) this.#grow();
    this.#put(row);
  }

  /** Takes a row out whose hash is still what it was. */
  remove(row: number): void {
    const slots = this.#slots;
    const { hashes } = this.#rows;
    const mask = slots.length - 1;
    let hole = (hashes[row] as number) & mask;
    while (slots[hole] !== row + 1) hole = (hole + 1) & mask;
    // What stands behind moves up, unless it would come before the slot that its hash names.
    for (let at = (hole + 1) & mask; slots[at] !== 0; at = (at + 1) & mask) {
      const home = (hashes[(slots[at] as number) - 1] as number) & mask;
      if (((at - home) & mask) < ((at - hole) & mask)) continue;
      slots[hole] = slots[at] as number;
      hole = at;
    }
    slots[hole] = 0;
    this.#count--;
  }

  #put(row: number): void {
    const mask = this.#slots.length - 1;
    let at = (this.#rows.hashes[row] as number) & mask;
    while (this.#slots[at] !== 0) at = (at + 1) & mask;
    this.#slots[at] = row + 1;
  }

  #grow(): void {
    const former = this.#slots;
    this.#slots = new Int32Array(former.length * 2);
    for (const slot of former) if (slot !== 0) this.#put(slot - 1);
  }
}

/** A 32-bit hash of what tells contacts apart (FNV-1a, finished as in MurmurHash3). */
export function hashKey({ name, address, incarnation }: ContactKey): number {
  let hash = hashText(0x811c9dc5, name);
  const number = hostNumber(address);
  hash = number < 0 ? hashText(hash, address) : Math.imul(hash ^ number, 0x01000193);
  hash = Math.imul(hash ^ (incarnation | 0), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

function hashText(seed: number, text: string): number {
  let hash = seed;
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  }
  return hash;
}
