import { type Address, ANY_INCARNATION, type Endpoint } from "../../../src/core/address.ts";
import { ContactTable, type Ref } from "../../../src/core/contacts.ts";
import { SkipnetError } from "../../../src/core/errors.ts";
import { hashName, type NumericId } from "../../../src/core/numeric-id.ts";
import type { Platform } from "../../../src/core/platform.ts";
import { checkTables, Violations } from "../../../src/overlay/check.ts";
import { constructOverlay } from "../../../src/overlay/construct.ts";
import type { Context } from "../../../src/overlay/context.ts";
import { OVERLAY_MESSAGES } from "../../../src/overlay/messages.ts";
import type { OverlayOptions } from "../../../src/overlay/options.ts";
import type { Member } from "../../../src/overlay/overlay.ts";
import { SkipNet } from "../../../src/overlay/skipnet.ts";
import { TRANSPORT_MESSAGES } from "../../../src/transport/messages.ts";
import type { LatencyModel, LatencyName } from "../../../src/transport/sim/latency.ts";
import type { ModelName } from "../../../src/transport/sim/models.ts";
import { type SimInstance, Simulation } from "../../../src/transport/sim/simulation.ts";
import type { PortHandler } from "../../../src/transport/transport.ts";
import { createCodec } from "../../../src/wire/codec.ts";
import { nested, text, u32 } from "../../../src/wire/fields.ts";
import { defineMessage, type Message } from "../../../src/wire/message.ts";
import { createRegistry } from "../../../src/wire/registry.ts";

export const SECOND_US = 1_000_000;

/** A request of the tests' own, and its reply. */
export const Ask = defineMessage({
  tag: 120,
  name: "test.ask",
  doc: "A request of a test.",
  nests: true,
  fields: { number: u32("tells requests apart") },
});
export const Told = defineMessage({
  tag: 121,
  name: "test.told",
  doc: "The reply to it.",
  nests: true,
  fields: { number: u32("of the request"), by: text("who serves", 255) },
});
/** Larger than any other: for what carries something. */
export const Parcel = defineMessage({
  tag: 122,
  name: "test.parcel",
  doc: "Carries another message.",
  fields: { body: nested("what is carried") },
});

export interface ClusterParts {
  readonly overlay?: Partial<OverlayOptions> | undefined;
  readonly latency?: LatencyName | LatencyModel | undefined;
  readonly transport?: ModelName | undefined;
  readonly loss?: number | undefined;
  readonly wire?: boolean | undefined;
  readonly instances?: "one" | "each" | undefined;
  readonly platform?: Platform | undefined;
  /** Sees every message that reaches a node, before it is handled. */
  readonly onMessage?: ((from: string, to: string, message: Message) => void) | undefined;
  /** Sees the same after it was handled. */
  readonly afterMessage?: ((to: TestNode, message: Message) => void) | undefined;
}

export interface TestNode {
  readonly number: number;
  readonly name: string;
  readonly ref: Ref;
  /** The simulated process behind it. */
  readonly host: number;
  readonly net: SkipNet;
  readonly member: Member;
  readonly instance: SimInstance;
}

/** Overlay nodes on the simulator, by number in order of making. */
export class Cluster {
  readonly simulation: Simulation;
  readonly contacts = new ContactTable();
  readonly nodes: TestNode[] = [];
  readonly seed: string;
  readonly #parts: ClusterParts;
  #shared: { readonly instance: SimInstance; readonly net: SkipNet } | undefined;

  constructor(seed: string, parts: ClusterParts = {}) {
    this.seed = seed;
    this.#parts = parts;
    const types = [...TRANSPORT_MESSAGES, ...OVERLAY_MESSAGES, Ask, Told, Parcel];
    const { latency, transport, loss, wire = false, platform } = parts;
    const codec = createCodec({
      registry: createRegistry(types),
      contacts: this.contacts,
      compression: "off",
    });
    const { contacts } = this;
    this.simulation = new Simulation({
      seed,
      codec,
      contacts,
      latency,
      transport,
      loss,
      wire,
      platform,
    });
  }

  /** Nodes of these names; not in any overlay yet. `ids`: numeric IDs by name, else the hash. */
  add(names: readonly string[], ids: Readonly<Record<string, NumericId>> = {}): TestNode[] {
    return names.map((name) => this.open(name, `sim://${this.nodes.length}` as Address, ids[name]));
  }

  /** A node at an address of its own: the former process there must have ended. */
  open(
    name: string,
    address: Address,
    numericId: NumericId = hashName(`${this.seed}/${name}`),
  ): TestNode {
    const { instance, net } = this.#instance();
    const port = instance.transport.openNow(address, this.#handler(net));
    const endpoint = instance.transport.localEndpoint(port);
    const ref = this.contacts.pin({ name, numericId, ...endpoint });
    const member = net.addMemberAt(port, { name, numericId });
    const number = this.nodes.length;
    const node = { number, name, ref, host: port as number, net, member, instance };
    this.nodes.push(node);
    return node;
  }

  /** All nodes as members of a converged overlay, without a message. */
  construct(nodes: readonly TestNode[] = this.nodes): void {
    constructOverlay(
      this.context,
      nodes.map(({ member }) => member),
    );
  }

  /** The state of all nodes: there is one only where they share an instance. */
  get context(): Context {
    const [first] = this.nodes;
    if (first === undefined || this.#shared === undefined) throw new Error("no shared instance");
    return first.net.context;
  }

  get nowUs(): number {
    return this.simulation.nowUs;
  }

  node(name: string): TestNode {
    const found = this.nodes.findLast((node) => node.name === name);
    if (found === undefined) throw new Error(`no node ${name}`);
    return found;
  }

  seedOf(node: TestNode): Endpoint {
    const { address } = this.contacts.contact(node.ref);
    return { address, incarnation: ANY_INCARNATION };
  }

  join(node: TestNode, through: TestNode, deadlineUs = 600 * SECOND_US): Promise<void> {
    return node.net.join(node.member, [this.seedOf(through)], { deadlineUs });
  }

  /** The first creates the overlay; the others join, at most `width` of them at any moment. */
  async joinAll(width: number, nodes: readonly TestNode[] = this.nodes): Promise<void> {
    await this.until(this.joining(width, nodes));
  }

  /** As `joinAll`, for callers who run the simulation themselves. */
  async joining(width: number, nodes: readonly TestNode[] = this.nodes): Promise<void> {
    const random = this.simulation.random("test.seeds");
    const [first, ...rest] = nodes;
    if (first === undefined) return;
    first.net.create(first.member);
    const members = [first];
    const lane = async (): Promise<void> => {
      for (let node = rest.shift(); node !== undefined; node = rest.shift()) {
        await this.join(node, members[random.below(members.length)]!);
        members.push(node);
      }
    };
    await Promise.all(Array.from({ length: width }, lane));
  }

  async advance(us: number): Promise<void> {
    await this.simulation.run({ untilUs: this.nowUs + us });
  }

  /** Runs until the promise settles; an error where that takes too long. */
  async until<T>(promise: Promise<T>, limitUs = 7_200 * SECOND_US): Promise<T> {
    let isSettled = false;
    const settle = (): void => {
      isSettled = true;
    };
    promise.then(settle, settle);
    await this.simulation.run({ untilUs: this.nowUs + limitUs, done: () => isSettled });
    if (!isSettled) throw new Error(`nothing came of it in ${limitUs / SECOND_US} s`);
    return promise;
  }

  /** What is wrong with the tables of these nodes, in words; empty: nothing. */
  wrong(nodes: readonly TestNode[] = this.nodes): readonly string[] {
    const violations = new Violations();
    const { context: net } = this;
    checkTables(
      nodes.map(({ member }) => ({ net, member })),
      violations,
    );
    const { violations: described, violationCount } = violations.report;
    const more = violationCount - described.length;
    const words = described.map(({ invariant, what }) => `${invariant}: ${what}`);
    return more > 0 ? [...words, `and ${more} more`] : words;
  }

  /** Lets repair work until the tables are right, `limitUs` at most; what is still wrong then. */
  async converge(
    nodes: readonly TestNode[] = this.nodes,
    limitUs = 120 * SECOND_US,
  ): Promise<readonly string[]> {
    const endUs = this.nowUs + limitUs;
    let wrong = this.wrong(nodes);
    while (wrong.length > 0 && this.nowUs < endUs) {
      await this.advance(SECOND_US);
      wrong = this.wrong(nodes);
    }
    return wrong;
  }

  close(): void {
    for (const net of new Set(this.nodes.map((node) => node.net))) net.close();
  }

  #instance(): { readonly instance: SimInstance; readonly net: SkipNet } {
    if (this.#shared !== undefined) return this.#shared;
    const instance = this.simulation.instance();
    const { world, transport } = instance;
    const options = this.#parts.overlay;
    const net = new SkipNet({ world, transport, contacts: this.contacts, options });
    const made = { instance, net };
    if (this.#parts.instances !== "each") this.#shared = made;
    return made;
  }

  #handler(net: SkipNet): PortHandler {
    const { onMessage, afterMessage } = this.#parts;
    if (onMessage === undefined && afterMessage === undefined) return net.handler;
    const { handler } = net;
    const nodeOf = (host: number): TestNode | undefined =>
      this.nodes.find((node) => node.host === host);
    const nameOf = (host: number): string => nodeOf(host)?.name ?? `host ${host}`;
    return {
      onMessage(port, from, message) {
        onMessage?.(nameOf(from), nameOf(port), message);
        handler.onMessage(port, from, message);
        const to = nodeOf(port);
        if (to !== undefined) afterMessage?.(to, message);
      },
      onVerdict: (port, token, verdict) => handler.onVerdict(port, token, verdict),
      onReturn: (port, to, message, verdict) => handler.onReturn(port, to, message, verdict),
      onPeer: (port, peer, state, reason) => handler.onPeer(port, peer, state, reason),
      onDrain: (port, peer) => handler.onDrain(port, peer),
    };
  }
}

/** Names of `count` nodes in organisations of random sizes. */
export function organisations(
  count: number,
  orgs: number,
  below: (bound: number) => number,
): string[] {
  return Array.from({ length: count }, (_, i) => `org${below(orgs)}.host${i}`);
}

/** The code of the error that a promise ends in; `done` if it ends well. */
export async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return "done";
  } catch (error) {
    return error instanceof SkipnetError ? error.code : `defect: ${String(error)}`;
  }
}

/** A numeric ID whose first bits are these, the others 0. */
export function idOfBits(bits: string): NumericId {
  const hex = BigInt(`0b${bits.padEnd(128, "0")}`).toString(16);
  return hex.padStart(32, "0") as NumericId;
}
