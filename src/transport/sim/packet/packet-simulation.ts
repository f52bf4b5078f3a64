import { type Address, socketAddress } from "../../../core/address.ts";
import { SkipnetError } from "../../../core/errors.ts";
import { type Log, silentLog } from "../../../core/log.ts";
import { livePlatform, type Platform } from "../../../core/platform.ts";
import { type Random, seededRandom } from "../../../core/random.ts";
import type { World } from "../../../core/world.ts";
import type { MessageCodec } from "../../../wire/codec.ts";
import { openTcpTransport } from "../../tcp/tcp.ts";
import type { Transport } from "../../transport.ts";
import { newPacketScratch, type PacketScratch } from "../../udp/protocol-setup.ts";
import { EventCount } from "../event-count.ts";
import { Faults } from "../faults.ts";
import { CRASHED, HUNG, UP } from "../hosts.ts";
import type { LatencyModel, LatencyName } from "../latency.ts";
import { RunLoop, type RunOptions } from "../run-loop.ts";
import { queueOf, type Ties } from "../shuffled-queue.ts";
import { simWorld, TimerKinds } from "../sim-world.ts";
import { type NetworkConditions, PLAIN_NETWORK } from "./conditions.ts";
import { describePacketEvent } from "./describe-event.ts";
import { PacketDispatcher } from "./dispatcher.ts";
import { hostAt, leaseAt } from "./host-addresses.ts";
import { Incarnations } from "./incarnations.ts";
import { PacketKernel } from "./kernel.ts";
import type { Machine } from "./machines.ts";
import { PacketNetwork } from "./network.ts";
import { type PacketTransportSpec, parsePacketTransport } from "./packet-spec.ts";
import { PortPlace } from "./port-place.ts";
import { type Process, Processes } from "./processes.ts";
import { propagation } from "./propagation.ts";
import { BulkFlow } from "./tcp/bulk-flow.ts";
import type { CongestionName } from "./tcp/congestion.ts";
import { TcpStack } from "./tcp/stack.ts";
import { streamSockets } from "./tcp/stream-sockets.ts";
import { PacketUdpTransport } from "./udp-transport.ts";

/** What a packet-level simulation is made of. */
export interface PacketSimulationOptions {
  /** Everything random in the run follows from it. */
  readonly seed: string;
  readonly codec: MessageCodec;
  /** Propagation delays. Default `uniform`, drawn once for each pair of hosts. */
  readonly latency?: LatencyName | LatencyModel | undefined;
  /** `packet-udp:lan,retries=2`, or as `parsePacketTransport` gives it. Default `packet-udp`. */
  readonly transport?: string | PacketTransportSpec | undefined;
  /** Of every host's link, until it is told otherwise. Default: nobody notices them. */
  readonly conditions?: NetworkConditions | undefined;
  /** In which order events of one microsecond happen. Default `insertion`. */
  readonly ties?: Ties | undefined;
  readonly log?: Log | undefined;
  readonly platform?: Platform | undefined;
}

/** One process of the simulation, or many: a transport and a world of their own. */
export interface PacketInstance {
  readonly world: World;
  readonly transport: Transport;
}

/**
 * A deterministic network of hosts, links and packets in one process, on which the real UDP protocol
 * runs. The same seed and the same calls give the same datagrams in the same order, and so the same
 * `eventHash`.
 */
export class PacketSimulation {
  readonly faults: Faults;
  readonly network: PacketNetwork;
  /** As of the message-level simulation. */
  readonly events: EventCount;
  readonly #kernel: PacketKernel;
  readonly #kinds = new TimerKinds();
  readonly #incarnations: Incarnations;
  readonly #processes: Processes;
  readonly #dispatcher: PacketDispatcher;
  readonly #codec: MessageCodec;
  readonly #spec: PacketTransportSpec;
  readonly #conditions: NetworkConditions;
  readonly #scratch: PacketScratch = newPacketScratch();
  readonly #log: Log;
  readonly #loop: RunLoop;
  #instances = 0;
  /** Addresses given out by rebinding. */
  #leases = 0;

  constructor(options: PacketSimulationOptions) {
    const { seed, latency = "uniform", transport = "packet-udp" } = options;
    const streams = new Map<string, Random>();
    const random = (name: string): Random => {
      let stream = streams.get(name);
      if (stream === undefined) {
        stream = seededRandom(`${seed}/${name}`);
        streams.set(name, stream);
      }
      return stream;
    };
    this.#codec = options.codec;
    this.#spec = typeof transport === "string" ? parsePacketTransport(transport) : transport;
    this.#conditions = options.conditions ?? PLAIN_NETWORK;
    this.#kernel = new PacketKernel(random, queueOf(options.ties ?? "insertion", true, random));
    this.events = new EventCount({
      digest: () => this.eventHash,
      describe: () => describePacketEvent(this.#kernel, this.#kinds),
    });
    this.#incarnations = new Incarnations(this.#kernel, random("packet.incarnations"));
    this.#processes = new Processes(this.#incarnations);
    this.faults = new Faults(random("packet.faults"));
    const model =
      typeof latency === "string" ? propagation(latency, random("sim.latency")) : latency;
    this.network = new PacketNetwork(this.#kernel, this.faults, model);
    this.network.setPath(this.#conditions.path);
    this.#dispatcher = new PacketDispatcher(
      this.#kernel,
      this.network,
      this.#processes,
      this.#kinds,
    );
    this.#log = options.log ?? silentLog;
    const platform = options.platform ?? livePlatform;
    this.#loop = new RunLoop(this.#kernel, platform, (untilUs) => this.#next(untilUs));
  }

  /** A new instance of a program; it may open any number of ports, each of them a process. */
  instance(): PacketInstance {
    const id = this.#instances++;
    const { touch } = this.#dispatcher;
    const place = new PortPlace(
      this.#kernel,
      this.network,
      this.#processes,
      id,
      (machine) => {
        this.network.setLink(machine, this.#conditions);
      },
      touch,
    );
    const processOf = (member: number): number => place.processOf(member);
    const world = simWorld(this.#kernel, this.#kinds, id, processOf, this.#log);
    return { world, transport: this.#transport(place, world) };
  }

  /** An instance of the UDP protocol, whose ports open at once. Throws `E_OPTIONS` where it is TCP that runs. */
  udpInstance(): PacketInstance & { readonly transport: PacketUdpTransport } {
    const { world, transport } = this.instance();
    if (transport instanceof PacketUdpTransport) return { world, transport };
    throw new SkipnetError("E_OPTIONS", `${this.#spec.name} is not the UDP protocol`);
  }

  /** An address for the `number`th host of the run, that nobody has to remember. */
  address(number: number): Address {
    return `${this.#spec.scheme}://${hostAt(number)}:7000` as Address;
  }

  get nowUs(): number {
    return this.#kernel.nowUs;
  }

  get eventCount(): number {
    return this.events.count;
  }

  get pendingCount(): number {
    return this.#kernel.queue.size;
  }

  /** A hash over all events so far, and over all datagrams that reached a host, in order. */
  get eventHash(): string {
    return this.#kernel.digest.toString();
  }

  random(name: string): Random {
    return this.#kernel.random(name);
  }

  /** The latest process at an address; `undefined`: there never was one. */
  processAt(address: Address): number | undefined {
    return this.#processes.at(address)?.number;
  }

  /** The host on which a process runs. */
  machine(process: number): Machine {
    return this.#process(process).machine;
  }

  /** Segments that the TCP of a process's host sent more than once; 0 where UDP runs. */
  segmentsSentAgain(process: number): number {
    const { tcp } = this.machine(process);
    return tcp instanceof TcpStack ? tcp.segmentsSentAgain : 0;
  }

  /** The process dies: nothing more runs in it. Its host lives, and says that nobody listens. */
  crash(number: number): void {
    const process = this.#process(number);
    if (process.state !== UP && process.state !== HUNG) return;
    process.state = CRASHED;
    process.held.length = 0;
    process.attached?.crash();
  }

  /** The process is stopped (SIGSTOP): its kernel keeps what comes, as far as it fits. */
  hang(number: number): void {
    const process = this.#process(number);
    if (process.state === UP) process.state = HUNG;
  }

  resume(number: number): void {
    const process = this.#process(number);
    if (process.state !== HUNG) return;
    process.state = UP;
    process.attached?.resume();
    this.#dispatcher.release(process);
  }

  /** The clock of a process's host jumps by so much, forwards or back. */
  jumpClock(number: number, byUs: number): void {
    const { machine, attached } = this.#process(number);
    machine.clockAheadUs += byUs;
    attached?.clockChanged();
  }

  /** A TCP connection that sends all it can between the hosts of two processes. */
  bulkFlow(from: number, to: number, congestion: CongestionName = "cubic"): BulkFlow {
    const { machine } = this.#process(to);
    const port = machine.nextEphemeralPort++;
    const ends = [this.#process(from), this.#process(to)] as const;
    return new BulkFlow(this.#kernel, this.network, ...ends, port, congestion);
  }

  /** The NAT in front of a process's host forgets it: another port, or another address and the same port. */
  rebind(number: number, what: "port" | "address"): void {
    const { machine } = this.#process(number);
    if (what === "port") machine.moveUdpPorts();
    else this.network.machines.move(machine, leaseAt(this.#leases++));
  }

  /** A process's host takes another's address too; left out: it goes back to its own. */
  takeAddress(number: number, of?: number): void {
    const { machine, endpoint } = this.#process(number);
    const { address } = of === undefined ? endpoint : this.#process(of).endpoint;
    this.network.machines.move(machine, socketAddress(address).host);
  }

  /** As of the message-level simulation: here whoever is cut off notices by itself. */
  reachabilityChanged(): void {}

  /** Runs something at this virtual time, as an event among the others. */
  at(atUs: number, run: () => void): void {
    this.#kernel.at(atUs, run);
  }

  /** Runs events until the time is reached, `done` says so, or none is left before it. */
  run(options: RunOptions): Promise<void> {
    return this.#loop.run(options);
  }

  #next(untilUs: number): boolean {
    this.#dispatcher.flush();
    if (!this.#kernel.queue.pop(untilUs)) return false;
    this.events.popped();
    this.#dispatcher.dispatch();
    return true;
  }

  #transport(place: PortPlace, world: World): Transport {
    const spec = this.#spec;
    const name = `sim:${spec.name}`;
    const codec = this.#codec;
    if (spec.scheme === "tcp") {
      return openTcpTransport({
        world,
        codec,
        name,
        options: spec.options,
        incarnation: this.#incarnations.next(),
        sockets: streamSockets(place, spec.congestion),
      });
    }
    const { options } = spec;
    return new PacketUdpTransport({ name, codec, options, scratch: this.#scratch, place });
  }

  #process(number: number): Process {
    const process = this.#processes.get(number);
    if (process === undefined) throw new SkipnetError("E_INTERNAL", `no process ${number}`);
    return process;
  }
}
