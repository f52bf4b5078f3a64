import { performance } from "node:perf_hooks";
import type { Address } from "../../src/core/address.ts";
import { jsonLog } from "../../src/core/live/log.ts";
import { LogFile } from "../../src/core/live/log-file.ts";
import { type Node, startNode } from "../../src/node/node.ts";
import { findTransport, loadTransportModule } from "../../src/node/transports.ts";
import type { Transport } from "../../src/transport/transport.ts";
import { BENCH_MESSAGES, serveProbes } from "../load/probe.ts";
import type { Counters } from "../outcome/wire.ts";
import { Follower } from "../trace/follower.ts";
import { ObservedTransport } from "../trace/observed-transport.ts";
import { machineNowUs } from "./clock.ts";
import { LoadRunner } from "./load-runner.ts";
import { BEAT_MS, type NodeOrders, type Order, type Report } from "./protocol.ts";

/** One node of a bench run in a process of its own: does as it is ordered, and tells what it saw. */
export class NodeProgram {
  readonly #tell: (report: Report) => void;
  #node: Node | undefined;
  #observed: ObservedTransport | undefined;
  #follower: Follower | undefined;
  #runner: LoadRunner | undefined;

  constructor(tell: (report: Report) => void) {
    this.#tell = tell;
  }

  async obey(order: Order): Promise<void> {
    switch (order.do) {
      case "start":
        return await this.#start(order.orders);
      case "prepare": {
        this.#runner = new LoadRunner(this.#started(), order.load, this.#follow());
        return this.#tell({ say: "prepared", preloaded: await this.#runner.prepare() });
      }
      case "warmUp":
        await this.#running().warmUp();
        return this.#tell({ say: "warm" });
      case "load": {
        const loaded = await this.#running().load(order.atUs);
        this.#beat(false);
        return this.#tell(loaded);
      }
      case "stopLoad":
        return this.#runner?.stop();
      case "tell":
        return this.#beat(true);
      case "readBack": {
        const report = await this.#running().readBack(order.expectations, order.budgetMs);
        return this.#tell({ say: "readBack", report });
      }
      case "exit":
        process.exit(0);
    }
  }

  async #start(orders: NodeOrders): Promise<void> {
    const log = jsonLog({ node: orders.name, sink: new LogFile({ file: orders.logFile }) });
    const modules =
      orders.transportModule === undefined
        ? []
        : [await loadTransportModule(orders.transportModule)];
    const { spec } = findTransport(orders.transport, modules);
    this.#follower = new Follower(orders.name, machineNowUs);
    const node = await startNode({
      name: orders.name,
      listen: `${spec.kind}://127.0.0.1:0` as Address,
      join: orders.join as readonly Address[],
      transport: orders.transport,
      transportModules: modules,
      compression: orders.compression,
      seed: `${orders.seed}/${orders.name}`,
      messages: BENCH_MESSAGES,
      log,
      wrapTransport: (transport, contacts) => {
        const observed = new ObservedTransport(transport, {
          clock: machineNowUs,
          idleMs: () => performance.nodeTiming.idleTime,
        });
        observed.useContacts(contacts);
        this.#observed = observed;
        return observed satisfies Transport;
      },
    });
    this.#node = node;
    this.#observed?.useCodec(node.codec);
    serveProbes(node.overlay);
    setInterval(() => this.#beat(false), BEAT_MS);
    this.#beat(false);
    const { overlay, member } = node;
    this.#tell({ say: "joined", contact: overlay.contacts.contact(overlay.self(member)) });
  }

  #beat(told: boolean): void {
    const [observed, follower] = [this.#observed, this.#follower];
    if (observed === undefined || follower === undefined) return;
    this.#tell({
      say: "beat",
      atUs: machineNowUs(),
      trace: observed.take(),
      spans: follower.take(),
      counters: this.#counters(),
      told,
    });
  }

  #counters(): Counters {
    const { transport, codec } = this.#started();
    const { user, system } = process.cpuUsage();
    const { stats } = codec;
    return {
      transport: transport.stats(),
      compression:
        stats === undefined
          ? undefined
          : {
              rawBytes: stats.rawBytes,
              compressedBytes: stats.encodedBytes,
              compressedMessages: stats.compressedMessages,
            },
      sizes: this.#observed?.sizes,
      cpuMs: (user + system) / 1_000,
    };
  }

  #started(): Node {
    if (this.#node === undefined) throw new Error("ordered before it was started");
    return this.#node;
  }

  #follow(): Follower {
    if (this.#follower === undefined) throw new Error("ordered before it was started");
    return this.#follower;
  }

  #running(): LoadRunner {
    if (this.#runner === undefined) throw new Error("ordered before it was prepared");
    return this.#runner;
  }
}
