import type { Ref } from "../../core/contacts.ts";
import type { Context } from "../context.ts";
import type { Member } from "../overlay.ts";

/** Nodes whose entry a member remembers; the first are forgotten first. */
const NEWCOMERS_MAX = 64;
/** Who entered the tables so long ago is no newcomer. */
const YOUNG_MS = 60_000;

/**
 * Who entered a member's tables just now, however. Ordinary repair links some pairs of a seam before
 * the walk along it comes by, and the walk has to go on above them all the same; and who seeks its place
 * in another ring must not be led back into its own by those of it who were there before.
 */
export class Newcomers {
  readonly #net: Context;
  /** BOUNDED: one entry a member, of `NEWCOMERS_MAX`. */
  readonly #entered = new Map<Member, { readonly node: Ref; readonly atUs: number }[]>();

  constructor(net: Context) {
    this.#net = net;
  }

  entered(member: Member, node: Ref): void {
    const entered = this.#entered.get(member) ?? [];
    if (entered.length === NEWCOMERS_MAX) entered.shift();
    entered.push({ node, atUs: this.#net.world.nowUs() });
    this.#entered.set(member, entered);
  }

  /** Those who entered since then, perhaps from the other ring. */
  since(member: Member, us: number): readonly Ref[] {
    const entered = this.#entered.get(member) ?? [];
    return entered.filter(({ atUs }) => atUs >= us).map(({ node }) => node);
  }

  /** Whether the node entered lately. */
  isOne(member: Member, node: Ref): boolean {
    const sinceUs = this.#net.world.nowUs() - YOUNG_MS * 1000;
    const entered = this.#entered.get(member);
    return entered?.some((one) => one.node === node && one.atUs >= sinceUs) ?? false;
  }

  clear(member: Member): void {
    this.#entered.delete(member);
  }
}
