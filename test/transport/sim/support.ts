import type { Address } from "../../../src/core/address.ts";
import { ContactTable } from "../../../src/core/contacts.ts";
import {
  type SimInstance,
  Simulation,
  type SimulationOptions,
} from "../../../src/transport/sim/simulation.ts";
import type { Peer, Port, PortHandler } from "../../../src/transport/transport.ts";
import { createCodec } from "../../../src/wire/codec.ts";
import { text, u32 } from "../../../src/wire/fields.ts";
import { defineMessage, type Message } from "../../../src/wire/message.ts";
import { createRegistry } from "../../../src/wire/registry.ts";

/** Kept as a flat record. */
export const Flat = defineMessage({
  tag: 100,
  name: "test.flat",
  doc: "A number.",
  flat: true,
  fields: { number: u32("tells messages apart") },
});
/** Kept by reference. */
export const Whole = defineMessage({
  tag: 101,
  name: "test.whole",
  doc: "A text.",
  fields: { text: text("anything", 2_000_000) },
});

export const MS = 1_000;
export const SECOND = 1_000_000;

/** A process that remembers all it is told, with the time. */
export class Host implements PortHandler {
  readonly instance: SimInstance;
  readonly port: Port;
  readonly simulation: Simulation;
  readonly lines: string[] = [];

  constructor(simulation: Simulation, address: Address) {
    this.simulation = simulation;
    this.instance = simulation.instance();
    this.port = this.instance.transport.openNow(address, this);
  }

  onMessage(_port: Port, from: Peer, message: Message): void {
    const what = Flat.is(message) ? message.number : Whole.is(message) ? message.text : "?";
    this.#note(`message ${what} from ${from}`);
  }

  onVerdict(_port: Port, token: number, verdict: { outcome: string; reason?: string }): void {
    this.#note(`verdict ${token} ${verdict.outcome} ${verdict.reason ?? ""}`.trim());
  }

  onReturn(_port: Port, to: Peer, message: Message): void {
    this.#note(`return ${Flat.is(message) ? message.number : "?"} from ${to}`);
  }

  onPeer(_port: Port, peer: Peer, state: string, reason: string): void {
    this.#note(`peer ${peer} ${state} ${reason}`);
  }

  onDrain(_port: Port, peer: Peer): void {
    this.#note(`drain ${peer}`);
  }

  to(other: Host): Peer {
    return this.instance.transport.peer(other.instance.transport.localEndpoint(other.port));
  }

  send(other: Host, number: number, token?: number): string {
    const { transport } = this.instance;
    return transport.send(this.port, this.to(other), Flat.make({ number }), token as never);
  }

  watch(other: Host): void {
    this.instance.transport.watch(this.port, this.to(other));
  }

  /** Numbers of the messages heard, in order. */
  get heard(): number[] {
    return this.lines
      .map((line) => / message (\d+) /.exec(line)?.[1])
      .filter((text) => text !== undefined)
      .map(Number);
  }

  /** What was told, without the times. */
  get told(): string[] {
    return this.lines.map((line) => line.replace(/^\S+ ms /, ""));
  }

  timeMsOf(part: string): number {
    const line = this.lines.find((candidate) => candidate.includes(part));
    return line === undefined ? Number.NaN : Number.parseFloat(line);
  }

  #note(what: string): void {
    this.lines.push(`${this.simulation.nowUs / MS} ms ${what}`);
  }
}

export type Net = Simulation & { readonly hosts: readonly Host[] };

/** A simulation with so many processes. */
export function net(count: number, options: Partial<SimulationOptions> = {}) {
  const contacts = new ContactTable();
  const codec = createCodec({
    registry: createRegistry([Flat, Whole]),
    contacts,
    compression: "off",
  });
  const simulation = new Simulation({
    seed: "1",
    latency: "constant",
    ...options,
    codec,
    contacts,
  });
  const hosts = Array.from(
    { length: count },
    (_, i) => new Host(simulation, `sim://${i}` as Address),
  );
  return { simulation, hosts, contacts };
}

export async function advance(simulation: Simulation, us: number): Promise<void> {
  await simulation.run({ untilUs: simulation.nowUs + us });
}
