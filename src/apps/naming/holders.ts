import type { ContactTable, Ref } from "../../core/contacts.ts";
import { FORMER_MAX } from "./messages.ts";

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
  #formerUntilUs = 0;

  constructor(contacts: ContactTable) {
    this.#contacts = contacts;
  }

  /** Best first; none: not known yet. */
  get present(): readonly Ref[] {
    return this.#present;
  }

  /** Former holders, until they have had time to hand over what they hold. */
  former(nowUs: number): readonly Ref[] {
    if (nowUs >= this.#formerUntilUs && this.#former.length > 0) this.forgetFormer();
    return this.#former;
  }

  /** Takes note of the present holders; those that are none any more become former ones until `formerUntilUs`. */
  become(holders: readonly Ref[], self: Ref, formerUntilUs: number): void {
    const left = this.#present.filter((ref) => ref !== self && !holders.includes(ref));
    if (left.length > 0) this.#formerUntilUs = formerUntilUs;
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
