import { setTimeout as sleep } from "node:timers/promises";
import type { ProcessGroup } from "../live/process-group.ts";
import { EndProcess } from "./end-process.ts";
import type { Asks, LoadOrder, LoadReport, Told } from "./protocol.ts";

/** The receiving side is done when nothing came for so long. */
const QUIET_MS = 40;
const QUIET_POLLS_MAX = 100;

export type ContenderFacts = Omit<Asks["open"]["answer"], "address">;

/** What one load cost and did on both sides. */
export interface PairReport {
  readonly sent: LoadReport;
  readonly client: { readonly before: Told; readonly after: Told };
  readonly server: { readonly before: Told; readonly after: Told };
}

/** A process that sends and one that answers, over one contender. */
export class Pair {
  readonly contender: string;
  readonly facts: ContenderFacts;
  readonly address: string;
  readonly client: EndProcess;
  readonly server: EndProcess;

  private constructor(
    contender: string,
    [client, server]: readonly [EndProcess, EndProcess],
    { address, ...facts }: Asks["open"]["answer"],
  ) {
    this.contender = contender;
    this.client = client;
    this.server = server;
    this.address = address;
    this.facts = facts;
  }

  /** Starts both and brings them in contact. Rejects where the contender does not load. */
  static async start(group: ProcessGroup, contender: string): Promise<Pair> {
    const ends = [new EndProcess(group), new EndProcess(group)] as const;
    const [client, server] = ends;
    try {
      const [, opened] = await Promise.all([
        client.ask("open", { contender }),
        server.ask("open", { contender }),
      ]);
      await client.ask("contact", { address: opened.address });
      return new Pair(contender, ends, opened);
    } catch (error) {
      for (const end of ends) end.kill();
      throw error;
    }
  }

  async run(order: LoadOrder): Promise<PairReport> {
    const before = await this.tell();
    const sent = await this.client.ask("load", order);
    if (order.load.kind === "oneWay") await this.#quiet();
    const after = await this.tell();
    return {
      sent,
      client: { before: before.client, after: after.client },
      server: { before: before.server, after: after.server },
    };
  }

  async tell(): Promise<{ readonly client: Told; readonly server: Told }> {
    const [client, server] = await Promise.all([
      this.client.ask("tell", null),
      this.server.ask("tell", null),
    ]);
    return { client, server };
  }

  /** Until everything sent has arrived, or nothing more does. */
  async #quiet(): Promise<void> {
    let seen = -1;
    for (let i = 0; i < QUIET_POLLS_MAX; i++) {
      const { counted } = await this.server.ask("tell", null);
      if (counted.messages === seen) return;
      seen = counted.messages;
      await sleep(QUIET_MS);
    }
  }
}
