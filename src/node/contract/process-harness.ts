import { extname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Address, Endpoint } from "../../core/address.ts";
import type {
  ContractHarness,
  ContractNetwork,
  FarMessage,
  FarNode,
} from "../../transport/contract/harness.ts";
import { parseTransportSpec } from "../../transport/options.ts";
import type { Transport } from "../../transport/transport.ts";
import type { FarProcess } from "./far-process.ts";
import { leftOver, type Opened, openModule, openSockets } from "./opened.ts";
import { FarPool } from "./pool.ts";

/** Which transport to test, and with what options. */
export interface ProcessHarnessOptions {
  /** Absolute path of a transport module (see `TransportModule`). */
  readonly module: string;
  /** As on the command line: `tcp:os`. */
  readonly spec: string;
  /** The module exports `cut`. Default false. */
  readonly canCut?: boolean | undefined;
  readonly deviations?: ContractHarness["deviations"];
}

/** Runs the contract suite in real time, the far nodes being processes of their own. */
export function processHarness(options: ProcessHarnessOptions): ContractHarness {
  const pool = new FarPool(extname(options.module) === ".ts");
  const { kind } = parseTransportSpec(options.spec);
  return {
    name: options.spec,
    deviations: options.deviations,
    faults: { kill: true, hang: true, cut: options.canCut ?? false },
    exclusiveAddresses: true,
    start: async () => new ProcessNetwork(options, pool, kind),
    close: () => pool.close(),
  };
}

class ProcessNetwork implements ContractNetwork {
  readonly #options: ProcessHarnessOptions;
  readonly #pool: FarPool;
  readonly #kind: string;
  readonly #near: Opened[] = [];
  readonly #far: ProcessNode[] = [];
  readonly #leaks: string[] = [];
  readonly #before = openSockets();

  constructor(options: ProcessHarnessOptions, pool: FarPool, kind: string) {
    this.#options = options;
    this.#pool = pool;
    this.#kind = kind;
  }

  async near(): Promise<Transport> {
    const opened = await openModule(this.#options.module, this.#options.spec);
    this.#near.push(opened);
    return opened.transport;
  }

  listen(): Address {
    return `${this.#kind}://127.0.0.1:0` as Address;
  }

  /** Port 1 (TCPMUX, RFC 1078) is for programs that no machine has run for decades. */
  unanswered(): Address {
    return `${this.#kind}://127.0.0.1:1` as Address;
  }

  far(): Promise<FarNode> {
    return this.#open(this.listen());
  }

  advance(ms: number): Promise<void> {
    return sleep(ms);
  }

  nowUs(): number {
    return Math.floor(performance.now() * 1000);
  }

  async end(): Promise<void> {
    for (const { world, transport } of this.#near) {
      if (world.pendingTimers > 0) this.#leaks.push(`timers of ${transport.name}`);
      world.close();
    }
    for (const { process } of this.#far) {
      if (!process.alive) continue;
      if (process.stopped) process.resume();
      const { leaks } = await process.ask({ do: "close" });
      this.#leaks.push(...leaks);
      this.#pool.giveBack(process);
    }
  }

  async leaks(): Promise<readonly string[]> {
    return [...this.#leaks, ...(await leftOver(this.#before))];
  }

  async #open(at: Address): Promise<ProcessNode> {
    const process = this.#pool.take();
    const { module, spec } = this.#options;
    const { endpoint } = await process.ask({ do: "open", module, spec, at });
    const node = new ProcessNode(process, endpoint, (address) => this.#open(address));
    this.#far.push(node);
    return node;
  }
}

class ProcessNode implements FarNode {
  readonly process: FarProcess;
  readonly endpoint: Endpoint;
  readonly #open: (at: Address) => Promise<FarNode>;

  constructor(process: FarProcess, endpoint: Endpoint, open: (at: Address) => Promise<FarNode>) {
    this.process = process;
    this.endpoint = endpoint;
    this.#open = open;
  }

  async received(): Promise<readonly FarMessage[]> {
    return (await this.process.ask({ do: "received" })).messages;
  }

  kill(): Promise<void> {
    return this.process.kill();
  }

  async hang(): Promise<void> {
    this.process.stop();
  }

  async resume(): Promise<void> {
    this.process.resume();
  }

  async cut(): Promise<void> {
    await this.process.ask({ do: "cut", off: true });
  }

  async heal(): Promise<void> {
    await this.process.ask({ do: "cut", off: false });
  }

  restart(): Promise<FarNode> {
    return this.#open(this.endpoint.address);
  }
}
