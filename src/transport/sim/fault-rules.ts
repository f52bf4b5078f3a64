import { grown } from "../../core/column.ts";

/** In the place of a delay: the message never arrives. */
export const LOST = -1;
/** In the place of a delay: it is kept until the rule that did that is removed. */
export const HELD = -2;

/**
 * What a rule says of one message. `hold`: it is kept, and let go, in order, when the rule is removed.
 */
export type RuleVerdict = "pass" | "drop" | "hold" | { readonly delayUs: number };

/**
 * A fault of the network between two hosts, which are numbers of the simulation. Rules are asked in the
 * order in which they were installed: delays add up, the first that drops or holds a message ends its way.
 */
export interface FaultRule {
  readonly name: string;
  /**
   * `path`: what it says of a pair of hosts lasts, so that failure detectors meet it as well: call
   * `reachabilityChanged` where it begins and ends. `message`: it is asked of each message anew.
   */
  readonly scope: "path" | "message";
  judge(from: number, to: number, nowUs: number): RuleVerdict;
}

/** Numbers by host, 0 where none was set. */
class HostNumbers {
  #values = new Int32Array(64);

  set(host: number, value: number): void {
    if (host >= this.#values.length) {
      this.#values = grown(this.#values, Math.max(host + 1, this.#values.length * 2));
    }
    this.#values[host] = value;
  }

  get(host: number): number {
    return this.#values[host] ?? 0;
  }
}

function hostsOf(hosts: Iterable<number>): HostNumbers {
  const numbers = new HostNumbers();
  for (const host of hosts) numbers.set(host, 1);
  return numbers;
}

/** Hosts of different groups do not reach each other; hosts that no group names are together. */
export class PartitionRule implements FaultRule {
  readonly name: string;
  readonly scope = "path";
  readonly #groups = new HostNumbers();

  constructor(name: string, groups: readonly Iterable<number>[] = []) {
    this.name = name;
    groups.forEach((hosts, i) => {
      this.assign(hosts, i + 1);
    });
  }

  /** Puts hosts into a group; 0: with those that no group names. */
  assign(hosts: Iterable<number>, group: number): void {
    for (const host of hosts) this.#groups.set(host, group);
  }

  judge(from: number, to: number): RuleVerdict {
    return this.#groups.get(from) === this.#groups.get(to) ? "pass" : "drop";
  }
}

/** One way: nothing gets out of these hosts (`out`), or nothing into them (`in`). */
export function cutRule(name: string, hosts: Iterable<number>, way: "out" | "in"): FaultRule {
  const cut = hostsOf(hosts);
  return {
    name,
    scope: "path",
    judge: (from, to) => (cut.get(way === "out" ? from : to) === 1 ? "drop" : "pass"),
  };
}

/** One way: nothing gets from the one host to the other. */
export function cutPairRule(name: string, from: number, to: number): FaultRule {
  return { name, scope: "path", judge: (a, b) => (a === from && b === to ? "drop" : "pass") };
}

/** What goes to or comes from these hosts is kept until the rule is removed; failure detectors hear nothing of them. */
export function holdRule(name: string, hosts: Iterable<number>): FaultRule {
  const held = hostsOf(hosts);
  return {
    name,
    scope: "path",
    judge: (from, to) => (held.get(from) === 1 || held.get(to) === 1 ? "hold" : "pass"),
  };
}

/** What goes to or comes from these hosts takes so much longer. */
export function delayRule(name: string, hosts: Iterable<number>, delayUs: number): FaultRule {
  const slowed = hostsOf(hosts);
  const late = { delayUs };
  return {
    name,
    scope: "message",
    judge: (from, to) => (slowed.get(from) === 1 || slowed.get(to) === 1 ? late : "pass"),
  };
}

/**
 * A share of all pairs of hosts cannot talk, either way, though both reach others: reachability is
 * not transitive. Which pairs follows from the seed and the pair alone. Source: the non-transitive
 * network of Li et al., A performance vs. cost framework (INFOCOM 2005), 5 % of the pairs.
 */
export function intransitiveRule(name: string, seed: number, share: number): FaultRule {
  const limit = Math.round(share * 2 ** 32);
  return {
    name,
    scope: "path",
    judge: (from, to) =>
      from !== to && pairHash(seed, Math.min(from, to), Math.max(from, to)) < limit
        ? "drop"
        : "pass",
  };
}

/** 32 well-mixed bits of three numbers (the finalizer of MurmurHash3 after each). */
function pairHash(seed: number, a: number, b: number): number {
  let h = seed | 0;
  for (const value of [a, b]) {
    h = Math.imul(h ^ value, 0x9e37_79b1);
    h ^= h >>> 16;
    h = Math.imul(h, 0x85eb_ca6b);
    h ^= h >>> 13;
    h = Math.imul(h, 0xc2b2_ae35);
    h ^= h >>> 16;
  }
  return h >>> 0;
}
