import type { Random } from "../../core/random.ts";
import { cutPairRule, cutRule, type FaultRule, HELD, LOST, PartitionRule } from "./fault-rules.ts";

/** What one rule did until now, in messages. Probes of failure detectors are accounted, not counted here. */
export interface RuleCounters {
  dropped: number;
  /** Kept, and let go again. */
  held: number;
  released: number;
  delayed: number;
  delayedUs: number;
}

/** A rule in force. */
export interface InstalledRule {
  readonly name: string;
  readonly counters: Readonly<RuleCounters>;
  /** Ends it, and lets go what it holds. Idempotent. */
  remove(): void;
}

interface Entry extends InstalledRule {
  readonly rule: FaultRule;
  readonly counters: RuleCounters;
}

/** Transmissions from or to these hosts, or all, lost with this probability. */
interface Lossy {
  readonly name: string;
  readonly counters: RuleCounters;
  readonly probability: number;
  readonly hosts: ReadonlySet<number>;
}

const noCounters = (): RuleCounters => ({
  dropped: 0,
  held: 0,
  released: 0,
  delayed: 0,
  delayedUs: 0,
});

/**
 * What stands between the hosts: random loss, and rules that pass, delay, drop or hold messages, each
 * with a name and counters, composable and removable. Hosts are numbers of the simulation.
 */
export class Faults {
  /** Share of transmissions lost, each way, everywhere. */
  lossProbability = 0;
  /** Whether no rule is in force; loss is asked by the transport models for each transmission. */
  isEmpty = true;
  /** Lets the messages go that a rule held; returns how many. Set by the simulation. */
  onRemoved: (rule: InstalledRule) => number = () => 0;
  readonly #random: Random;
  /** BOUNDED by the scenario that installs them. */
  #entries: Entry[] = [];
  #lossy: Lossy[] = [];
  /** By name: of all that were ever in force. BOUNDED by the scenario. */
  readonly #counters = new Map<string, RuleCounters>();
  #partition: { readonly rule: PartitionRule; readonly installed: InstalledRule } | undefined;
  #cuts: InstalledRule[] = [];
  /** The rule behind the last `HELD`. */
  #holder: Entry | undefined;

  constructor(random: Random) {
    this.#random = random;
  }

  /** Puts a rule in force; a function alone is asked of each message. Two of one name share their counters. */
  add(given: FaultRule | FaultRule["judge"]): InstalledRule {
    const rule: FaultRule =
      typeof given === "function" ? { name: "rule", scope: "message", judge: given } : given;
    const counters = this.#countersOf(rule.name);
    const entry: Entry = {
      rule,
      name: rule.name,
      counters,
      remove: () => {
        if (!this.#entries.includes(entry)) return;
        this.#entries = this.#entries.filter((other) => other !== entry);
        this.isEmpty = this.#entries.length === 0;
        counters.released += this.onRemoved(entry);
      },
    };
    this.#entries.push(entry);
    this.isEmpty = false;
    return entry;
  }

  /** Loses transmissions from and to these hosts with this probability, beside all other loss. */
  addLoss(name: string, probability: number, hosts: Iterable<number>): InstalledRule {
    const counters = this.#countersOf(name);
    const lossy: Lossy = { name, counters, probability, hosts: new Set(hosts) };
    this.#lossy.push(lossy);
    const remove = (): void => {
      this.#lossy = this.#lossy.filter((other) => other !== lossy);
    };
    return { name, counters, remove };
  }

  /** Whether some hosts lose more than others. */
  get hasLossy(): boolean {
    return this.#lossy.length > 0;
  }

  /** Rules in force now, in the order in which they are asked. */
  get inForce(): readonly string[] {
    return [...this.#entries, ...this.#lossy].map(({ name }) => name);
  }

  /** What each rule that ever was in force did, by its name. */
  get counters(): Readonly<Record<string, Readonly<RuleCounters>>> {
    return Object.fromEntries(this.#counters);
  }

  /** Cuts these hosts off from all others but those of their group. `heal` ends it. */
  partition(hosts: Iterable<number>, group: number): void {
    if (this.#partition === undefined) {
      const rule = new PartitionRule("partition");
      this.#partition = { rule, installed: this.add(rule) };
    }
    this.#partition.rule.assign(hosts, group);
  }

  /** One way: nothing from `from` reaches `to`. Left out: nothing from `from` reaches anybody. `heal` ends it. */
  cut(from: number, to?: number): void {
    const rule = to === undefined ? cutRule("cut", [from], "out") : cutPairRule("cut", from, to);
    this.#cuts.push(this.add(rule));
  }

  /** Ends what `partition` and `cut` began; other rules stay. */
  heal(): void {
    this.#partition?.installed.remove();
    this.#partition = undefined;
    for (const cut of this.#cuts) cut.remove();
    this.#cuts = [];
  }

  /** The chance that one transmission between these hosts is lost. */
  lossOf(from: number, to: number): number {
    let arrives = 1 - this.lossProbability;
    for (const { probability, hosts } of this.#lossy) {
      if (hosts.has(from) || hosts.has(to)) arrives *= 1 - probability;
    }
    return 1 - arrives;
  }

  /** Whether one transmission is lost: by the loss everywhere, or by a rule, which counts it. */
  isLost(from: number, to: number): boolean {
    if (this.lossProbability > 0 && this.#random.chance(this.lossProbability)) return true;
    if (this.#lossy.length === 0) return false;
    for (const { probability, hosts, counters } of this.#lossy) {
      if (!hosts.has(from) && !hosts.has(to)) continue;
      if (!this.#random.chance(probability)) continue;
      counters.dropped++;
      return true;
    }
    return false;
  }

  /** Whether messages get from one host to the other at all, for all that lasts. */
  reaches(from: number, to: number): boolean {
    for (const { rule } of this.#entries) {
      if (rule.scope !== "path") continue;
      const verdict = rule.judge(from, to, 0);
      if (verdict === "drop" || verdict === "hold") return false;
    }
    return true;
  }

  /** How much longer a message takes, by all rules; `LOST` where one drops it, `HELD` where one keeps it. */
  extraUs(from: number, to: number, nowUs: number): number {
    let sumUs = 0;
    for (const entry of this.#entries) {
      const verdict = entry.rule.judge(from, to, nowUs);
      if (verdict === "pass") continue;
      const { counters } = entry;
      if (verdict === "drop") {
        counters.dropped++;
        return LOST;
      }
      if (verdict === "hold") {
        counters.held++;
        this.#holder = entry;
        return HELD;
      }
      counters.delayed++;
      counters.delayedUs += verdict.delayUs;
      sumUs += verdict.delayUs;
    }
    return sumUs;
  }

  /** The rule that said `HELD` last. */
  get holder(): InstalledRule | undefined {
    return this.#holder;
  }

  #countersOf(name: string): RuleCounters {
    let counters = this.#counters.get(name);
    if (counters === undefined) {
      counters = noCounters();
      this.#counters.set(name, counters);
    }
    return counters;
  }
}
