import type { Random } from "../../core/random.ts";

/** What a rule says of one message. */
export type RuleVerdict = "pass" | "drop" | { readonly delayUs: number };

/** A fault: first rule that does not pass a message decides on it. */
export type FaultRule = (from: number, to: number, nowUs: number) => RuleVerdict;

const ALL = -1;

/**
 * What stands between the hosts: random loss, partitions, one-way cuts and rules of any kind, all
 * removable. Hosts are numbers of the simulation.
 */
export class Faults {
  /** Share of transmissions lost, each way. */
  lossProbability = 0;
  readonly #random: Random;
  /** Partition of each host; hosts of different ones do not reach each other. BOUNDED: one entry a host. */
  readonly #groups = new Map<number, number>();
  /** BOUNDED by the scenario that installs them. */
  readonly #cuts = new Map<number, Set<number>>();
  readonly #rules: FaultRule[] = [];

  constructor(random: Random) {
    this.#random = random;
  }

  /** Whether anything but random loss is installed. */
  get isEmpty(): boolean {
    return this.#groups.size === 0 && this.#cuts.size === 0 && this.#rules.length === 0;
  }

  /** Cuts these hosts off from all others; they still reach each other. */
  partition(hosts: Iterable<number>, group: number): void {
    for (const host of hosts) this.#groups.set(host, group);
  }

  /** Ends all partitions and cuts. */
  heal(): void {
    this.#groups.clear();
    this.#cuts.clear();
  }

  /** One way: nothing from `from` reaches `to`. Left out: nothing from `from` reaches anybody. */
  cut(from: number, to: number = ALL): void {
    const cut = this.#cuts.get(from) ?? new Set<number>();
    cut.add(to);
    this.#cuts.set(from, cut);
  }

  /** Installs a rule; the result removes it. */
  add(rule: FaultRule): () => void {
    this.#rules.push(rule);
    return () => {
      const i = this.#rules.indexOf(rule);
      if (i >= 0) this.#rules.splice(i, 1);
    };
  }

  isLost(): boolean {
    return this.lossProbability > 0 && this.#random.chance(this.lossProbability);
  }

  /** Whether messages get from one host to the other at all. */
  reaches(from: number, to: number): boolean {
    if ((this.#groups.get(from) ?? 0) !== (this.#groups.get(to) ?? 0)) return false;
    const cut = this.#cuts.get(from);
    return cut === undefined || !(cut.has(to) || cut.has(ALL));
  }

  /** Extra delay by the rules, or -1 where one drops the message. */
  ruleDelayUs(from: number, to: number, nowUs: number): number {
    for (const rule of this.#rules) {
      const verdict = rule(from, to, nowUs);
      if (verdict === "pass") continue;
      return verdict === "drop" ? -1 : verdict.delayUs;
    }
    return 0;
  }
}
