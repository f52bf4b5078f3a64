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
  /** Which leaf a member compares with next: the nearest of both sides, the second of both, and so on. */
  #turn = new Uint8Array(1);

  /** Told when a leaf was missing. */
  onFoundWrong: (member: Member) => void = () => undefined;

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

  /** Compares with one leaf, each in its turn. */
  exchange(member: Member): void {
    if (member >= this.#turn.length) {
      const turns = new Uint8Array(Math.max(this.#turn.length * 2, member + 1));
      turns.set(this.#turn);
      this.#turn = turns;
    }
    const turn = this.#turn[member] as number;
    const direction: Direction = turn % 2 === 0 ? CLOCKWISE : COUNTER_CLOCKWISE;
    const count = this.#net.leaves.count(member, direction);
    this.#turn[member] = (turn + 1) % (2 * this.#net.leaves.side);
    if (count === 0) return;
    this.ask(member, this.#net.leaves.at(member, direction, (turn >>> 1) % count));
  }

  /** A leaf is gone: the furthest of that side that lives knows who comes next. */
  refill(member: Member, direction: Direction): void {
    const { leaves, suspects } = this.#net;
    for (let i = leaves.count(member, direction) - 1; i >= 0; i--) {
      const leaf = leaves.at(member, direction, i);
      if (suspects.has(member, leaf)) continue;
      this.ask(member, leaf);
      return;
    }
    // The whole side is gone: somebody of the other side may know the way round.
    const other = direction === CLOCKWISE ? COUNTER_CLOCKWISE : CLOCKWISE;
    const count = leaves.count(member, other);
    if (count > 0) this.ask(member, leaves.at(member, other, count - 1));
  }

  /** Asks a node for its leaf set; its answer enters it, and whom it names, where they belong. */
  ask(member: Member, node: Ref | undefined): void {
    if (node === undefined || node === NO_REF) return;
    this.#request.from = this.#net.self(member);
    this.#net.send(member, node, this.#request);
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
    for (const node of message.left) this.#hearsay(member, node);
    for (const node of message.right) this.#hearsay(member, node);
  }

  /**
   * A leaf that was only heard of: if it belongs here, this member probably belongs there, and if it
   * has left, it says so. True if it entered the leaf set.
   */
  hearOf(member: Member, node: Ref): boolean {
    const net = this.#net;
    if (!this.#neighbourhood.insert(member, node)) return false;
    if (net.leaves.holding(member, node) === 0) return false;
    this.#notify.from = net.self(member);
    net.send(member, node, this.#notify);
    return true;
  }

  #hearsay(member: Member, node: Ref): void {
    if (this.hearOf(member, node)) this.onFoundWrong(member);
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
