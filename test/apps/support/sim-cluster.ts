import { NAMING_MESSAGES } from "../../../src/apps/naming/messages.ts";
import type { NamingOptions } from "../../../src/apps/naming/options.ts";
import { NamingService } from "../../../src/apps/naming/service.ts";
import { type Address, ANY_INCARNATION } from "../../../src/core/address.ts";
import { ContactTable, NO_REF } from "../../../src/core/contacts.ts";
import { hashName } from "../../../src/core/numeric-id.ts";
import type { World } from "../../../src/core/world.ts";
import { OVERLAY_MESSAGES } from "../../../src/overlay/messages.ts";
import type { OverlayOptions } from "../../../src/overlay/options.ts";
import type { Member } from "../../../src/overlay/overlay.ts";
import { SkipNet } from "../../../src/overlay/skipnet.ts";
import { TRANSPORT_MESSAGES } from "../../../src/transport/messages.ts";
import type { ModelName } from "../../../src/transport/sim/models.ts";
import type { SimTransport } from "../../../src/transport/sim/sim-transport.ts";
import { Simulation } from "../../../src/transport/sim/simulation.ts";
import type { PortHandler } from "../../../src/transport/transport.ts";
import { createCodec } from "../../../src/wire/codec.ts";
import { createRegistry } from "../../../src/wire/registry.ts";

/** One life of a simulated node with its naming service. */
export interface SimNode {
  readonly number: number;
  /** The host of the simulation behind it. */
  readonly host: number;
  readonly net: SkipNet;
  readonly member: Member;
  readonly naming: NamingService;
  readonly world: World;
  readonly transport: SimTransport;
  isUp: boolean;
  isIn: boolean;
  /** When it crashed; infinite: not yet. */
  downUs: number;
  /** Until when its process is or was stopped. */
  stoppedUntilUs: number;
}

const SECOND_US = 1_000_000;
const NOTHING: PortHandler = {
  onMessage: () => undefined,
  onVerdict: () => undefined,
  onReturn: () => undefined,
  onPeer: () => undefined,
  onDrain: () => undefined,
};

/** Nodes with naming services on the real overlay over the simulator, one process each. */
export class SimCluster {
  readonly simulation: Simulation;
  readonly contacts = new ContactTable();
  /** The present or last life of each node. */
  readonly nodes: SimNode[] = [];
  readonly lives: SimNode[] = [];
  readonly #options: Partial<NamingOptions>;
  readonly #overlay: Partial<OverlayOptions>;
  /** A host that is no node: its timers are the test's own. */
  readonly #driver: World;

  constructor(
    seed: string,
    parts: {
      readonly transport?: ModelName;
      readonly loss?: number;
      readonly options?: Partial<NamingOptions>;
      readonly overlay?: Partial<OverlayOptions>;
    } = {},
  ) {
    const registry = createRegistry([
      ...TRANSPORT_MESSAGES,
      ...OVERLAY_MESSAGES,
      ...NAMING_MESSAGES,
    ]);
    const codec = createCodec({ registry, contacts: this.contacts, compression: "off" });
    this.simulation = new Simulation({
      seed,
      codec,
      contacts: this.contacts,
      transport: parts.transport ?? "udp",
      loss: parts.loss,
      wire: true,
    });
    this.#options = parts.options ?? {};
    this.#overlay = parts.overlay ?? {};
    const driver = this.simulation.instance();
    driver.transport.openNow("sim://driver" as Address, NOTHING);
    this.#driver = driver.world;
  }

  get nowUs(): number {
    return this.simulation.nowUs;
  }

  /** Starts nodes one after the other and lets them settle. */
  async start(count: number): Promise<void> {
    for (let i = 0; i < count; i++) await this.until(this.startNode(i));
    await this.advance(10 * SECOND_US);
  }

  /** A new life of node `i`, with nothing; resolves when it has joined. */
  async startNode(i: number): Promise<SimNode> {
    const { world, transport } = this.simulation.instance();
    const { contacts } = this;
    const net = new SkipNet({ world, transport, contacts, options: this.#overlay });
    const naming = new NamingService({ overlay: net, world, options: this.#options });
    const name = `org.example.host${i}`;
    const port = transport.openNow(`sim://${i}` as Address, net.handler);
    contacts.pin({ name, numericId: hashName(name), ...transport.localEndpoint(port) });
    const member = net.addMemberAt(port, { name });
    const node = {
      number: i,
      host: port,
      net,
      member,
      naming,
      world,
      transport,
      isUp: true,
      isIn: false,
      downUs: Number.POSITIVE_INFINITY,
      stoppedUntilUs: Number.NEGATIVE_INFINITY,
    };
    const seeds = this.nodes.filter((other) => other.isIn && other.number !== i);
    this.nodes[i] = node;
    this.lives.push(node);
    const seed = seeds[this.simulation.random("test.seeds").below(seeds.length)];
    if (seed === undefined) net.create(member);
    else {
      const address = `sim://${seed.number}` as Address;
      const limits = { deadlineUs: 60 * SECOND_US };
      await net.join(member, [{ address, incarnation: ANY_INCARNATION }], limits);
    }
    node.isIn = true;
    return node;
  }

  crash(i: number): void {
    const node = this.node(i);
    if (!node.isUp) return;
    node.isUp = false;
    node.downUs = this.nowUs;
    node.isIn = false;
    this.simulation.crash(node.host);
  }

  node(i: number): SimNode {
    return this.nodes[i]!;
  }

  /** Nodes that are members. */
  in(): SimNode[] {
    return this.nodes.filter((node) => node.isIn);
  }

  after(us: number, run: () => void): void {
    this.#driver.after(0, us, run);
  }

  async advance(us: number): Promise<void> {
    await this.simulation.run({ untilUs: this.nowUs + us });
  }

  /** Runs the simulation until the promise settles. */
  async until<T>(promise: Promise<T>, limitUs = 3_600 * SECOND_US): Promise<T> {
    let isSettled = false;
    const settle = (): void => {
      isSettled = true;
    };
    promise.then(settle, settle);
    await this.simulation.run({ untilUs: this.nowUs + limitUs, done: () => isSettled });
    if (!isSettled) throw new Error(`still waiting after ${limitUs} µs`);
    return promise;
  }

  /** A promise that the simulation settles when `begin` calls back. */
  settled(begin: (done: () => void) => void): Promise<void> {
    const deferred = this.#driver.deferred<void>();
    begin(() => deferred.resolve());
    return deferred.promise;
  }

  /**
   * How many live nodes a node reaches over leaf sets: the size of its overlay. Parts that a partition
   * has made forget each other are overlays of their own.
   */
  overlaySize(from: SimNode): number {
    const seen = new Set<SimNode>([from]);
    for (const node of seen) {
      const { leaves } = node.net.context;
      for (const direction of [0, 1] as const) {
        for (let i = 0; i < leaves.side; i++) {
          const ref = leaves.at(node.member, direction, i);
          if (ref === NO_REF) continue;
          const other = this.in().find((life) => life.net.self(life.member) === ref);
          if (other !== undefined) seen.add(other);
        }
      }
    }
    return seen.size;
  }

  /** The nodes that hold a directory, by one who sees all. */
  holdersOf(directory: string): SimNode[] {
    const target = this.contacts.numericOnly(hashName(directory));
    const [any] = this.in();
    if (any === undefined) return [];
    const { digits } = any.net.context;
    const self = (node: SimNode) => node.net.self(node.member);
    return this.in()
      .sort((a, b) => digits.compareFor(target, self(a), self(b)))
      .slice(0, 3);
  }

  /** Live nodes whose copy of a directory has an entry of this name, tombstones included. */
  copies(directory: string, name: string) {
    return this.in().flatMap((node) => {
      const entry = node.naming.copyOf(node.member, directory, name);
      return entry === undefined ? [] : [{ node, entry }];
    });
  }
}
