import type { NamingOptions } from "../../../src/apps/naming/options.ts";
import { NamingService } from "../../../src/apps/naming/service.ts";
import { hashName } from "../../../src/core/numeric-id.ts";
import { compareFor, FakeNet, type Life, type NetFaults } from "./fake-net.ts";
import { FakeOverlay, MEMBER } from "./fake-overlay.ts";
import { Kernel } from "./kernel.ts";

/** One life of a node with its naming service. */
export interface FakeNode extends Life {
  readonly naming: NamingService;
  readonly skewMs: number;
  /** When it crashed; infinite: not yet. */
  downUs: number;
}

export const GENTLE: NetFaults = {
  delayMinUs: 500,
  delayMaxUs: 5_000,
  loss: 0,
  duplicates: 0,
  lagMaxUs: 0,
};

/** A number of nodes with naming services over a `FakeNet`, in virtual time. */
export class FakeCluster {
  readonly kernel: Kernel;
  readonly net: FakeNet;
  readonly #options: Partial<NamingOptions>;
  readonly #skewMaxMs: number;
  /** The present or last life of each node. */
  readonly nodes: FakeNode[] = [];
  /** All lives that ever were. */
  readonly lives: FakeNode[] = [];

  constructor(
    seed: string,
    parts: {
      readonly faults?: NetFaults;
      readonly options?: Partial<NamingOptions>;
      readonly skewMaxMs?: number;
    } = {},
  ) {
    this.kernel = new Kernel(seed);
    this.net = new FakeNet(this.kernel, parts.faults ?? GENTLE);
    this.#options = parts.options ?? {};
    this.#skewMaxMs = parts.skewMaxMs ?? 0;
  }

  /** Starts nodes one after the other and waits until all know of each other. */
  async start(count: number): Promise<void> {
    for (let i = 0; i < count; i++) {
      this.startNode(i);
      await this.kernel.advance(this.net.faults.lagMaxUs + 20_000);
    }
    await this.kernel.advance(10_000_000);
  }

  /** A new life of node `i`, with nothing. */
  startNode(i: number): FakeNode {
    const skewMs = Math.round((this.kernel.random.float() * 2 - 1) * this.#skewMaxMs);
    const contact = this.net.newContact(`org.example.host${i}`);
    let life: FakeNode | undefined;
    const isAlive = (): boolean => life?.isUp !== false;
    const name = `${contact.name}#${contact.incarnation}`;
    const overlay = new FakeOverlay(this.net, this.kernel.world(name, isAlive, skewMs), contact);
    const naming = new NamingService({ overlay, world: overlay.world, options: this.#options });
    const downUs = Number.POSITIVE_INFINITY;
    life = { contact, overlay, naming, skewMs, downUs, isUp: true, isHung: false, side: 0 };
    overlay.life = life;
    this.net.enter(life);
    overlay.joined();
    this.nodes[i] = life;
    this.lives.push(life);
    return life;
  }

  crash(i: number): void {
    const node = this.node(i);
    if (!node.isUp) return;
    node.downUs = this.kernel.nowUs;
    this.net.crash(node);
  }

  node(i: number): FakeNode {
    return this.nodes[i]!;
  }

  up(): FakeNode[] {
    return this.nodes.filter((node) => node.isUp);
  }

  /** The nodes that hold a directory, by the oracle. */
  holdersOf(directory: string): FakeNode[] {
    const id = hashName(directory);
    return this.up()
      .sort((a, b) => compareFor(id, a.contact, b.contact))
      .slice(0, 3);
  }

  /** Live nodes whose copy of a directory has an entry of this name, tombstones included. */
  copies(directory: string, name: string) {
    return this.up().flatMap((node) => {
      const entry = node.naming.copyOf(MEMBER, directory, name);
      return entry === undefined ? [] : [{ node, entry }];
    });
  }
}
