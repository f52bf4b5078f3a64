import type { ContactTable } from "../../core/contacts.ts";
import { type Log, silentLog } from "../../core/log.ts";
import { livePlatform, type Platform } from "../../core/platform.ts";
import { type Random, seededRandom } from "../../core/random.ts";
import type { World } from "../../core/world.ts";
import type { MessageCodec } from "../../wire/codec.ts";
import { describeEvent } from "./describe-event.ts";
import { Dispatcher } from "./dispatcher.ts";
import { EventCount } from "./event-count.ts";
import { FailureEvents } from "./failure-events.ts";
import { Faults } from "./faults.ts";
import { HeldMessages } from "./held-messages.ts";
import type { ClockFault } from "./host-clocks.ts";
import { CRASHED, HUNG, SLOW, UP } from "./hosts.ts";
import { Kernel } from "./kernel.ts";
import { type LatencyModel, type LatencyName, latencyModel } from "./latency.ts";
import { type ModelName, type TransportModel, transportModel } from "./models.ts";
import { RunLoop, type RunOptions } from "./run-loop.ts";
import { queueOf, type Ties } from "./shuffled-queue.ts";
import { SimTransport } from "./sim-transport.ts";
import { simWorld, TimerKinds } from "./sim-world.ts";

export type { RunOptions };

/** What a simulated network is made of. */
export interface SimulationOptions {
  /** Everything random in the run follows from it. */
  readonly seed: string;
  readonly codec: MessageCodec;
  /** Shared by all instances: a `Ref` means the same to each. */
  readonly contacts: ContactTable;
  /** Default `uniform`. */
  readonly latency?: LatencyName | LatencyModel | undefined;
  /** Which transport to stand for. Default `ideal`. */
  readonly transport?: ModelName | TransportModel | undefined;
  /** Share of transmissions lost each way, 0 to 1. Default 0. */
  readonly loss?: number | undefined;
  /** Every message goes through the codec. Default false. */
  readonly wire?: boolean | undefined;
  /** In which order events of one microsecond happen. Default `insertion`. */
  readonly ties?: Ties | undefined;
  readonly log?: Log | undefined;
  readonly platform?: Platform | undefined;
}

/** One process of the simulation, or many: a transport and a world of their own. */
export interface SimInstance {
  readonly world: World;
  readonly transport: SimTransport;
}

/**
 * A deterministic network in one process: the same seed and the same calls give the same events in
 * the same order, and so the same `eventHash`.
 */
export class Simulation {
  readonly faults: Faults;
  /** Counts events, keeps checkpoints of the hash, shows events to an observer. */
  readonly events: EventCount;
  readonly #kernel: Kernel;
  readonly #kinds = new TimerKinds();
  readonly #failures: FailureEvents;
  readonly #held: HeldMessages;
  readonly #dispatcher: Dispatcher;
  readonly #instances: SimInstance[] = [];
  readonly #log: Log;
  readonly #loop: RunLoop;

  constructor(options: SimulationOptions) {
    const { seed, latency = "uniform", transport = "ideal" } = options;
    const streams = new Map<string, Random>();
    const random = (name: string): Random => {
      let stream = streams.get(name);
      if (stream === undefined) {
        stream = seededRandom(`${seed}/${name}`);
        streams.set(name, stream);
      }
      return stream;
    };
    this.faults = new Faults(random("sim.loss"));
    this.faults.lossProbability = options.loss ?? 0;
    const model = typeof transport === "string" ? transportModel(transport) : transport;
    this.#kernel = new Kernel({
      queue: queueOf(options.ties ?? "insertion", model.ordered, random),
      contacts: options.contacts,
      codec: options.codec,
      wire: options.wire ?? false,
      latency: typeof latency === "string" ? latencyModel(latency, random("sim.latency")) : latency,
      model,
      faults: this.faults,
      random,
    });
    this.events = new EventCount({
      digest: () => this.eventHash,
      describe: () => describeEvent(this.#kernel, this.#kinds),
    });
    this.#kernel.watches.listedBy = (add) => this.#listWatches(add);
    this.#failures = new FailureEvents(this.#kernel);
    this.#held = new HeldMessages(this.#kernel);
    this.faults.onRemoved = (rule) => this.#held.release(rule);
    this.#dispatcher = new Dispatcher(this.#kernel, this.#kinds, this.#failures, (instance) => {
      return this.#instances[instance]?.transport;
    });
    this.#log = options.log ?? silentLog;
    const platform = options.platform ?? livePlatform;
    this.#loop = new RunLoop(this.#kernel, platform, (untilUs) => this.#next(untilUs));
  }

  /** A new process; it may open any number of ports. */
  instance(): SimInstance {
    const id = this.#instances.length;
    const transport = new SimTransport(this.#kernel, this.#failures, this.#held, id);
    const hostOf = (member: number): number => transport.hostOf(member);
    const world = simWorld(this.#kernel, this.#kinds, id, hostOf, this.#log);
    const instance = { world, transport };
    this.#instances.push(instance);
    return instance;
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

  /** A hash over all events so far, in order. */
  get eventHash(): string {
    return this.#kernel.digest.toString();
  }

  random(name: string): Random {
    return this.#kernel.random(name);
  }

  /** The process behind a port dies: nothing more runs in it. */
  crash(host: number): void {
    this.#failures.leave(host, CRASHED);
  }

  /** The process is stopped (SIGSTOP): it answers nothing, and goes on when resumed. */
  hang(host: number): void {
    this.#failures.leave(host, HUNG);
  }

  resume(host: number): void {
    this.#failures.resume(host);
    this.#dispatcher.releaseHeld(host);
  }

  /** From now on the process takes so long to handle a message, one after the other; 0: no time, as others. */
  slow(host: number, serviceUs: number): void {
    this.#kernel.service.set(host, serviceUs);
    this.#kernel.hosts.setPace(host, serviceUs > 0 ? SLOW : UP);
  }

  /** The clock of a host is wrong from now on, or right again. Throws `E_OPTIONS`. */
  setClock(host: number, fault: ClockFault | undefined): void {
    if (fault === undefined) this.#kernel.clocks.reset(host, this.nowUs);
    else this.#kernel.clocks.set(host, fault, this.nowUs);
  }

  /** Runs this as the process behind a port, so that it reads that host's clock. */
  actingAs<T>(host: number, run: () => T): T {
    const { clocks } = this.#kernel;
    clocks.acting = host;
    try {
      return run();
    } finally {
      clocks.acting = -1;
    }
  }

  /** Call after a rule of scope `path` has begun or ended: watchers learn of it. */
  reachabilityChanged(): void {
    this.#failures.reachabilityChanged();
  }

  /** Runs events until the time is reached, `done` says so, or none is left before it. */
  async run(options: RunOptions): Promise<void> {
    await this.#loop.run(options);
    this.#kernel.clocks.acting = -1;
  }

  #listWatches(add: (watcher: number, target: number) => void): void {
    const { hosts } = this.#kernel;
    for (let host = 0; host < hosts.count; host++) {
      this.#instances[hosts.instance(host)]?.transport.forEachWatched(host, (peer) => {
        add(host, peer);
      });
    }
  }

  #next(untilUs: number): boolean {
    if (!this.#kernel.queue.pop(untilUs)) return false;
    this.events.popped();
    this.#dispatcher.dispatch();
    return true;
  }
}
