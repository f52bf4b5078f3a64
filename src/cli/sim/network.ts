import { endName } from "../../../bench/trace/events.ts";
import { type Address, ANY_INCARNATION, type Endpoint } from "../../core/address.ts";
import { grown } from "../../core/column.ts";
import { type Contact, ContactTable, type Ref } from "../../core/contacts.ts";
import { hashName, type NumericId } from "../../core/numeric-id.ts";
import { OVERLAY_MESSAGES } from "../../overlay/messages.ts";
import type { Member } from "../../overlay/overlay.ts";
import { forgetTables, reloadNeighbours, savedNeighbours } from "../../overlay/restart.ts";
import type { SkipNet } from "../../overlay/skipnet.ts";
import { TRANSPORT_MESSAGES } from "../../transport/messages.ts";
import type { NetworkCounters } from "../../transport/sim/packet/counters.ts";
import { NetworkScriptRun } from "../../transport/sim/packet/network-script.ts";
import { PacketSimulation } from "../../transport/sim/packet/packet-simulation.ts";
import { Simulation } from "../../transport/sim/simulation.ts";
import type { Port, TransportStats } from "../../transport/transport.ts";
import { createCodec } from "../../wire/codec.ts";
import { createRegistry } from "../../wire/registry.ts";
import { IdBytes } from "./churn/id-bytes.ts";
import { type DetectorFigures, DetectorLog } from "./detector-log.ts";
import { type Instance, newInstance, openAtOnce, type SeeMessage } from "./instance.ts";
import { instancesOf, type SimRunOptions } from "./options.ts";
import { type PhysicalNetwork, physicalNetwork } from "./physical-network.ts";
import { simulationOf } from "./simulation-of.ts";
import { numericIdOf } from "./virtual.ts";

/** A simulated node: an overlay object and which of its members the node is. */
export interface SimNode {
  readonly net: SkipNet;
  readonly member: Member;
}

/** Of a former life of a node, which has no number any more. */
const NO_NUMBER = -1;

/** All nodes of a run, alive or not, by their number. */
export class SimNetwork {
  readonly simulation: Simulation | PacketSimulation;
  readonly contacts: ContactTable;
  /** By number: how it is known, and which member of its overlay object it is. */
  #refs: Int32Array<ArrayBuffer>;
  #members: Int32Array<ArrayBuffer>;
  #count = 0;
  /** All numbers in the order of names; made when it is asked for. */
  #byName: Int32Array | undefined;
  /** The process of those whose process has another number. BOUNDED: one entry a node. */
  readonly #hosts = new Map<number, number>();
  /** How often each node was started anew. BOUNDED: one entry a node. */
  readonly #restarts = new Map<number, number>();
  readonly #options: SimRunOptions;
  /** One overlay object for all nodes. */
  readonly #isShared: boolean;
  readonly #instances: Instance[] = [];
  /** Of nodes that have been started anew, and have an overlay object of their own. */
  readonly #renewed = new Map<number, Instance>();
  readonly #links: NetworkScriptRun | undefined;
  readonly #detectors: DetectorLog;
  /** Messages as Li et al. count them, with `countIds`. */
  readonly idBytes: IdBytes | undefined;
  /** Of a network with routers. */
  readonly physical: PhysicalNetwork | undefined;

  private constructor(options: SimRunOptions, names: readonly string[]) {
    this.#options = options;
    this.#isShared = instancesOf(options) === "one";
    this.#refs = new Int32Array(names.length);
    this.#members = new Int32Array(names.length);
    this.physical = physicalNetwork(options, names);
    this.idBytes = options.countIds === true ? new IdBytes() : undefined;
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
    network.contacts.rankNames();
    return network;
  }

  get count(): number {
    return this.#count;
  }

  /** The overlay objects: one, or one a node. */
  get nets(): readonly SkipNet[] {
    return [...this.#instances, ...this.#renewed.values()].map(({ net }) => net);
  }

  node(number: number): SimNode {
    const { net } = this.#instanceOf(number);
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
    this.#byName ??= this.#orderByName();
    return this.#byName;
  }

  /** Where a node is found by one who joins. */
  seed(number: number): Endpoint {
    return { address: this.#address(number), incarnation: ANY_INCARNATION };
  }

  /** The process that a node is in its present life; on packets, where it has but one, ports say nothing of it. */
  host(number: number): number {
    return (this.simulation instanceof Simulation ? this.#hosts.get(number) : number) ?? number;
  }

  /** Does this as the process of a node, by its clock. */
  acting<T>(number: number, run: () => T): T {
    const { simulation } = this;
    return simulation instanceof Simulation ? simulation.actingAs(this.host(number), run) : run();
  }

  /** A node's process dies now. */
  crash(number: number): void {
    this.failed("crash", number);
    this.simulation.crash(this.host(number));
    const { net, member } = this.node(number);
    // On packets each process is left as it died: what it watched goes with its timers.
    if (this.simulation instanceof Simulation) forgetTables(net.context, member);
  }

  /** A node leaves politely, and its process ends. */
  leave(number: number): void {
    const { net, member } = this.node(number);
    this.acting(number, () => net.leave(member));
    this.crash(number);
  }

  /** One more node, at an address of its own; not in the overlay yet. Returns its number. Message level only. */
  addNode(name: string): number {
    const instance = this.#instanceFor(this.count);
    this.#add(name, instance, openAtOnce(instance, this.#address(this.count)));
    return this.count - 1;
  }

  /** What the process of a node would have saved by now. */
  saved(number: number): readonly Contact[] {
    const { net, member } = this.node(number);
    return savedNeighbours(net.context, member);
  }

  /**
   * A new process at the address of a node whose process has ended; not in the overlay yet. It has its name, and its
   * numeric ID if it `knowsItself`. Message level only.
   */
  restart(number: number, knowsItself: boolean): void {
    const name = this.name(number);
    const restarts = (this.#restarts.get(number) ?? 0) + 1;
    this.#restarts.set(number, restarts);
    const former = this.contacts.numericId(this.ref(number));
    const fresh = hashName(`${this.#options.seed}/${name}/${restarts}`);
    if (!this.#isShared) this.#renewed.set(number, this.#newInstance());
    const instance = this.#instanceOf(number);
    const port = openAtOnce(instance, this.#address(number));
    this.#live(number, name, instance, port, knowsItself ? former : fresh);
  }

  /** Gives a restarted node that has joined what its former process saved. */
  reload(number: number, saved: readonly Contact[]): void {
    const { net, member } = this.node(number);
    this.acting(number, () => reloadNeighbours(net.context, member, saved));
  }

  #add(name: string, instance: Instance, port: Port): void {
    const number = this.#count++;
    this.#links?.opened(number);
    if (number >= this.#refs.length) {
      this.#refs = grown(this.#refs, 2 * number + 1);
      this.#members = grown(this.#members, 2 * number + 1);
    }
    const numericId = numericIdOf(this.#options, number, name);
    this.#live(number, name, instance, port, numericId);
    this.#byName = undefined;
  }

  /** A node begins a life at this port. */
  #live(
    number: number,
    name: string,
    { net, transport, opened }: Instance,
    port: Port,
    numericId: NumericId,
  ): void {
    opened(port);
    const ref = this.contacts.pin({ name, numericId, ...transport.localEndpoint(port) });
    this.#refs[number] = ref;
    this.#members[number] = net.addMemberAt(port, { name, numericId });
    if ((port as number) !== number) this.#hosts.set(number, port);
  }

  /** So that comparing two names compares two numbers, and checks need not sort. */
  #orderByName(): Int32Array {
    const rows = this.contacts.rankNames();
    const numbers = new Int32Array(this.contacts.stats.rows).fill(NO_NUMBER);
    for (let number = 0; number < this.#count; number++) {
      numbers[this.contacts.row(this.ref(number))] = number;
    }
    return rows.map((row) => numbers[row] as number).filter((number) => number !== NO_NUMBER);
  }

  #instanceOf(number: number): Instance {
    if (this.#isShared) return this.#instances[0] as Instance;
    return this.#renewed.get(number) ?? (this.#instances[number] as Instance);
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
    const known = this.#instances[this.#isShared ? 0 : number];
    if (known !== undefined) return known;
    const made = this.#newInstance();
    this.#instances.push(made);
    return made;
  }

  #newInstance(): Instance {
    const { simulation, contacts, physical, idBytes } = this;
    const { overlay } = this.#options;
    const stress = physical?.stress;
    const observers: SeeMessage[] =
      stress === undefined ? [] : [(from, to) => stress.message(from, to)];
    if (idBytes !== undefined) observers.push((_from, _to, message) => idBytes.count(message));
    return newInstance({ simulation, contacts, overlay, detectors: this.#detectors, observers });
  }
}
