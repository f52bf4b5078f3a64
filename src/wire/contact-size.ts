import { type ContactTable, NO_REF, type Ref } from "../core/contacts.ts";
import { utf8Bytes } from "../core/names.ts";
import { LIST_NAME_HEADER_BYTES, NUMERIC_BYTES, SEEN_MAX } from "./contact-coding.ts";
import { ContactColumns } from "./contact-columns.ts";
import { binBytes, strBytes } from "./msgpack-size.ts";
import type { Places } from "./places.ts";

/**
 * How many bytes contacts take, in the message that is being measured: each may be shortened by
 * those before it. `begin` starts a message.
 */
export class ContactSizes {
  readonly #contacts: ContactTable;
  readonly #places: Places;
  readonly columns: ContactColumns;
  /** The single contacts so far, as far as later ones may refer to them. */
  readonly #seen = new Int32Array(SEEN_MAX);
  #seenCount = 0;
  /** Where the columns have the contact before; -1: none. */
  #beforeAt = -1;
  /** Of the last message inside the one that is measured: see `placeOf`. */
  place: string | undefined;

  constructor(contacts: ContactTable, places: Places) {
    this.#contacts = contacts;
    this.#places = places;
    this.columns = new ContactColumns(contacts);
  }

  begin(): void {
    this.#seenCount = 0;
    this.#beforeAt = -1;
    this.place = undefined;
    if (this.columns.isFull) this.columns.makeRoom();
  }

  /** Bytes of the only contact of a message. */
  one(ref: Ref): number {
    const { columns } = this;
    if (columns.isFull) columns.makeRoom();
    return ref === NO_REF ? 1 : columns.recordBytes(columns.at(ref));
  }

  /** Bytes of the only two contacts of a message. */
  two(first: Ref, second: Ref): number {
    if (first === NO_REF || second === NO_REF) return this.one(first) + this.one(second);
    const { columns } = this;
    if (columns.isFull) columns.makeRoom();
    const before = columns.at(first);
    const bytes = columns.recordBytes(before);
    return first === second
      ? bytes + 1
      : bytes + columns.recordBytesAfter(columns.at(second), before);
  }

  /** Bytes of a `ref` field. */
  ref(ref: Ref): number {
    if (ref === NO_REF) return 1;
    for (let i = 0; i < this.#seenCount; i++) if (this.#seen[i] === ref) return 1;
    if (this.#seenCount < SEEN_MAX) this.#seen[this.#seenCount++] = ref;
    const { columns } = this;
    const at = columns.at(ref);
    const before = this.#beforeAt;
    this.#beforeAt = at;
    if (before < 0) return columns.recordBytes(at);
    return columns.recordBytesAfter(at, before);
  }

  /** Bytes of a `numericRef` field. */
  numeric(ref: Ref): number {
    if (ref === NO_REF) return 1;
    const { place } = this;
    return place !== undefined && this.#places.isAt(ref, place) ? 1 : binBytes(NUMERIC_BYTES);
  }

  /** Bytes of a `nameRef` field. */
  name(ref: Ref): number {
    return ref === NO_REF ? 1 : strBytes(utf8Bytes(this.#contacts.name(ref)));
  }

  /** Bytes of a `refs` field. */
  list(refs: readonly Ref[]): number {
    const { columns } = this;
    let before = this.#beforeAt;
    let bytes = LIST_NAME_HEADER_BYTES * refs.length;
    for (let i = 0; i < refs.length; i++) {
      const at = columns.at(refs[i] as Ref);
      bytes += columns.headBytesAfter(at, before) + columns.listedNameBytesAfter(at, before);
      before = at;
    }
    this.#beforeAt = before;
    return binBytes(bytes);
  }
}
