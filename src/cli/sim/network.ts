import { endName } from "../../../bench/trace/events.ts";
import { type Address, ANY_INCARNATION, type Endpoint } from "../../core/address.ts";
import { ContactTable, type Ref } from "../../core/contacts.ts";
import { hashName, type NumericId } from "../../core/numeric-id.ts";
import { OVERLAY_MESSAGES } from "../../overlay/messages.ts";
import type { Member } from "../../overlay/overlay.ts";
import { SkipNet } from "../../overlay/skipnet.ts";
import { TRANSPORT_MESSAGES } from "../../transport/messages.ts";
import { constantLatency, type LatencyName } from "../../transport/sim/latency.ts";
import type { NetworkCounters } from "../../transport/sim/packet/counters.ts";
import { NetworkScriptRun } from "../../transport/sim/packet/network-script.ts";
import { PacketSimulation } from "../../transport/sim/packet/packet-simulation.ts";
import { isPacketTransport } from "../../transport/sim/packet/packet-spec.ts";
import { PacketUdpTransport } from "../../transport/sim/packet/udp-transport.ts";
import { SimTransport } from "../../transport/sim/sim-transport.ts";
import { Simulation } from "../../transport/sim/simulation.ts";
import { countedLatency, type LinkStress } from "../../transport/sim/topology/link-stress.ts";
import type { Port, Transport, TransportStats } from "../../transport/transport.ts";
import { createCodec, type MessageCodec } from "../../wire/codec.ts";
import { createRegistry } from "../../wire/registry.ts";
import { type DetectorFigures, DetectorLog } from "./detector-log.ts";
import { instancesOf, type SimRunOptions } from "./options.ts";
import { type PhysicalNetwork, physicalNetwork } from "./physical-network.ts";

/** One overlay object with what it runs on. */
interface Instance {
  readonly net: SkipNet;
  readonly transport: Transport;
  /** Is to hear of each port that is open. */
  opened(port: Port): void;
  /** Opens a port for the overlay object. */
  open(address: Address): Port | Promise<Port>;
}

/** A simulated node: an overlay object and which of its members the node is. */
export interface SimNode {
  readonly net: SkipNet;
  readonly member: Member;
}

/** All nodes of a run, alive or not, by their number. */
export class SimNetwork {
  readonly simulation: Simulation | PacketSimulation;
  readonly contacts: ContactTable;
  /** By number: how it is known, and which member of its overlay object it is. */
  readonly #refs: Int32Array;
  readonly #members: Int32Array;
  #count = 0;
  /** All numbers in the order of names. */
  #byName = new Int32Array(0);
  readonly #options: SimRunOptions;
  readonly #instances: Instance[] = [];
  readonly #links: NetworkScriptRun | undefined;
  readonly #detectors: DetectorLog;
  /** Of a network with routers. */
  readonly physical: PhysicalNetwork | undefined;

  private constructor(options: SimRunOptions, names: readonly string[]) {
    this.#options = options;
    this.#refs = new Int32Array(names.length);
    this.#members = new Int32Array(names.length);
    this.physical = physicalNetwork(options, names);
    this.contacts = new ContactTable();
    const registry = createRegistry([...TRANSPORT_MESSAGES, ...OVERLAY_MESSAGES]);
    const codec = createCodec({ registry, contacts: this.contacts, compression: "off" });
    this.simulation = simulationOf(options, codec, this.contacts, this.physical);
    this.#detectors = new DetectorLog(this.simulation);
    if (this.simulation instanceof PacketSimulation && options.links !== undefined) {
      const random = this.simulation.random("cli.links");
      this.#links = new NetworkScriptRun(this.simulation, options.links, names.length, random);
    }
  }

  /** A node for each name, none of them in the overlay yet. */
  static async open(options: SimRunOptions, names: readonly string[]): Promise<SimNetwork> {
    const network = new SimNetwork(options, names);
    for (const name of names) {
      const instance = network.#instanceFor(network.count);
      const port = instance.open(network.#address(network.count));
      // A million ports that open at once need no promise each.
      network.#add(name, instance, typeof port === "number" ? port : await port);
    }
    network.#orderByName();
    return network;
  }

  get count(): number {
    return this.#count;
  }

  /** The overlay objects: one, or one a node. */
  get nets(): readonly SkipNet[] {
    return this.#instances.map(({ net }) => net);
  }

  node(number: number): SimNode {
    const instance = this.#instances.length === 1 ? 0 : number;
    const { net } = this.#instances[instance] as Instance;
    return { net, member: this.#members[number] as Member };
  }

  ref(number: number): Ref {
    return this.#refs[number] as Ref;
  }

  name(number: number): string {
    return this.contacts.name(this.ref(number));
  }

  /** All nodes' numbers, in the order of their names. */
  get byName(): Int32Array {
    return this.#byName;
  }

  /** Where a node is found by one who joins. */
  seed(number: number): Endpoint {
    return { address: this.#address(number), incarnation: ANY_INCARNATION };
  }

  /** Numbers and hosts agree: each node opens its port when it is made. */
  host(number: number): number {
    return number;
  }

  #add(name: string, { net, transport, opened }: Instance, port: Port): void {
    const number = this.#count++;
    this.#links?.opened(number);
    opened(port);
    const { from, seed } = this.#options;
    const numericId: NumericId = from?.numericIds[number] ?? hashName(`${seed}/${name}`);
    const ref = this.contacts.pin({ name, numericId, ...transport.localEndpoint(port) });
    this.#refs[number] = ref;
    this.#members[number] = net.addMemberAt(port, { name, numericId });
  }

  /** So that comparing two names compares two numbers, and checks need not sort. */
  #orderByName(): void {
    const { contacts } = this;
    contacts.rankNames();
    this.#byName = this.#refs.map((_, number) => number);
    this.#byName.sort((a, b) => contacts.compareNames(this.ref(a), this.ref(b)));
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

  /** What all transports counted. */
  get stats(): Pick<TransportStats, "messagesSent" | "bytesSent" | "retransmits"> {
    const all = this.#instances.map(({ transport }) => transport.stats());
    // At the message level each instance counts for all.
    const counted = this.simulation instanceof PacketSimulation ? all : all.slice(0, 1);
    const sum = (of: (stats: TransportStats) => number): number =>
      counted.reduce((total, stats) => total + of(stats), 0);
    const { simulation } = this;
    // What TCP repeats, its kernel repeats.
    const segments =
      simulation instanceof PacketSimulation
        ? this.#refs.reduce((total, _, number) => total + simulation.segmentsSentAgain(number), 0)
        : 0;
    return {
      messagesSent: sum((stats) => stats.messagesSent),
      bytesSent: sum((stats) => stats.bytesSent),
      retransmits: sum((stats) => stats.retransmits) + segments,
    };
  }

  /** A node dies, or stops, now. */
  failed(kind: "crash" | "hang", number: number): void {
    this.#detectors.failed(kind, endName(this.contacts.endpoint(this.ref(number))));
  }

  /** How the transport's failure detector did until now. */
  detectors(): DetectorFigures {
    const crashes = (this.#links?.crashes ?? []).map(({ process, atUs }) => ({
      kind: "crash" as const,
      victim: endName(this.contacts.endpoint(this.ref(process))),
      atUs,
    }));
    return this.#detectors.figures(crashes);
  }

  #address(number: number): Address {
    return this.simulation instanceof PacketSimulation
      ? this.simulation.address(number)
      : (`sim://${number}` as Address);
  }

  #instanceFor(number: number): Instance {
    const index = instancesOf(this.#options) === "one" ? 0 : number;
    const known = this.#instances[index];
    if (known !== undefined) return known;
    const { world, transport } = this.simulation.instance();
    const net = new SkipNet({
      world,
      transport,
      contacts: this.contacts,
      options: this.#options.overlay,
    });
    const { handler } = net;
    const opened = this.#detectors.listen(transport, handler);
    const stress = this.physical?.stress;
    if (stress !== undefined && transport instanceof SimTransport) countMessages(transport, stress);
    const atOnce = transport instanceof SimTransport || transport instanceof PacketUdpTransport;
    const made: Instance = {
      net,
      transport,
      opened,
      open: (address) =>
        atOnce ? transport.openNow(address, handler) : transport.open(address, handler),
    };
    this.#instances.push(made);
    return made;
  }
}

/** In the place of the method itself: without it sending costs nothing. Ports and peers are hosts here. */
function countMessages(transport: SimTransport, stress: LinkStress): void {
  const send = transport.send.bind(transport);
  transport.send = (from, to, message, token) => {
    const result = send(from, to, message, token);
    if (result !== "full") stress.message(from, to);
    return result;
  };
}

function simulationOf(
  options: SimRunOptions,
  codec: MessageCodec,
  contacts: ContactTable,
  physical: PhysicalNetwork | undefined,
): Simulation | PacketSimulation {
  const { seed, transport, links, ties } = options;
  // Without routers the name is that of a delay model.
  const network = physical?.latency ?? (options.network as LatencyName);
  if (isPacketTransport(transport)) {
    const stress = physical?.stress;
    const paths =
      stress === undefined || physical === undefined
        ? network
        : countedLatency(physical.latency, stress);
    const latency = links?.oneWayUs === undefined ? paths : constantLatency(links.oneWayUs);
    const conditions = links?.conditions;
    return new PacketSimulation({ seed, codec, latency, transport, conditions, ties });
  }
  const { loss, wire } = options;
  return new Simulation({ seed, codec, contacts, latency: network, transport, loss, wire, ties });
}
