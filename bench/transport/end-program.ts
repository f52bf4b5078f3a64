import { SkipnetError } from "../../src/core/errors.ts";
import { machineNowUs } from "../live/clock.ts";
import { cellOf, isEcho } from "./body.ts";
import type { Contender, End, Remote, WireCounters } from "./contender.ts";
import { findContender } from "./find-contender.ts";
import { Crowd, firstContacts } from "./loads/contacts.ts";
import { Link } from "./loads/link.ts";
import { oneWay } from "./loads/one-way.ts";
import { openLoop } from "./loads/open-loop.ts";
import { roundTrips } from "./loads/round-trips.ts";
import { VerdictWatch } from "./loads/verdict-watch.ts";
import type { AskName, Asks, LoadOrder, LoadReport, Told } from "./protocol.ts";

type Answers = { [Name in AskName]: (ask: Asks[Name]["ask"]) => Promise<Asks[Name]["answer"]> };

/** One process of the benchmark: an end that echoes and counts, and whatever it is told to send. */
export class EndProgram {
  #contender: Contender | undefined;
  #end: End | undefined;
  #link: Link | undefined;
  readonly #crowd = new Crowd();
  /** By number. BOUNDED: one process watches in some hundred trials. */
  readonly #watches = new Map<number, VerdictWatch>();
  readonly #counted = { cell: 0, messages: 0, firstUs: 0, lastUs: 0 };
  #suspects = 0;
  #downs = 0;

  readonly #answers: Answers = {
    open: async ({ contender: name }) => {
      const contender = await findContender(name);
      this.#contender = contender;
      this.#end = await this.#serve(contender);
      const { open: _, ...facts } = contender;
      return { address: this.#end.address, ...facts };
    },
    contact: async ({ address }) => {
      this.#link = await Link.open(this.#opened(), address, this.#onState);
      return null;
    },
    load: (order) => this.#load(order),
    tell: async () => this.#tell(),
    firstContacts: ({ address, count }) => firstContacts(this.#opened(), address, count),
    crowd: async (ask) => ({
      count: await this.#crowd.grow(this.#opened(), ask.address, ask),
    }),
    memory: async () => {
      collectGarbage();
      const { heapUsed, external, rss } = process.memoryUsage();
      return { heapBytes: heapUsed + external, rssBytes: rss };
    },
    watch: async ({ trial, address, watchers, traffic }) => {
      const watch = new VerdictWatch();
      await watch.begin(this.#opened(), address, { watchers, traffic });
      this.#watches.set(trial, watch);
      return null;
    },
    watchCost: async () => ({
      wire: sumWire([...this.#watches.values()].flatMap((watch) => watch.counters())),
    }),
    fault: async ({ trial, atUs, patienceMs }) => {
      const watch = this.#watches.get(trial);
      this.#watches.delete(trial);
      return { verdicts: (await watch?.fault(atUs, patienceMs)) ?? [] };
    },
    exit: () => process.exit(0),
  };

  answer<Name extends AskName>(name: Name, ask: Asks[Name]["ask"]): Promise<Asks[Name]["answer"]> {
    return this.#answers[name](ask);
  }

  /** The end that others reach: it echoes what asks for it, and counts the rest. */
  async #serve(contender: Contender): Promise<End> {
    /** Echoes that were not taken, by receiver. BOUNDED: by what the other side has open. */
    const waiting = new Map<Remote, Uint8Array[]>();
    const end = await contender.open({
      onMessage: (from, body) => {
        if (!isEcho(body)) this.#count(body);
        else if (end.send(from, body) === "full") {
          waiting.set(from, [...(waiting.get(from) ?? []), body]);
        }
      },
      onDrain: (to) => {
        const bodies = waiting.get(to) ?? [];
        waiting.delete(to);
        const left = bodies.filter((body) => end.send(to, body) === "full");
        if (left.length > 0) waiting.set(to, left);
      },
      onState: this.#onState,
    });
    return end;
  }

  readonly #onState = (_of: Remote, state: "suspect" | "down"): void => {
    if (state === "suspect") this.#suspects++;
    else this.#downs++;
  };

  #count(body: Uint8Array): void {
    const counted = this.#counted;
    const cell = cellOf(body);
    const nowUs = machineNowUs();
    if (cell !== counted.cell) {
      counted.cell = cell;
      counted.messages = 0;
      counted.firstUs = nowUs;
    }
    counted.messages++;
    counted.lastUs = nowUs;
  }

  #load(order: LoadOrder): Promise<LoadReport> {
    const link = this.#link;
    if (link === undefined) throw new SkipnetError("E_INTERNAL", "ordered before it had contact");
    const { load } = order;
    switch (load.kind) {
      case "roundTrips":
        return roundTrips(link, load.window, order);
      case "oneWay":
        return oneWay(link, order);
      case "openLoop":
        return openLoop(link, load.ratePerSecond, order);
    }
  }

  #tell(): Told {
    const { user, system } = process.cpuUsage();
    const { cell, messages, firstUs, lastUs } = this.#counted;
    return {
      cpuUs: user + system,
      wire: (this.#link?.end ?? this.#end)?.counters(),
      counted: { cell, messages, elapsedMs: (lastUs - firstUs) / 1_000 },
      suspects: this.#suspects,
      downs: this.#downs,
    };
  }

  #opened(): Contender {
    if (this.#contender === undefined) throw new SkipnetError("E_INTERNAL", "not opened yet");
    return this.#contender;
  }
}

/** Undefined where one of them does not count. */
function sumWire(counters: readonly (WireCounters | undefined)[]): WireCounters | undefined {
  const sum = { bytesSent: 0, datagramsSent: 0, retransmits: 0, probeBytes: 0, revived: 0 };
  for (const wire of counters) {
    if (wire === undefined) return undefined;
    for (const key of Object.keys(sum) as (keyof WireCounters)[]) sum[key] += wire[key];
  }
  return sum;
}

function collectGarbage(): void {
  // Of a process that was started with --expose-gc; the second round takes what finalizers let go.
  for (let i = 0; i < 2; i++) globalThis.gc?.();
}
