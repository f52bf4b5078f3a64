import type { ContactTable, Ref } from "../core/contacts.ts";
import { hashName, type NumericId, writeNumericWords } from "../core/numeric-id.ts";
import type { Message } from "./message.ts";

/** Texts whose numeric IDs are remembered: a message is measured, encoded and sent on within moments. */
const REMEMBERED_MAX = 1_024;

interface Place {
  readonly id: NumericId;
  readonly words: Uint32Array;
}

/**
 * The text by which a message says where it belongs (`placedBy` of its declaration): its hash is the
 * numeric ID that a route of it is bound for, which therefore need not travel beside it.
 */
export function placeOf(message: Message): string | undefined {
  const { placedBy } = message.type;
  return placedBy === undefined
    ? undefined
    : ((message as unknown as Record<string, unknown>)[placedBy] as string);
}

/** Numeric IDs of places. */
export class Places {
  readonly #contacts: ContactTable;
  /** BOUNDED: `REMEMBERED_MAX`; then all are forgotten. */
  readonly #known = new Map<string, Place>();

  constructor(contacts: ContactTable) {
    this.#contacts = contacts;
  }

  idOf(text: string): NumericId {
    return this.#of(text).id;
  }

  /** Whether the contact's numeric ID is that of the place. */
  isAt(ref: Ref, text: string): boolean {
    const { words } = this.#of(text);
    for (let i = 0; i < words.length; i++) {
      if (words[i] !== this.#contacts.numericWord(ref, i)) return false;
    }
    return true;
  }

  #of(text: string): Place {
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    if (this.#known.size >= REMEMBERED_MAX) this.#known.clear();
    const id = hashName(text);
    const words = new Uint32Array(4);
    writeNumericWords(id, words, 0);
    const place = { id, words };
    this.#known.set(text, place);
    return place;
  }
}
