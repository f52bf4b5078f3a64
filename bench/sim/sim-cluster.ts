import { NamingService } from "../../src/apps/naming/service.ts";
import { type Address, ANY_INCARNATION } from "../../src/core/address.ts";
import { type Contact, ContactTable } from "../../src/core/contacts.ts";
import { seededRandom } from "../../src/core/random.ts";
import { nodeRegistry } from "../../src/node/registry.ts";
import type { Member } from "../../src/overlay/overlay.ts";
import { SkipNet } from "../../src/overlay/skipnet.ts";
import { Simulation } from "../../src/transport/sim/simulation.ts";
import { createCodec, type MessageCodec } from "../../src/wire/codec.ts";
import { BENCH_MESSAGES, serveProbes } from "../load/probe.ts";
import { nodeNames } from "../node-names.ts";
import type { RunContext } from "../scenario.ts";
import { ObservedTransport } from "../trace/observed-transport.ts";
import { simLatency, simModel } from "./model.ts";

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
  readonly simulation: Simulation;
  readonly network: string;
  readonly processes: SimProcess[] = [];
  readonly #contacts = new ContactTable();
  readonly #codec: MessageCodec;
  readonly #nodes: number;

  constructor({ scenario, transport }: RunContext) {
    const { seed, compression } = scenario;
    this.#nodes = scenario.nodes;
    const random = seededRandom(`${seed}/network`);
    const latency = simLatency(scenario.simNetwork, random);
    this.network = latency.name;
    this.#codec = createCodec({
      registry: nodeRegistry(BENCH_MESSAGES),
      contacts: this.#contacts,
      compression,
    });
    this.simulation = new Simulation({
      seed,
      codec: this.#codec,
      contacts: this.#contacts,
      latency,
      transport: simModel(transport),
    });
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

  async #add(name: string): Promise<SimProcess> {
    const host = this.processes.length;
    const { world, transport } = this.simulation.instance();
    const observed = new ObservedTransport(transport, { clock: () => this.simulation.nowUs });
    observed.useContacts(this.#contacts);
    observed.useCodec(this.#codec);
    const overlay = new SkipNet({ world, transport: observed, contacts: this.#contacts });
    const naming = new NamingService({ overlay, world });
    serveProbes(overlay);
    const member = await overlay.addMember(`sim://${host}` as Address, { name });
    const self = overlay.self(member);
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
