import { setTimeout as sleep } from "node:timers/promises";
import { seededRandom } from "../../src/core/random.ts";
import type { Node } from "../../src/node/node.ts";
import { LoadGenerator, type LoadOptions } from "../load/generator.ts";
import { type ClientWorkload, makeWorkload } from "../load/make-workload.ts";
import { namingClient } from "../load/naming-adapter.ts";
import { type ReadBackReport, readBack } from "../load/read-back.ts";
import { warmUp } from "../load/warm-up.ts";
import type { Expectation } from "../load/write-log.ts";
import type { Follower } from "../trace/follower.ts";
import { machineNowUs } from "./clock.ts";
import { LoopLagWatch } from "./loop-lag.ts";
import type { LoadOrders, Report } from "./protocol.ts";

/** Beyond their deadline, how long open operations are waited for. */
const GRACE_MS = 500;

/** The load of one client process. */
export class LoadRunner {
  readonly #node: Node;
  readonly #orders: LoadOrders;
  readonly #client: ClientWorkload;
  readonly #load: LoadOptions;
  readonly #generator: LoadGenerator;

  constructor(node: Node, orders: LoadOrders, follower: Follower) {
    this.#node = node;
    this.#orders = orders;
    const random = seededRandom(`${orders.seed}/client${orders.client}`);
    const { overlay, member } = node;
    const naming = namingClient(node.naming, member);
    this.#client = makeWorkload({ ...orders, overlay, member, naming, random });
    this.#load = {
      world: overlay.world,
      member,
      workload: this.#client.workload,
      random,
      ratePerSecond: orders.ratePerSecond,
      durationMs: orders.durationMs,
      deadlineMs: orders.deadlineMs,
    };
    this.#generator = new LoadGenerator({
      ...this.#load,
      follow: (lateUs, run) => follower.follow(lateUs, run),
    });
  }

  prepare(): Promise<number> {
    return this.#client.prepare(this.#orders.deadlineMs * 1_000);
  }

  warmUp(): Promise<void> {
    return warmUp(this.#load, this.#orders.warmUpMs, machineNowUs);
  }

  /** Begins when the machine's clock shows `atUs`. */
  async load(atUs: number): Promise<Extract<Report, { say: "loaded" }>> {
    const lag = new LoopLagWatch();
    await sleep(Math.max(0, (atUs - machineNowUs()) / 1_000));
    lag.start();
    const load = await this.#generator.run(GRACE_MS);
    return {
      say: "loaded",
      load,
      loopLag: lag.stop(),
      expectations: this.#client.expectations(),
    };
  }

  stop(): void {
    this.#generator.stop();
  }

  readBack(expectations: readonly Expectation[], budgetMs: number): Promise<ReadBackReport> {
    return readBack({
      world: this.#node.overlay.world,
      naming: namingClient(this.#node.naming, this.#node.member),
      expectations,
      deadlineMs: this.#orders.deadlineMs,
      budgetMs,
    });
  }
}
