import type { ContactTable, Ref } from "../../core/contacts.ts";
import { FORMER_MAX } from "./messages.ts";

/**
 * How many holders must store a write before it is done: two of three; with fewer than three
 * members a majority of those.
 */
export function quorumOf(holders: number): number {
  return Math.floor(holders / 2) + 1;
}

/** Contacts kept while something goes on with them; `release` at its end. */
export class Holding {
  readonly #contacts: ContactTable;
  /** BOUNDED: holders and former holders of one directory, `FORMER_MAX` from each node asked. */
  readonly #kept = new Set<Ref>();

  constructor(contacts: ContactTable, refs: Iterable<Ref>) {
    this.#contacts = contacts;
    this.add(refs);
  }

  add(refs: Iterable<Ref>): void {
    for (const ref of refs) {
      if (this.#kept.has(ref)) continue;
      this.#contacts.keep(ref);
      this.#kept.add(ref);
    }
  }

  release(): void {
    for (const ref of this.#kept) this.#contacts.release(ref);
    this.#kept.clear();
  }
}

/** Who holds a directory, as one holder knows it, and who did before and has not been asked since. */
export class KnownHolders {
  readonly #contacts: ContactTable;
  #present: readonly Ref[] = [];
  /** BOUNDED: `FORMER_MAX`; the oldest are forgotten first. */
  #former: readonly Ref[] = [];

  constructor(contacts: ContactTable) {
    this.#contacts = contacts;
  }

  /** Best first; none: not known yet. */
  get present(): readonly Ref[] {
    return this.#present;
  }

  get former(): readonly Ref[] {
    return this.#former;
  }

  /** Takes note of the present holders; those that are none any more become former ones. */
  become(holders: readonly Ref[], self: Ref): void {
    const left = this.#present.filter((ref) => ref !== self && !holders.includes(ref));
    const former = [...this.#former.filter((ref) => !holders.includes(ref)), ...left];
    this.#replace(holders, [...new Set(former)].slice(-FORMER_MAX));
  }

  /** All former holders have been asked. */
  forgetFormer(): void {
    this.#replace(this.#present, []);
  }

  are(holders: readonly Ref[]): boolean {
    return (
      holders.length === this.#present.length && holders.every((ref) => this.#present.includes(ref))
    );
  }

  release(): void {
    this.#replace([], []);
  }

  #replace(present: readonly Ref[], former: readonly Ref[]): void {
    for (const ref of present) this.#contacts.keep(ref);
    for (const ref of former) this.#contacts.keep(ref);
    for (const ref of this.#present) this.#contacts.release(ref);
    for (const ref of this.#former) this.#contacts.release(ref);
    this.#present = [...present];
    this.#former = former;
  }
}
