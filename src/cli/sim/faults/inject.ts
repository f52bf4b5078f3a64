import type { Contact } from "../../../core/contacts.ts";
import { SkipnetError } from "../../../core/errors.ts";
import type { Random } from "../../../core/random.ts";
import {
  cutRule,
  delayRule,
  type FaultRule,
  holdRule,
  intransitiveRule,
  PartitionRule,
} from "../../../transport/sim/fault-rules.ts";
import type { RuleCounters } from "../../../transport/sim/faults.ts";
import { Simulation } from "../../../transport/sim/simulation.ts";
import type { Entrance } from "../entrance.ts";
import type { LiveNodes } from "../live-nodes.ts";
import type { SimNetwork } from "../network.ts";
import type { Timeline } from "../timeline.ts";
import type { FaultSpec } from "./spec.ts";

/** What became of one fault. Times from the beginning of the run. */
export interface FaultRecord {
  readonly kind: FaultSpec["kind"];
  readonly nodes: number;
  readonly beganMs: number;
  endedMs: number | undefined;
  /** Messages that its rule met. */
  readonly counters?: Readonly<RuleCounters> | undefined;
}

interface Parts {
  readonly network: SimNetwork;
  readonly timeline: Timeline;
  /** Nodes that are in the overlay and run; faults take nodes out and put them back. */
  readonly alive: LiveNodes;
  readonly entrance: Entrance;
  readonly random: Random;
}

const SEPARATING: ReadonlySet<string> = new Set([
  "partition",
  "disconnect",
  "cut",
  "intransitive",
  "hold",
]);

/** Undoes a fault. */
type End = () => void;

/** Lets faults begin and end in a run at their times. */
export class FaultInjector {
  readonly records: FaultRecord[] = [];
  readonly #parts: Parts;
  readonly #faults: readonly FaultSpec[];
  #beganUs = 0;

  constructor(faults: readonly FaultSpec[], parts: Parts) {
    this.#parts = parts;
    this.#faults = faults;
  }

  /** From now on they come and go; ends when the last of them has begun. */
  async begin(): Promise<void> {
    if (this.#faults.length === 0) return;
    const { timeline, network } = this.#parts;
    this.#beganUs = network.simulation.nowUs;
    this.#faults.forEach((fault, i) => {
      timeline.after(fault.atMs * 1000, () => this.#apply(fault, i));
    });
    await timeline.runUntil(
      this.#beganUs + Math.max(...this.#faults.map(({ atMs }) => atMs)) * 1000,
    );
  }

  /** Lets virtual time pass until all that end have ended. */
  async end(): Promise<void> {
    const { timeline, network } = this.#parts;
    const lastMs = Math.max(0, ...this.#faults.map(({ atMs, forMs = 0 }) => atMs + forMs));
    await timeline.runUntil(Math.max(network.simulation.nowUs, this.#beganUs + lastMs * 1000));
  }

  /** Whether some nodes are out of reach of others that run. */
  get separates(): boolean {
    return this.#faults.some(({ kind }) => SEPARATING.has(kind));
  }

  #apply(fault: FaultSpec, number: number): void {
    const { network, timeline } = this.#parts;
    const victims = this.#victims(fault);
    const name = `${fault.kind} ${number + 1}`;
    const end = this.#inflict(fault, name, victims);
    const record: FaultRecord = {
      kind: fault.kind,
      nodes: victims.length,
      beganMs: network.simulation.nowUs / 1000,
      endedMs: undefined,
      counters: network.simulation.faults.counters[name],
    };
    this.records.push(record);
    if (fault.forMs === undefined) return;
    timeline.after(fault.forMs * 1000, () => {
      end();
      record.endedMs = network.simulation.nowUs / 1000;
    });
  }

  #victims({ kind, share, prefixes }: FaultSpec): readonly number[] {
    const { network, alive, random } = this.#parts;
    if (prefixes !== undefined) {
      return alive.numbers().filter((number) => isOfAny(network.name(number), prefixes));
    }
    const count = kind === "intransitive" ? 0 : Math.round(alive.count * share);
    return random.shuffle(alive.numbers()).slice(0, count);
  }

  #inflict(fault: FaultSpec, name: string, victims: readonly number[]): End {
    switch (fault.kind) {
      case "crash":
        for (const victim of victims) this.#crash(victim);
        return () => undefined;
      case "restart":
        return this.#restart(victims, fault.state === "kept");
      case "hang":
      case "pause":
        return this.#hang(victims);
      case "loss":
        return this.#loss(name, fault.rate ?? 0, victims);
      case "slow":
        return this.#slow((fault.serviceMs ?? 0) * 1000, victims);
      case "clock":
        return this.#clocks(fault, victims);
      default:
        return this.#rule(this.#ruleOf(fault, name, victims));
    }
  }

  #crash(victim: number): void {
    this.#parts.network.crash(victim);
    this.#parts.alive.delete(victim);
  }

  /** The processes die now; at the end others begin at their addresses and join. */
  #restart(victims: readonly number[], keepsState: boolean): End {
    const { network, entrance, alive } = this.#parts;
    const saved = new Map<number, readonly Contact[]>();
    for (const victim of victims) {
      if (keepsState) saved.set(victim, network.saved(victim));
      this.#crash(victim);
    }
    return () => {
      for (const victim of victims) {
        network.restart(victim, keepsState);
        const known = saved.get(victim) ?? [];
        const seeds = known.map(({ address }) => address);
        entrance.enter(victim, seeds, () => {
          network.reload(victim, known);
          alive.add(victim);
        });
      }
    };
  }

  #hang(victims: readonly number[]): End {
    const { network, alive } = this.#parts;
    for (const victim of victims) {
      network.failed("hang", victim);
      network.simulation.hang(network.host(victim));
      alive.delete(victim);
    }
    const lives = victims.map((victim) => network.host(victim));
    return () => {
      victims.forEach((victim, i) => {
        // Another fault may have killed it meanwhile.
        if (network.host(victim) !== lives[i]) return;
        network.simulation.resume(network.host(victim));
        alive.add(victim);
      });
    };
  }

  #loss(name: string, rate: number, victims: readonly number[]): End {
    const { network } = this.#parts;
    const { faults } = network.simulation;
    const hosts = victims.map((victim) => network.host(victim));
    const rule = faults.addLoss(name, rate, hosts);
    return () => rule.remove();
  }

  #slow(serviceUs: number, victims: readonly number[]): End {
    const { network } = this.#parts;
    const hosts = victims.map((victim) => network.host(victim));
    const all = (us: number): void => {
      for (const host of hosts) messageLevel(network).slow(host, us);
    };
    all(serviceUs);
    return () => all(0);
  }

  /** Each clock is wrong by its own part of what was given, either way. */
  #clocks({ offsetMs = 0, driftPpm = 0 }: FaultSpec, victims: readonly number[]): End {
    const { network, random } = this.#parts;
    const part = (): number => 2 * random.float() - 1;
    const hosts = victims.map((victim) => network.host(victim));
    for (const host of hosts) {
      messageLevel(network).setClock(host, {
        offsetUs: Math.round(part() * offsetMs * 1000),
        driftPpm: part() * driftPpm,
      });
    }
    return () => {
      for (const host of hosts) messageLevel(network).setClock(host, undefined);
    };
  }

  #rule(rule: FaultRule): End {
    const { simulation } = this.#parts.network;
    const installed = simulation.faults.add(rule);
    if (rule.scope === "path") simulation.reachabilityChanged();
    return () => {
      installed.remove();
      if (rule.scope === "path") simulation.reachabilityChanged();
    };
  }

  #ruleOf(fault: FaultSpec, name: string, victims: readonly number[]): FaultRule {
    const { network, random } = this.#parts;
    const hosts = victims.map((victim) => network.host(victim));
    switch (fault.kind) {
      case "cut":
        return cutRule(name, hosts, fault.way ?? "out");
      case "hold":
        return holdRule(name, hosts);
      case "delay":
        return delayRule(name, hosts, Math.round((fault.byMs ?? 0) * 1000));
      case "intransitive":
        return intransitiveRule(name, random.below(2 ** 31), fault.share);
      default:
        return new PartitionRule(name, splitInto(hosts, fault.groups ?? 1));
    }
  }
}

/** Names of nodes that a disconnect cuts off are there; else `E_OPTIONS`, before anything is done. */
export function checkPrefixes(faults: readonly FaultSpec[], names: readonly string[]): void {
  for (const prefix of faults.flatMap(({ prefixes = [] }) => prefixes)) {
    if (names.some((name) => isOfAny(name, [prefix]))) continue;
    throw new SkipnetError("E_OPTIONS", `disconnect: no node's name begins with "${prefix}."`);
  }
}

const isOfAny = (name: string, prefixes: readonly string[]): boolean =>
  prefixes.some((prefix) => name.startsWith(`${prefix}.`));

function splitInto(hosts: readonly number[], groups: number): number[][] {
  return Array.from({ length: groups }, (_, group) => hosts.filter((_, i) => i % groups === group));
}

function messageLevel({ simulation }: SimNetwork): Simulation {
  if (simulation instanceof Simulation) return simulation;
  throw new TypeError("checked when the options were read");
}
