import type { Address, Endpoint } from "../../src/core/address.ts";
import { ContactTable } from "../../src/core/contacts.ts";
import {
  CONTRACT_MESSAGES,
  type ContractHarness,
  type ContractNetwork,
  FarHandler,
  type FarNode,
} from "../../src/testing.ts";
import { constantLatency } from "../../src/transport/sim/latency.ts";
import { PacketSimulation } from "../../src/transport/sim/packet/packet-simulation.ts";
import type { Transport } from "../../src/transport/transport.ts";
import { createCodec } from "../../src/wire/codec.ts";
import { createRegistry } from "../../src/wire/registry.ts";

/** Runs the contract suite on simulated packets. */
export function packetHarness(transport: string): ContractHarness {
  return {
    name: `sim:${transport}`,
    faults: { kill: true, hang: true, cut: true },
    exclusiveAddresses: true,
    start: async () => new PacketContractNetwork(transport),
    close: async () => {},
  };
}

const ONE_WAY_US = 5_000;

class PacketContractNetwork implements ContractNetwork {
  readonly #simulation: PacketSimulation;
  #addresses = 0;

  constructor(transport: string) {
    const contacts = new ContactTable();
    const codec = createCodec({ registry: createRegistry(CONTRACT_MESSAGES), contacts });
    this.#simulation = new PacketSimulation({
      seed: "contract",
      codec,
      transport,
      latency: constantLatency(ONE_WAY_US),
    });
  }

  async near(): Promise<Transport> {
    return this.#closing(this.#simulation.instance().transport);
  }

  /** A farewell takes time on the network, and time passes only while the simulation runs. */
  #closing(transport: Transport): Transport {
    let closing: Promise<void> | undefined;
    const close = (): Promise<void> => {
      closing ??= this.#drive(transport.close());
      return closing;
    };
    return new Proxy(transport, {
      get(target, key) {
        if (key === "close") return close;
        const value: unknown = Reflect.get(target, key, target);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
  }

  async #drive(closed: Promise<void>): Promise<void> {
    let done = false;
    const settle = (): void => {
      done = true;
    };
    closed.then(settle, settle);
    await undefined;
    while (!done) await this.advance(10);
    await closed;
  }

  listen(): Address {
    return this.#simulation.address(this.#addresses++);
  }

  unanswered(): Address {
    return this.#simulation.address(999_999);
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

  async end(): Promise<void> {
    await this.advance(1);
  }

  async leaks(): Promise<readonly string[]> {
    return [];
  }

  async #open(address: Address): Promise<FarNode> {
    const { transport } = this.#simulation.instance();
    const handler = new FarHandler(transport);
    const port = await transport.open(address, handler);
    const process = this.#simulation.processAt(address) ?? -1;
    return this.#node(handler, process, transport.localEndpoint(port));
  }

  #node(handler: FarHandler, process: number, endpoint: Endpoint): FarNode {
    const simulation = this.#simulation;
    return {
      endpoint,
      received: async () => [...handler.received],
      kill: async () => simulation.crash(process),
      hang: async () => simulation.hang(process),
      resume: async () => simulation.resume(process),
      cut: async () => simulation.faults.partition([process], 1),
      heal: async () => simulation.faults.heal(),
      restart: () => this.#open(endpoint.address),
    };
  }
}
