import { grown } from "../core/column.ts";
import { type ContactTable, NO_REF, type Ref } from "../core/contacts.ts";
import type { MessageOf } from "../wire/message.ts";
import type { Context } from "./context.ts";
import { LeafNotify, LeafReply, LeafRequest } from "./messages.ts";
import type { Neighbourhood } from "./neighbourhood.ts";
import type { Member } from "./overlay.ts";
import { CLOCKWISE, COUNTER_CLOCKWISE, type Direction, opposite } from "./ring-order.ts";

/** No sum: whoever is asked answers. */
const ANSWER = 0;

/** Keeps the leaf set full and right: newcomers announce themselves, neighbours compare, the lost are replaced. */
export class LeafRepair {
  readonly #net: Context;
  readonly #neighbourhood: Neighbourhood;
  readonly #request = LeafRequest.make({ from: NO_REF, shared: ANSWER });
  readonly #notify = LeafNotify.make({ from: NO_REF });
  /** Which leaf a member compares with next: the nearest of both sides, the second of both, and so on. */
  #turn = new Uint8Array(1);
  /** 1: of this turn's answers none has been doubted yet. Two who hold each other for dead would else be asked for ever. */
  #mayDoubt = new Uint8Array(1);

  /** Told when a leaf was missing. */
  onFoundWrong: (member: Member) => void = () => undefined;

  constructor(net: Context, neighbourhood: Neighbourhood) {
    this.#net = net;
    this.#neighbourhood = neighbourhood;
  }

  /** A newcomer tells its leaf set of itself; the two nearest know, as they have let it in. */
  announce(member: Member): void {
    const net = this.#net;
    const right = net.leaves.at(member, CLOCKWISE, 0);
    const left = net.leaves.at(member, COUNTER_CLOCKWISE, 0);
    this.#notify.from = net.self(member);
    for (const direction of [CLOCKWISE, COUNTER_CLOCKWISE] as const) {
      for (let i = 1; i < net.leaves.side; i++) {
        const node = net.leaves.at(member, direction, i);
        if (node === NO_REF) break;
        if (node === left || node === right) continue;
        // In a small overlay the two sides hold the same nodes.
        if (direction === COUNTER_CLOCKWISE && net.leaves.has(member, CLOCKWISE, node)) continue;
        net.phases.leaf++;
        net.send(member, node, this.#notify);
      }
    }
  }

  /**
   * Compares with the right neighbour, as the left one does with this member: nothing comes back if all
   * that both should know agrees. It is one message where `exchange` takes two, one of sixteen contacts.
   */
  verify(member: Member): void {
    const net = this.#net;
    this.#beginTurn(member);
    const right = net.leaves.at(member, CLOCKWISE, 0);
    if (!net.isUsable(member, right)) return;
    this.#request.from = net.self(member);
    this.#request.shared = sharedLeaves(net, member, CLOCKWISE);
    net.send(member, right, this.#request);
  }

  /** Compares with one leaf, each in its turn. */
  exchange(member: Member): void {
    this.#beginTurn(member);
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
    this.#request.shared = ANSWER;
    this.#net.send(member, node, this.#request);
  }

  onNotify(member: Member, message: MessageOf<typeof LeafNotify>): void {
    if (this.#net.state(member) !== "in") return;
    this.#neighbourhood.hear(member, message.from);
    this.#neighbourhood.insert(member, message.from);
  }

  onRequest(member: Member, { from, shared }: MessageOf<typeof LeafRequest>): void {
    const net = this.#net;
    if (net.state(member) !== "in") return;
    this.#neighbourhood.hear(member, from);
    this.#neighbourhood.insert(member, from);
    if (shared !== ANSWER && this.#agrees(member, from, shared)) return;
    const reply = LeafReply.make({
      from: net.self(member),
      left: this.#neighbourhood.leavesOf(member, COUNTER_CLOCKWISE),
      right: this.#neighbourhood.leavesOf(member, CLOCKWISE),
    });
    net.send(member, from, reply);
    // One of the two lacks somebody: it may be this one.
    if (shared !== ANSWER) this.ask(member, from);
  }

  onReply(member: Member, message: MessageOf<typeof LeafReply>): void {
    if (this.#net.state(member) !== "in") return;
    this.#neighbourhood.hear(member, message.from);
    this.#neighbourhood.insert(member, message.from);
    for (const node of message.left) this.#hearsay(member, node);
    for (const node of message.right) this.#hearsay(member, node);
    this.#askUnnamed(member, message);
  }

  /** Whether a nearest neighbour sees the same leaves; false for others, who see others. */
  #agrees(member: Member, from: Ref, shared: number): boolean {
    const net = this.#net;
    for (const direction of [CLOCKWISE, COUNTER_CLOCKWISE] as const) {
      if (net.leaves.at(member, direction, 0) !== from) continue;
      if (sharedLeaves(net, member, direction) === shared) return true;
    }
    return false;
  }

  /**
   * A leaf that the replier should have named and did not: it has left, was never let in, or the replier
   * lacks it. It is asked itself; of several the nearest, as one answer may tell of all.
   */
  #askUnnamed(member: Member, { from, left, right }: MessageOf<typeof LeafReply>): void {
    const { leaves, order } = this.#net;
    if (this.#mayDoubt[member] !== 1) return;
    const furthestLeft = left.at(-1) ?? from;
    const furthestRight = right.at(-1) ?? from;
    const isWhole =
      left.length < leaves.side || right.length < leaves.side || left.includes(furthestRight);
    for (const direction of [CLOCKWISE, COUNTER_CLOCKWISE] as const) {
      for (let i = 0; i < leaves.side; i++) {
        const leaf = leaves.at(member, direction, i);
        if (leaf === NO_REF) break;
        if (leaf === from || left.includes(leaf) || right.includes(leaf)) continue;
        if (!isWhole && !order.isInside(furthestLeft, leaf, furthestRight, CLOCKWISE)) continue;
        this.#mayDoubt[member] = 0;
        this.ask(member, leaf);
        return;
      }
    }
  }

  #beginTurn(member: Member): void {
    if (member >= this.#turn.length) {
      const length = Math.max(this.#turn.length * 2, member + 1);
      this.#turn = grown(this.#turn, length);
      this.#mayDoubt = grown(this.#mayDoubt, length);
    }
    this.#mayDoubt[member] = 1;
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
}

/**
 * A sum over the leaves that a member and its nearest neighbour on a side both should have: all but
 * each other, and the one beyond that only one of them sees. The same at both ends; never `ANSWER`.
 */
function sharedLeaves({ leaves, contacts }: Context, member: Member, towards: Direction): number {
  const peer = leaves.at(member, towards, 0);
  let sum = 0;
  for (let i = 0; i < leaves.side - 1; i++) {
    const beyond = leaves.at(member, towards, i + 1);
    if (beyond !== NO_REF) sum = (sum + leafSum(contacts, beyond)) | 0;
    const behind = leaves.at(member, opposite(towards), i);
    if (behind !== NO_REF && behind !== peer) sum = (sum + leafSum(contacts, behind)) | 0;
  }
  return sum >>> 0 === ANSWER ? 1 : sum >>> 0;
}

/** Of a node in one of its lives. */
function leafSum(contacts: ContactTable, node: Ref): number {
  return Math.imul(contacts.numericWord(node, 0) ^ contacts.incarnation(node), 0x9e37_79b1);
}
