import { type Address, ANY_INCARNATION, type Endpoint } from "../../core/address.ts";
import { ContactTable, type Ref } from "../../core/contacts.ts";
import { hashName, type NumericId } from "../../core/numeric-id.ts";
import { OVERLAY_MESSAGES } from "../../overlay/messages.ts";
import type { Member } from "../../overlay/overlay.ts";
import { SkipNet } from "../../overlay/skipnet.ts";
import { TRANSPORT_MESSAGES } from "../../transport/messages.ts";
import { constantLatency } from "../../transport/sim/latency.ts";
import type { NetworkCounters } from "../../transport/sim/packet/counters.ts";
import { NetworkScriptRun } from "../../transport/sim/packet/network-script.ts";
import { PacketSimulation } from "../../transport/sim/packet/packet-simulation.ts";
import { isPacketTransport } from "../../transport/sim/packet/packet-spec.ts";
import { type SimInstance, Simulation } from "../../transport/sim/simulation.ts";
import type { Port } from "../../transport/transport.ts";
import { createCodec, type MessageCodec } from "../../wire/codec.ts";
import { createRegistry } from "../../wire/registry.ts";
import type { SimRunOptions } from "./options.ts";

type SomeInstance = SimInstance | ReturnType<PacketSimulation["udpInstance"]>;

/** A simulated node: an overlay object and which of its members the node is. */
export interface SimNode {
  readonly net: SkipNet;
  readonly member: Member;
}

/** All nodes of a run, alive or not, by their number. */
export class SimNetwork {
  readonly simulation: Simulation | PacketSimulation;
  readonly contacts: ContactTable;
  readonly refs: Ref[] = [];
  readonly #names: string[] = [];
  readonly #nodes: SimNode[] = [];
  readonly #options: SimRunOptions;
  readonly #instances: { readonly instance: SomeInstance; readonly net: SkipNet }[] = [];
  readonly #links: NetworkScriptRun | undefined;

  constructor(options: SimRunOptions, names: readonly string[]) {
    this.#options = options;
    this.contacts = new ContactTable();
    const registry = createRegistry([...TRANSPORT_MESSAGES, ...OVERLAY_MESSAGES]);
    const codec = createCodec({ registry, contacts: this.contacts, compression: "off" });
    this.simulation = simulationOf(options, codec, this.contacts);
    if (this.simulation instanceof PacketSimulation && options.links !== undefined) {
      const random = this.simulation.random("cli.links");
      this.#links = new NetworkScriptRun(this.simulation, options.links, names.length, random);
    }
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
    return { address: this.#address(number), incarnation: ANY_INCARNATION };
  }

  /** Numbers and hosts agree: each node opens its port when it is made. */
  host(number: number): number {
    return number;
  }

  #add(name: string): void {
    const number = this.#nodes.length;
    const { instance, net } = this.#instanceFor(number);
    const port: Port = instance.transport.openNow(this.#address(number), net.handler);
    this.#links?.opened(number);
    const numericId: NumericId = hashName(`${this.#options.seed}/${name}`);
    const ref = this.contacts.pin({ name, numericId, ...instance.transport.localEndpoint(port) });
    this.refs.push(ref);
    this.#names.push(name);
    this.#nodes.push({ net, member: net.addMemberAt(port, { name, numericId }) });
  }

  /** The overlay stands: from now on the links change as they were told to. */
  changeLinks(): void {
    this.#links?.begin();
  }

  /** What the packets met; `undefined` at the message level. */
  get packets(): NetworkCounters | undefined {
    return this.simulation instanceof PacketSimulation
      ? this.simulation.network.counters
      : undefined;
  }

  #address(number: number): Address {
    return this.simulation instanceof PacketSimulation
      ? this.simulation.address(number)
      : (`sim://${number}` as Address);
  }

  #instanceFor(number: number): { readonly instance: SomeInstance; readonly net: SkipNet } {
    const index = this.#options.instances === "one" ? 0 : number;
    const known = this.#instances[index];
    if (known !== undefined) return known;
    const { simulation } = this;
    const instance =
      simulation instanceof PacketSimulation ? simulation.udpInstance() : simulation.instance();
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

function simulationOf(
  options: SimRunOptions,
  codec: MessageCodec,
  contacts: ContactTable,
): Simulation | PacketSimulation {
  const { seed, network, transport, links } = options;
  if (isPacketTransport(transport)) {
    const latency = links?.oneWayUs === undefined ? network : constantLatency(links.oneWayUs);
    return new PacketSimulation({ seed, codec, latency, transport, conditions: links?.conditions });
  }
  const { loss, wire } = options;
  return new Simulation({ seed, codec, contacts, latency: network, transport, loss, wire });
}
