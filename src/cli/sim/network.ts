import { type Address, ANY_INCARNATION, type Endpoint } from "../../core/address.ts";
import { ContactTable, type Ref } from "../../core/contacts.ts";
import { hashName, type NumericId } from "../../core/numeric-id.ts";
import { OVERLAY_MESSAGES } from "../../overlay/messages.ts";
import type { Member } from "../../overlay/overlay.ts";
import { SkipNet } from "../../overlay/skipnet.ts";
import { TRANSPORT_MESSAGES } from "../../transport/messages.ts";
import { type SimInstance, Simulation } from "../../transport/sim/simulation.ts";
import type { Port } from "../../transport/transport.ts";
import { createCodec } from "../../wire/codec.ts";
import { createRegistry } from "../../wire/registry.ts";
import type { SimRunOptions } from "./options.ts";

/** A simulated node: an overlay object and which of its members the node is. */
export interface SimNode {
  readonly net: SkipNet;
  readonly member: Member;
}

/** All nodes of a run, alive or not, by their number. */
export class SimNetwork {
  readonly simulation: Simulation;
  readonly contacts: ContactTable;
  readonly refs: Ref[] = [];
  readonly #names: string[] = [];
  readonly #nodes: SimNode[] = [];
  readonly #options: SimRunOptions;
  readonly #instances: { readonly instance: SimInstance; readonly net: SkipNet }[] = [];

  constructor(options: SimRunOptions, names: readonly string[]) {
    this.#options = options;
    this.contacts = new ContactTable();
    const registry = createRegistry([...TRANSPORT_MESSAGES, ...OVERLAY_MESSAGES]);
    const codec = createCodec({ registry, contacts: this.contacts, compression: "off" });
    this.simulation = new Simulation({
      seed: options.seed,
      codec,
      contacts: this.contacts,
      latency: options.network,
      transport: options.transport,
      loss: options.loss,
      wire: options.wire,
    });
    names.forEach((name) => {
      this.#add(name);
    });
    this.contacts.rankNames();
  }

  get count(): number {
    return this.#nodes.length;
  }

  /** The overlay objects: one, or one a node. */
  get nets(): readonly SkipNet[] {
    return this.#instances.map(({ net }) => net);
  }

  node(number: number): SimNode {
    return this.#nodes[number] as SimNode;
  }

  ref(number: number): Ref {
    return this.refs[number] as Ref;
  }

  name(number: number): string {
    return this.#names[number] as string;
  }

  /** Where a node is found by one who joins. */
  seed(number: number): Endpoint {
    return { address: `sim://${number}` as Address, incarnation: ANY_INCARNATION };
  }

  /** Numbers and hosts agree: each node opens its port when it is made. */
  host(number: number): number {
    return number;
  }

  #add(name: string): void {
    const number = this.#nodes.length;
    const { instance, net } = this.#instanceFor(number);
    const address = `sim://${number}` as Address;
    const port: Port = instance.transport.openNow(address, net.handler);
    const numericId: NumericId = hashName(`${this.#options.seed}/${name}`);
    const ref = this.contacts.pin({ name, numericId, ...instance.transport.localEndpoint(port) });
    this.refs.push(ref);
    this.#names.push(name);
    this.#nodes.push({ net, member: net.addMemberAt(port, { name, numericId }) });
  }

  #instanceFor(number: number): { readonly instance: SimInstance; readonly net: SkipNet } {
    const index = this.#options.instances === "one" ? 0 : number;
    const known = this.#instances[index];
    if (known !== undefined) return known;
    const instance = this.simulation.instance();
    const net = new SkipNet({
      world: instance.world,
      transport: instance.transport,
      contacts: this.contacts,
      options: this.#options.overlay,
    });
    const made = { instance, net };
    this.#instances.push(made);
    return made;
  }
}
