import { NO_REF, type Ref } from "../core/contacts.ts";
import type { MessageOf } from "../wire/message.ts";
import type { Context } from "./context.ts";
import { LeafNotify, LeafReply, LeafRequest } from "./messages.ts";
import type { Neighbourhood } from "./neighbourhood.ts";
import type { Member } from "./overlay.ts";
import { CLOCKWISE, COUNTER_CLOCKWISE, type Direction } from "./ring-order.ts";

/** Keeps the leaf set full and right: newcomers announce themselves, neighbours compare, the lost are replaced. */
export class LeafRepair {
  readonly #net: Context;
  readonly #neighbourhood: Neighbourhood;
  readonly #request = LeafRequest.make({ from: NO_REF });
  readonly #notify = LeafNotify.make({ from: NO_REF });
  /** Which side a member compared with last. */
  #side = new Uint8Array(1);

  constructor(net: Context, neighbourhood: Neighbourhood) {
    this.#net = net;
    this.#neighbourhood = neighbourhood;
  }

  /** A newcomer tells its leaf set of itself. */
  announce(member: Member): void {
    const { net, nodes } = { net: this.#net, nodes: this.#allLeaves(member) };
    this.#notify.from = net.self(member);
    for (const node of nodes) {
      net.phases.leaf++;
      net.send(member, node, this.#notify);
    }
  }

  /** Compares with the nearest node of one side, then of the other. */
  exchange(member: Member): void {
    if (member >= this.#side.length) {
      const side = new Uint8Array(Math.max(this.#side.length * 2, member + 1));
      side.set(this.#side);
      this.#side = side;
    }
    const direction = this.#side[member] as Direction;
    this.#side[member] = direction === CLOCKWISE ? COUNTER_CLOCKWISE : CLOCKWISE;
    this.#ask(member, this.#net.leaves.at(member, direction, 0));
  }

  /** A leaf is gone: the furthest of that side that lives knows who comes next. */
  refill(member: Member, direction: Direction): void {
    const { leaves, suspects } = this.#net;
    for (let i = leaves.count(member, direction) - 1; i >= 0; i--) {
      const leaf = leaves.at(member, direction, i);
      if (suspects.has(member, leaf)) continue;
      this.#ask(member, leaf);
      return;
    }
    // The whole side is gone: somebody of the other side may know the way round.
    const other = direction === CLOCKWISE ? COUNTER_CLOCKWISE : CLOCKWISE;
    this.#ask(member, leaves.at(member, other, leaves.count(member, other) - 1));
  }

  onNotify(member: Member, message: MessageOf<typeof LeafNotify>): void {
    if (this.#net.state(member) !== "in") return;
    this.#neighbourhood.hear(member, message.from);
    this.#neighbourhood.insert(member, message.from);
  }

  onRequest(member: Member, message: MessageOf<typeof LeafRequest>): void {
    const net = this.#net;
    if (net.state(member) !== "in") return;
    const { from } = message;
    const reply = LeafReply.make({
      from: net.self(member),
      left: this.#neighbourhood.leavesOf(member, COUNTER_CLOCKWISE),
      right: this.#neighbourhood.leavesOf(member, CLOCKWISE),
    });
    net.send(member, from, reply);
    this.#neighbourhood.hear(member, from);
    this.#neighbourhood.insert(member, from);
  }

  onReply(member: Member, message: MessageOf<typeof LeafReply>): void {
    if (this.#net.state(member) !== "in") return;
    this.#neighbourhood.hear(member, message.from);
    this.#neighbourhood.insert(member, message.from);
    for (const node of message.left) this.#neighbourhood.insert(member, node);
    for (const node of message.right) this.#neighbourhood.insert(member, node);
  }

  #ask(member: Member, node: Ref | undefined): void {
    if (node === undefined || node === NO_REF) return;
    this.#request.from = this.#net.self(member);
    this.#net.send(member, node, this.#request);
  }

  #allLeaves(member: Member): readonly Ref[] {
    return [
      ...new Set([
        ...this.#neighbourhood.leavesOf(member, COUNTER_CLOCKWISE),
        ...this.#neighbourhood.leavesOf(member, CLOCKWISE),
      ]),
    ];
  }
}
