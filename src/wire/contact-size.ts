import { type ContactTable, NO_REF, type Ref } from "../core/contacts.ts";
import { utf8Bytes } from "../core/names.ts";
import { LIST_NAME_HEADER_BYTES, NUMERIC_BYTES, SEEN_MAX, sharedPrefix } from "./contact-coding.ts";
import { ContactColumns } from "./contact-columns.ts";
import { binBytes, strBytes } from "./msgpack-size.ts";

const HEADER_BYTES = 1;
const PORT_BYTES = 2;

/**
 * How many bytes contacts take, in the message that is being measured: each may be shortened by
 * those before it. `begin` starts a message.
 */
export class ContactSizes {
  readonly #contacts: ContactTable;
  readonly columns: ContactColumns;
  /** The single contacts so far, as far as later ones may refer to them. */
  readonly #seen = new Int32Array(SEEN_MAX);
  #seenCount = 0;
  #before: Ref = NO_REF;

  constructor(contacts: ContactTable) {
    this.#contacts = contacts;
    this.columns = new ContactColumns(contacts);
  }

  begin(): void {
    this.#seenCount = 0;
    this.#before = NO_REF;
    if (this.columns.isFull) this.columns.makeRoom();
  }

  /** Bytes of a `ref` field. */
  ref(ref: Ref): number {
    if (ref === NO_REF) return 1;
    const before = this.#before;
    this.#before = ref;
    if (before === NO_REF) {
      this.#seen[0] = ref;
      this.#seenCount = 1;
      return this.columns.recordBytes(ref);
    }
    for (let i = 0; i < this.#seenCount; i++) {
      if (this.#seen[i] !== ref) continue;
      // A reference is no record: what follows is relative to the record before.
      this.#before = before;
      return 1;
    }
    if (this.#seenCount < SEEN_MAX) this.#seen[this.#seenCount++] = ref;
    const { columns } = this;
    return binBytes(
      this.#headBytes(ref, before) +
        (columns.isSameDomain(ref, before) ? columns.restBytes(ref) : columns.nameBytes(ref)),
    );
  }

  /** Bytes of a `nameRef` field. */
  name(ref: Ref): number {
    return ref === NO_REF ? 1 : strBytes(utf8Bytes(this.#contacts.name(ref)));
  }

  /** Bytes of a `refs` field. */
  list(refs: readonly Ref[]): number {
    const contacts = this.#contacts;
    let before = this.#before;
    let nameBefore = before === NO_REF ? "" : contacts.name(before);
    let bytes = 0;
    for (let i = 0; i < refs.length; i++) {
      const ref = refs[i] as Ref;
      const name = contacts.name(ref);
      const shared = sharedPrefix(nameBefore, name);
      const isAscii = this.columns.nameBytes(ref) === name.length;
      bytes +=
        this.#headBytes(ref, before) +
        LIST_NAME_HEADER_BYTES +
        (isAscii ? name.length - shared : utf8Bytes(name.slice(shared)));
      nameBefore = name;
      before = ref;
    }
    this.#before = before;
    return binBytes(bytes);
  }

  /** Everything of a record but its name. */
  #headBytes(ref: Ref, before: Ref): number {
    const { columns } = this;
    const fixed =
      HEADER_BYTES +
      (columns.isHashed(ref) ? 0 : NUMERIC_BYTES) +
      columns.incarnationBytes(ref, before);
    if (before !== NO_REF) {
      if (columns.isSameAddress(ref, before)) return fixed;
      if (columns.isSameHost(ref, before)) return fixed + PORT_BYTES;
    }
    return fixed + columns.addressBytes(ref);
  }
}
