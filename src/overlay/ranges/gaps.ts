import { compareName } from "../../core/names.ts";

/** A piece of the name space: from `low` to before `high`. */
export interface NameRange {
  readonly low: string;
  readonly high: string;
}

/** What is still missing of a range, in name order. */
export class Gaps {
  /** BOUNDED: one more than the pieces that were filled. */
  #gaps: NameRange[];

  constructor(whole: NameRange) {
    this.#gaps = [whole];
  }

  get all(): readonly NameRange[] {
    return this.#gaps;
  }

  /** The names from `low` to before `high` are accounted for. */
  fill({ low, high }: NameRange): void {
    const first = this.#gaps.findIndex((gap) => compareName(gap.high, low) > 0);
    if (first < 0 || compareName(low, high) >= 0) return;
    const left: NameRange[] = [];
    let count = 0;
    for (let i = first; i < this.#gaps.length; i++) {
      const gap = this.#gaps[i] as NameRange;
      if (compareName(gap.low, high) >= 0) break;
      count++;
      if (compareName(gap.low, low) < 0) left.push({ low: gap.low, high: low });
      if (compareName(high, gap.high) < 0) left.push({ low: high, high: gap.high });
    }
    this.#gaps.splice(first, count, ...left);
  }
}
