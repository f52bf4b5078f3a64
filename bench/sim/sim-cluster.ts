import { NamingService } from "../../src/apps/naming/service.ts";
import { ANY_INCARNATION } from "../../src/core/address.ts";
import { type Contact, ContactTable } from "../../src/core/contacts.ts";
import { nodeRegistry } from "../../src/node/registry.ts";
import type { Member } from "../../src/overlay/overlay.ts";
import { SkipNet } from "../../src/overlay/skipnet.ts";
import { PacketSimulation } from "../../src/transport/sim/packet/packet-simulation.ts";
import type { Simulation } from "../../src/transport/sim/simulation.ts";
import { createCodec, type MessageCodec } from "../../src/wire/codec.ts";
import { BENCH_MESSAGES, serveProbes } from "../load/probe.ts";
import { nodeNames } from "../node-names.ts";
import type { InjectedFault } from "../outcome/detection.ts";
import type { PacketsResult } from "../results.ts";
import type { RunContext } from "../scenario.ts";
import { endName } from "../trace/events.ts";
import { ObservedTransport } from "../trace/observed-transport.ts";
import { type ColumnNetwork, simNetwork } from "./sim-network.ts";

const JOIN_DEADLINE_US = 60_000_000;
const STEP_US = 100_000;

/** One simulated process. */
export interface SimProcess {
  readonly name: string;
  readonly host: number;
  readonly contact: Contact;
  readonly overlay: SkipNet;
  readonly naming: NamingService;
  readonly member: Member;
  readonly observed: ObservedTransport;
}

/** All processes of a run as instances of the simulator, each with a transport of its own. */
export class SimCluster {
  readonly processes: SimProcess[] = [];
  readonly #contacts = new ContactTable();
  readonly #codec: MessageCodec;
  readonly #nodes: number;
  readonly #network: ColumnNetwork;

  constructor({ scenario, transport }: RunContext) {
    const { compression } = scenario;
    this.#nodes = scenario.nodes;
    this.#codec = createCodec({
      registry: nodeRegistry(BENCH_MESSAGES),
      contacts: this.#contacts,
      compression,
    });
    this.#network = simNetwork(scenario, transport, this.#codec, this.#contacts);
  }

  get simulation(): Simulation | PacketSimulation {
    return this.#network.simulation;
  }

  /** How the column calls its network. */
  get network(): string {
    return this.#network.name;
  }

  /** All instances count in one place. */
  get countsOnce(): boolean {
    return this.#network.countsOnce;
  }

  get nodes(): readonly SimProcess[] {
    return this.processes.slice(0, this.#nodes);
  }

  get clients(): readonly SimProcess[] {
    return this.processes.slice(this.#nodes);
  }

  /** Makes all processes; the first begins the overlay, the others join it through the first few. */
  async start(clients: number, onBreath: () => void): Promise<void> {
    const names = nodeNames(this.#nodes, clients);
    for (const name of [...names.nodes, ...names.clients]) {
      const process = await this.#add(name);
      if (this.processes.length === 1) process.overlay.create(process.member);
      else {
        const seed = this.processes[0] as SimProcess;
        const { address } = seed.contact;
        await this.drive(
          process.overlay.join(process.member, [{ address, incarnation: ANY_INCARNATION }], {
            deadlineUs: JOIN_DEADLINE_US,
          }),
          onBreath,
        );
      }
    }
  }

  /** Lets virtual time pass until the promise is settled. */
  async drive<T>(promise: Promise<T>, onBreath: () => void): Promise<T> {
    let settled = false;
    const settle = (): void => {
      settled = true;
    };
    promise.then(settle, settle);
    while (!settled) {
      const untilUs = this.simulation.nowUs + STEP_US;
      await this.simulation.run({ untilUs, done: () => settled, onBreath });
    }
    return await promise;
  }

  /** Lets virtual time pass until the clock shows this. */
  async until(untilUs: number, onBreath: () => void): Promise<void> {
    await this.simulation.run({ untilUs, onBreath });
  }

  /** The load begins: from now on the network changes as the scenario says. */
  loadBegins(): void {
    this.#network.script?.begin();
  }

  loadEnds(): void {
    this.#network.script?.end();
  }

  /** Nodes that the scenario's network killed. */
  scriptedCrashes(): InjectedFault[] {
    return (this.#network.script?.crashes ?? []).map(({ process, atUs }) => ({
      kind: "crash",
      victim: endName((this.processes[process] as SimProcess).contact),
      atUs,
    }));
  }

  /** Ends of those that it stopped, cut off or changed, unless it did so to all. */
  disturbed(): ReadonlySet<string> {
    const numbers = this.#network.script?.disturbed() ?? new Set<number>();
    return new Set([...numbers].map((i) => endName((this.processes[i] as SimProcess).contact)));
  }

  /** What became of all packets so far; `undefined`: there are none at the message level. */
  packets(): PacketsResult | undefined {
    const { simulation } = this;
    if (!(simulation instanceof PacketSimulation)) return undefined;
    const { sentBytes: bytes, dropped, ...counters } = simulation.network.counters;
    return { ...counters, bytes, dropped: { ...dropped } };
  }

  async #add(name: string): Promise<SimProcess> {
    const host = this.processes.length;
    const { world, transport } = this.simulation.instance();
    const observed = new ObservedTransport(transport, { clock: () => this.simulation.nowUs });
    observed.useContacts(this.#contacts);
    observed.useCodec(this.#codec);
    const overlay = new SkipNet({ world, transport: observed, contacts: this.#contacts });
    const naming = new NamingService({ overlay, world });
    serveProbes(overlay);
    const member = await overlay.addMember(this.#network.address(host), { name });
    const self = overlay.self(member);
    this.#network.script?.opened(host);
    const process: SimProcess = {
      name,
      host,
      contact: this.#contacts.contact(self),
      overlay,
      naming,
      member,
      observed,
    };
    this.processes.push(process);
    return process;
  }
}
