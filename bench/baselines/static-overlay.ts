import type { Address } from "../../src/core/address.ts";
import { ContactTable } from "../../src/core/contacts.ts";
import { hashName, type NumericId } from "../../src/core/numeric-id.ts";
import { TRANSPORT_MESSAGES } from "../../src/transport/messages.ts";
import { Simulation, type SimulationOptions } from "../../src/transport/sim/simulation.ts";
import {
  type Peer,
  type Port,
  type PortHandler,
  RETURN_TO_SENDER,
  type Transport,
} from "../../src/transport/transport.ts";
import { createCodec } from "../../src/wire/codec.ts";
import { numericRef, u8, u32 } from "../../src/wire/fields.ts";
import { defineMessage, type Message, type MessageOf } from "../../src/wire/message.ts";
import { createRegistry } from "../../src/wire/registry.ts";
import { IdRing, type IdWords, idWords } from "./id-ring.ts";
import { HERE, type RoutingTables } from "./routing-tables.ts";

const BaselineLookup = defineMessage({
  tag: 126,
  name: "baseline.lookup",
  doc: "A lookup of a static overlay on its way to the node that holds a key.",
  flat: true,
  fields: {
    key: numericRef("what is looked up"),
    id: u32("which lookup it is"),
    hops: u8("hops so far"),
  },
});

/** A lookup that has come so far goes round in circles. */
const HOPS_MAX = 200;
/** A lookup that has not ended so long after it began has failed. */
const DEADLINE_US = 60_000_000;
/** Lookups begin at this rate of virtual time, as a share of the nodes. */
const BEGUN_PER_SECOND = 0.2;
const STEP_US = 100_000;

/** A lookup to run. */
export interface StaticLookup {
  /** Number of the node that asks. */
  readonly from: number;
  readonly key: NumericId;
}

/** How it ended. `unreachable`: a hop did not answer; static tables know no other way. */
export interface StaticLookupEnd {
  readonly outcome: "found" | "unreachable" | "tooManyHops" | "overloaded" | "deadline";
  /** The node that it reached last. */
  readonly at: number;
  readonly hops: number;
  /** From the first send to the last receipt, virtual time: what the path took. */
  readonly pathUs: number;
}

/** What a static overlay is made of. */
export interface StaticOverlayOptions
  extends Omit<SimulationOptions, "codec" | "contacts" | "wire"> {
  /** Of the nodes, by number. Their numeric IDs are the hash of seed and name, as in `skipnet sim`. */
  readonly names: readonly string[];
  /** Builds the tables of all nodes. */
  readonly tables: (ring: IdRing, simulation: Simulation) => RoutingTables;
}

/** Where an object is placed by those who place by hash: `org/node/obj`. */
export const objectKey = (name: string): NumericId => hashName(name);

/**
 * An overlay whose tables stand from the beginning and never change, on the simulator: lookups are
 * messages that each hop sends on. Its hosts are numbered as its nodes; `simulation` takes faults.
 */
export class StaticOverlay {
  readonly simulation: Simulation;
  readonly tables: RoutingTables;
  readonly count: number;
  readonly #contacts = new ContactTable();
  readonly #transport: Transport;
  /** Of the lookups that are run: those before them are over, whatever still comes of them. */
  #ends: (StaticLookupEnd | undefined)[] = [];
  #keys: IdWords[] = [];
  #beganUs: number[] = [];
  #first = 0;
  #open = 0;

  private constructor(options: StaticOverlayOptions) {
    const { names, tables, seed } = options;
    const registry = createRegistry([...TRANSPORT_MESSAGES, BaselineLookup]);
    const contacts = this.#contacts;
    const codec = createCodec({ registry, contacts, compression: "off" });
    this.simulation = new Simulation({ ...options, contacts, codec });
    this.count = names.length;
    const ids = names.map((name) => hashName(`${seed}/${name}`));
    this.tables = tables(new IdRing(ids), this.simulation);
    this.#transport = this.simulation.instance().transport;
  }

  /** All nodes stand. Throws `RangeError` for less than two. */
  static async open(options: StaticOverlayOptions): Promise<StaticOverlay> {
    const overlay = new StaticOverlay(options);
    const handler = overlay.#handler();
    for (let node = 0; node < overlay.count; node++) {
      await overlay.#transport.open(`sim://${node}` as Address, handler);
    }
    return overlay;
  }

  /** Runs them all, begun one after the other; resolves when each has ended. In their order. */
  async run(lookups: readonly StaticLookup[]): Promise<StaticLookupEnd[]> {
    const { simulation } = this;
    this.#first += this.#ends.length;
    this.#ends = new Array<StaticLookupEnd | undefined>(lookups.length);
    this.#keys = lookups.map(({ key }) => idWords(key));
    this.#beganUs = [];
    this.#open = lookups.length;
    const batch = Math.ceil((this.count * BEGUN_PER_SECOND * STEP_US) / 1e6);
    let begun = 0;
    while (begun < lookups.length) {
      for (let i = 0; i < batch && begun < lookups.length; i++) {
        this.#begin(lookups[begun] as StaticLookup, begun);
        begun++;
      }
      await simulation.run({ untilUs: simulation.nowUs + STEP_US });
    }
    await simulation.run({
      untilUs: simulation.nowUs + DEADLINE_US,
      done: () => this.#open === 0,
    });
    return lookups.map(({ from }, i): StaticLookupEnd => {
      return this.#ends[i] ?? { outcome: "deadline", at: from, hops: 0, pathUs: DEADLINE_US };
    });
  }

  #begin({ from, key }: StaticLookup, i: number): void {
    this.#beganUs[i] = this.simulation.nowUs;
    const id = this.#first + i;
    const message = BaselineLookup.make({ key: this.#contacts.numericOnly(key), id, hops: 0 });
    this.#forward(from, message);
  }

  #forward(node: number, message: MessageOf<typeof BaselineLookup>): void {
    const { id } = message;
    const key = this.#keys[id - this.#first];
    if (key === undefined) return;
    const next = this.tables.next(node, key);
    if (next === HERE) {
      this.#end(id, "found", node, message.hops);
    } else if (message.hops >= HOPS_MAX) {
      this.#end(id, "tooManyHops", node, message.hops);
    } else {
      message.hops++;
      // Hosts are numbered as they open, and ports and peers of the simulator are hosts.
      const sent = this.#transport.send(node as Port, next as Peer, message, RETURN_TO_SENDER);
      if (sent === "full") this.#end(id, "overloaded", node, message.hops - 1);
    }
  }

  #end(id: number, outcome: StaticLookupEnd["outcome"], at: number, hops: number): void {
    const i = id - this.#first;
    const beganUs = this.#beganUs[i];
    if (beganUs === undefined || this.#ends[i] !== undefined) return;
    const pathUs = this.simulation.nowUs - beganUs;
    this.#ends[i] = { outcome, at, hops, pathUs };
    this.#open--;
  }

  #handler(): PortHandler {
    return {
      onMessage: (port, _from, message: Message) => {
        if (BaselineLookup.is(message)) this.#forward(port, message);
      },
      onReturn: (port, _to, message: Message) => {
        if (!BaselineLookup.is(message)) return;
        this.#end(message.id, "unreachable", port, message.hops - 1);
      },
      onVerdict() {},
      onPeer() {},
      onDrain() {},
    };
  }
}
