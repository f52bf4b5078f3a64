import type { Address, Endpoint } from "../../src/core/address.ts";
import { ContactTable } from "../../src/core/contacts.ts";
import {
  CONTRACT_MESSAGES,
  type ContractHarness,
  type ContractNetwork,
  FarHandler,
  type FarNode,
} from "../../src/testing.ts";
import type { ModelName } from "../../src/transport/sim/models.ts";
import { type SimInstance, Simulation } from "../../src/transport/sim/simulation.ts";
import type { Transport } from "../../src/transport/transport.ts";
import { createCodec } from "../../src/wire/codec.ts";
import { createRegistry } from "../../src/wire/registry.ts";

/** Runs the contract suite on the simulator's clock. */
export function simHarness(model: ModelName, wire: boolean): ContractHarness {
  return {
    name: `sim:${model}${wire ? " through the codec" : ""}`,
    faults: { kill: true, hang: true, cut: true },
    exclusiveAddresses: false,
    start: async () => new SimNetwork(model, wire),
    close: async () => {},
  };
}

class SimNetwork implements ContractNetwork {
  readonly #simulation: Simulation;
  #addresses = 0;

  constructor(model: ModelName, wire: boolean) {
    const contacts = new ContactTable();
    const codec = createCodec({ registry: createRegistry(CONTRACT_MESSAGES), contacts });
    this.#simulation = new Simulation({
      seed: "contract",
      codec,
      contacts,
      transport: model,
      wire,
    });
  }

  async near(): Promise<Transport> {
    return this.#simulation.instance().transport;
  }

  listen(): Address {
    return `sim://${++this.#addresses}` as Address;
  }

  unanswered(): Address {
    return "sim://999999" as Address;
  }

  far(): Promise<FarNode> {
    return this.#open(this.listen());
  }

  advance(ms: number): Promise<void> {
    return this.#simulation.run({ untilUs: this.nowUs() + Math.ceil(ms * 1000) });
  }

  nowUs(): number {
    return this.#simulation.nowUs;
  }

  async end(): Promise<void> {}

  async leaks(): Promise<readonly string[]> {
    return [];
  }

  async #open(address: Address): Promise<FarNode> {
    const instance = this.#simulation.instance();
    const handler = new FarHandler(instance.transport);
    const port = instance.transport.openNow(address, handler);
    return this.#node(instance, handler, port, instance.transport.localEndpoint(port));
  }

  #node(_instance: SimInstance, handler: FarHandler, host: number, endpoint: Endpoint): FarNode {
    const simulation = this.#simulation;
    return {
      endpoint,
      received: async () => [...handler.received],
      kill: async () => simulation.crash(host),
      hang: async () => simulation.hang(host),
      resume: async () => simulation.resume(host),
      cut: async () => {
        simulation.faults.partition([host], 1);
        simulation.reachabilityChanged();
      },
      heal: async () => {
        simulation.faults.heal();
        simulation.reachabilityChanged();
      },
      restart: () => this.#open(endpoint.address),
    };
  }
}
