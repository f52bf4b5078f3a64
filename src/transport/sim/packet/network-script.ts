import type { Random } from "../../../core/random.ts";
import {
  type LinkConditions,
  linkConditions,
  type NetworkConditions,
  networkConditions,
} from "./conditions.ts";
import type { PacketSimulation } from "./packet-simulation.ts";

/** Which hosts: all, these by number, or so large a share of them, drawn by the seed. */
export type HostChoice = "all" | readonly number[] | { readonly share: number };

/** What is different about some hosts' links. */
export interface HostConditions {
  readonly hosts: HostChoice;
  readonly up?: Partial<LinkConditions> | undefined;
  readonly down?: Partial<LinkConditions> | undefined;
  /** What one datagram costs their processors, microseconds. */
  readonly cpuUs?: number | undefined;
}

/** A change of the network while a run goes on; what it says wins over what was before. */
export interface NetworkChange extends HostConditions {
  /** From the beginning of the load. */
  readonly atUs: number;
  /** How long it lasts; left out: to the end. */
  readonly forUs?: number | undefined;
  /** It happens again after so long, until the end. */
  readonly everyUs?: number | undefined;
  readonly path?: Partial<LinkConditions> | undefined;
  /** The processes are stopped (SIGSTOP) for that time. */
  readonly stop?: boolean | undefined;
  /** The processes die. */
  readonly crash?: boolean | undefined;
  /** Their NATs forget them: another port, or another address. */
  readonly rebind?: "port" | "address" | undefined;
  /** They take this host's address too. */
  readonly sameAddressAs?: number | undefined;
  /** The hosts' clocks jump by so much, forwards or back. */
  readonly clockJumpUs?: number | undefined;
}

/** The network of a run, and how it changes. */
export interface NetworkScript {
  /** One way, between any two hosts; left out: the run's latency model. */
  readonly oneWayUs?: number | undefined;
  readonly conditions: NetworkConditions;
  readonly hosts: readonly HostConditions[];
  readonly changes: readonly NetworkChange[];
  /** A share of the hosts is drawn from so many of the first; the others are clients. */
  readonly drawnFrom: number;
}

/** A process that a script killed. */
export interface ScriptedCrash {
  readonly process: number;
  readonly atUs: number;
}

/** Throws `E_OPTIONS` where a part of the script contradicts what it is laid over. */
export function checkNetworkScript({ conditions, hosts, changes }: NetworkScript): void {
  networkConditions(conditions);
  for (const { up, down } of [...hosts, ...changes]) {
    linkConditions({ ...conditions.up, ...up });
    linkConditions({ ...conditions.down, ...down });
  }
  for (const { path } of changes) networkConditions({ path: { ...conditions.path, ...path } });
}

/** Plays a script on a simulation whose processes are opened as the run goes on. */
export class NetworkScriptRun {
  readonly #simulation: PacketSimulation;
  readonly #script: NetworkScript;
  /** By host: what is different about it from the beginning. */
  readonly #own: readonly HostConditions[][];
  /** By change: the hosts it concerns. */
  readonly #concerned: readonly (readonly number[])[];
  /** Changes in force, in the order in which they began. */
  #active: NetworkChange[] = [];
  /** Processes by host number. */
  readonly #processes: number[] = [];
  #ended = false;
  /** Processes that were killed, in order. */
  readonly crashes: ScriptedCrash[] = [];

  /** `hosts`: how many there will be. */
  constructor(simulation: PacketSimulation, script: NetworkScript, hosts: number, random: Random) {
    this.#simulation = simulation;
    this.#script = script;
    const own: HostConditions[][] = Array.from({ length: hosts }, () => []);
    for (const conditions of script.hosts) {
      for (const host of choose(conditions.hosts, hosts, script.drawnFrom, random))
        own[host]?.push(conditions);
    }
    this.#own = own;
    this.#concerned = script.changes.map((change) =>
      choose(change.hosts, hosts, script.drawnFrom, random),
    );
  }

  /** Processes that some change, but not one of all hosts, concerns; who shares its address is one. */
  disturbed(): ReadonlySet<number> {
    const some = this.#script.changes.flatMap(({ hosts, sameAddressAs }, i) => {
      const twin = sameAddressAs === undefined ? [] : (this.#processes[sameAddressAs] ?? []);
      return hosts === "all" ? [] : this.#running(i).concat(twin);
    });
    return new Set(some);
  }

  /** A process was opened, on the next host. */
  opened(process: number): void {
    const host = this.#processes.push(process) - 1;
    if ((this.#own[host]?.length ?? 0) > 0) this.#apply(host);
  }

  /** The load begins: changes count from now. */
  begin(): void {
    const { nowUs } = this.#simulation;
    this.#script.changes.forEach((change, i) => {
      this.#simulation.at(nowUs + change.atUs, () => this.#start(change, i));
    });
  }

  /** What lasts, lasts; nothing begins any more. */
  end(): void {
    this.#ended = true;
  }

  #start(change: NetworkChange, index: number): void {
    if (this.#ended) return;
    const { nowUs } = this.#simulation;
    this.#active.push(change);
    this.#turn(change, index, true);
    this.#strike(change, index);
    const { forUs, everyUs } = change;
    if (forUs !== undefined) {
      this.#simulation.at(nowUs + forUs, () => {
        this.#active = this.#active.filter((active) => active !== change);
        this.#turn(change, index, false);
      });
    }
    if (everyUs !== undefined) {
      this.#simulation.at(nowUs + everyUs, () => this.#start(change, index));
    }
  }

  /** What happens in a moment. */
  #strike({ clockJumpUs, crash, rebind }: NetworkChange, index: number): void {
    const simulation = this.#simulation;
    for (const process of this.#running(index)) {
      if (clockJumpUs !== undefined) simulation.jumpClock(process, clockJumpUs);
      if (rebind !== undefined) simulation.rebind(process, rebind);
      if (crash !== true) continue;
      simulation.crash(process);
      this.crashes.push({ process, atUs: simulation.nowUs });
    }
  }

  #turn(change: NetworkChange, index: number, begins: boolean): void {
    if (change.path !== undefined) this.#applyPath();
    if (change.up !== undefined || change.down !== undefined || change.cpuUs !== undefined) {
      for (const host of this.#concerned[index] ?? []) this.#apply(host);
    }
    const { stop, sameAddressAs } = change;
    for (const process of this.#running(index)) {
      const twin = sameAddressAs === undefined ? undefined : this.#processes[sameAddressAs];
      if (twin !== undefined) this.#simulation.takeAddress(process, begins ? twin : undefined);
      if (stop !== true) continue;
      if (begins) this.#simulation.hang(process);
      else this.#simulation.resume(process);
    }
  }

  #running(index: number): number[] {
    return (this.#concerned[index] ?? []).flatMap((host) => this.#processes[host] ?? []);
  }

  #applyPath(): void {
    const path = Object.assign(
      {},
      this.#script.conditions.path,
      ...this.#active.map((c) => c.path),
    );
    this.#simulation.network.setPath(linkConditions(path));
  }

  #apply(host: number): void {
    const process = this.#processes[host];
    if (process === undefined) return;
    const { conditions } = this.#script;
    const layers: HostConditions[] = [
      ...(this.#own[host] ?? []),
      ...this.#active.filter((change) => this.#concerns(change, host)),
    ];
    const machine = this.#simulation.machine(process);
    this.#simulation.network.setLink(machine, {
      up: linkConditions(Object.assign({}, conditions.up, ...layers.map(({ up }) => up))),
      down: linkConditions(Object.assign({}, conditions.down, ...layers.map(({ down }) => down))),
    });
    machine.cpuUs = layers.reduce((us, { cpuUs }) => cpuUs ?? us, 0);
  }

  #concerns(change: NetworkChange, host: number): boolean {
    return this.#concerned[this.#script.changes.indexOf(change)]?.includes(host) === true;
  }
}

function choose(
  choice: HostChoice,
  hosts: number,
  drawnFrom: number,
  random: Random,
): readonly number[] {
  const all = Array.from({ length: hosts }, (_, i) => i);
  if (choice === "all") return all;
  if (!("share" in choice)) return choice;
  return random.shuffle(all.slice(0, drawnFrom)).slice(0, shareOf(choice.share, drawnFrom));
}

/** How many hosts a share of so many is. */
export const shareOf = (share: number, hosts: number): number => Math.round(hosts * share);
