import type { Ref } from "../../core/contacts.ts";
import type { Random } from "../../core/random.ts";
import type { Context } from "../context.ts";
import type { Member } from "../overlay.ts";

/** Nodes that a member remembers as gone; a further one takes the place of any. FreePastry: 20. */
export const GONE_MAX = 32;
/** Who has been gone for so long is forgotten. FreePastry: 90 min; a cut may last a night. */
const GONE_AGE_MS_MAX = 86_400_000;

interface Gone {
  readonly node: Ref;
  readonly sinceUs: number;
}

/**
 * Who stood in a member's tables and was called down for its silence. Should all of them be alive
 * beyond a cut, one is enough to find their ring again.
 */
export class GoneSet {
  readonly #net: Context;
  readonly #random: Random;
  /** BOUNDED: one entry a member, of `GONE_MAX`. */
  readonly #gone = new Map<Member, Gone[]>();

  constructor(net: Context) {
    this.#net = net;
    this.#random = net.world.random("overlay.gone");
  }

  /** Whether the member misses anybody: of others that live in the same process it knows nothing. */
  isEmpty(member: Member): boolean {
    return this.#gone.size === 0 || !this.#gone.has(member);
  }

  add(member: Member, node: Ref): void {
    this.forget(member, node);
    const gone = this.#gone.get(member) ?? [];
    if (gone.length === GONE_MAX) this.forget(member, this.#any(gone).node);
    this.#net.contacts.keep(node);
    gone.push({ node, sinceUs: this.#net.world.nowUs() });
    this.#gone.set(member, gone);
  }

  has(member: Member, node: Ref): boolean {
    return this.#gone.get(member)?.some((one) => one.node === node) ?? false;
  }

  forget(member: Member, node: Ref): void {
    const gone = this.#gone.get(member);
    const at = gone?.findIndex((one) => one.node === node) ?? -1;
    if (gone === undefined || at < 0) return;
    gone.splice(at, 1);
    if (gone.length === 0) this.#gone.delete(member);
    this.#net.contacts.release(node);
  }

  clear(member: Member): void {
    for (const { node } of this.#gone.get(member) ?? []) this.#net.contacts.release(node);
    this.#gone.delete(member);
  }

  /** One of those that are still gone, at random. */
  pick(member: Member): Ref | undefined {
    const nowUs = this.#net.world.nowUs();
    for (const { node, sinceUs } of [...(this.#gone.get(member) ?? [])]) {
      const isOld = nowUs - sinceUs >= GONE_AGE_MS_MAX * 1000;
      if (isOld || this.#net.slotsHolding(member, node) > 0) this.forget(member, node);
    }
    const gone = this.#gone.get(member);
    return gone === undefined ? undefined : this.#any(gone).node;
  }

  #any(gone: readonly Gone[]): Gone {
    return gone[this.#random.below(gone.length)] as Gone;
  }
}
