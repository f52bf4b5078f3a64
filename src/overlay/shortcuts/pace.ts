import type { MemberTimer } from "../../core/world.ts";
import type { Context } from "../context.ts";
import type { Member } from "../overlay.ts";

/**
 * When a member refreshes its shortcuts: soon after it has joined or something changed, then after twice
 * as long each time, up to a period.
 */
export class ShortcutPace {
  readonly #firstUs: number;
  readonly #periodUs: number;
  readonly #timer: MemberTimer;
  readonly #random;
  #doubled = new Uint8Array(1);

  constructor(
    { world, options }: Context,
    kind: string,
    periodMs: number,
    onTurn: (member: Member) => void,
  ) {
    this.#firstUs = options.firstRepairMs * 1000;
    this.#periodUs = periodMs * 1000;
    this.#timer = world.timer(kind, (member) => onTurn(member as Member));
    this.#random = world.random(kind);
  }

  start(member: Member): void {
    if (member >= this.#doubled.length) {
      const longer = new Uint8Array(Math.max(this.#doubled.length * 2, member + 1));
      longer.set(this.#doubled);
      this.#doubled = longer;
    }
    this.#doubled[member] = 0;
    this.arm(member);
  }

  stop(member: Member): void {
    this.#timer.cancel(member);
  }

  /** Soon, unless the next turn is near. */
  hurry(member: Member): void {
    // One: the first turn after the last news is still to come.
    if ((this.#doubled[member] ?? 1) > 1) this.start(member);
  }

  /** Arms the next turn. */
  arm(member: Member): void {
    const doubled = this.#doubled[member] as number;
    const us = Math.min(this.#periodUs, this.#firstUs * 2 ** doubled);
    if (us < this.#periodUs) this.#doubled[member] = doubled + 1;
    this.#timer.arm(member, Math.round(us * (0.75 + this.#random.float() / 2)));
  }
}
