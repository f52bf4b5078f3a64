import type { Ref } from "../core/contacts.ts";
import type { Peer } from "../transport/transport.ts";
import type { MessageOf } from "../wire/message.ts";
import type { Context } from "./context.ts";
import type { LeafRepair } from "./leaf-repair.ts";
import { LostLeaves } from "./lost.ts";
import type { Merging } from "./merge/merging.ts";
import { Leave } from "./messages.ts";
import type { EmptySlot, Neighbourhood } from "./neighbourhood.ts";
import type { Member } from "./overlay.ts";
import { CLOCKWISE, COUNTER_CLOCKWISE } from "./ring-order.ts";
import type { RingRepair } from "./ring-repair.ts";

/** Contacts of one side in a leave message. */
const SIDE_MAX = 300;

/** Nodes that go: politely, or found dead by the transport. Their slots are filled at once. */
export class Departures {
  readonly #net: Context;
  readonly #neighbourhood: Neighbourhood;
  readonly #rings: RingRepair;
  readonly #leaves: LeafRepair;
  readonly #lost: LostLeaves;
  readonly #merging: Merging;

  constructor(
    net: Context,
    parts: {
      readonly neighbourhood: Neighbourhood;
      readonly rings: RingRepair;
      readonly leaves: LeafRepair;
      readonly merging: Merging;
    },
  ) {
    const { neighbourhood, rings, leaves, merging } = parts;
    this.#net = net;
    this.#merging = merging;
    this.#neighbourhood = neighbourhood;
    this.#rings = rings;
    this.#leaves = leaves;
    this.#lost = new LostLeaves(net, (member, node) => leaves.ask(member, node));
  }

  /** The transport's word: the node is down. `mayReturn`: for all that is known, it may only be out of reach. */
  onDown(member: Member, node: Ref, mayReturn: boolean): void {
    const net = this.#net;
    net.suspects.forget(member, node);
    net.dead.add(member, node);
    const isKnown = net.slotsHolding(member, node) > 0;
    const isLeaf = net.leaves.holding(member, node) > 0;
    if (!mayReturn) {
      this.#lost.forget(member, node);
      this.#merging.forget(member, node);
    } else {
      if (isKnown && net.state(member) === "in") this.#merging.losing(member, node);
      if (isLeaf) this.#lost.add(member, node);
    }
    const empty = this.#neighbourhood.remove(member, node);
    net.dropPeer(node);
    this.#refill(member, empty);
  }

  onLeave(member: Member, message: MessageOf<typeof Leave>): void {
    const net = this.#net;
    const { from } = message;
    const state = net.state(member);
    net.dead.add(member, from);
    net.departed.add(member, from);
    this.#lost.forget(member, from);
    this.#merging.forget(member, from);
    const empty = this.#neighbourhood.remove(member, from);
    if (state !== "in") return;
    const candidates = [...message.left, ...message.right];
    for (const node of candidates) this.#leaves.hearOf(member, node);
    const still = empty.filter(({ level, direction }) => {
      for (const node of candidates) {
        if (node === from || !net.digits.shareRing(net.self(member), node, level)) continue;
        this.#neighbourhood.insertOnRing(member, level, direction, node);
      }
      return !net.isUsable(member, net.table.neighbour(member, level, direction));
    });
    for (const { level, direction } of empty) this.#rings.hint(member, level, direction, false);
    this.#refill(member, still);
  }

  /** Tells all neighbours and empties the tables. */
  leave(member: Member): void {
    const net = this.#net;
    const left = this.#neighbourhood.sideOf(member, COUNTER_CLOCKWISE).slice(0, SIDE_MAX);
    const right = this.#neighbourhood.sideOf(member, CLOCKWISE).slice(0, SIDE_MAX);
    const message = Leave.make({ from: net.self(member), left, right });
    for (const node of new Set([...left, ...right])) net.send(member, node, message);
    net.setState(member, "leaving");
    this.#rings.stop(member);
    this.#lost.clear(member);
    this.#merging.clear(member);
    this.#neighbourhood.clear(member);
  }

  /** Somebody has the member in its tables, or did when it sent, although it is no member (any more). */
  sayAbsent(member: Member, to: Peer): void {
    const net = this.#net;
    const state = net.state(member);
    if (state !== "absent" && state !== "leaving") return;
    net.sendToPeer(member, to, Leave.make({ from: net.self(member), left: [], right: [] }));
  }

  #refill(member: Member, empty: readonly EmptySlot[]): void {
    const net = this.#net;
    if (net.state(member) !== "in") return;
    for (const direction of [CLOCKWISE, COUNTER_CLOCKWISE] as const) {
      const count = net.leaves.count(member, direction);
      if (count < net.leaves.side && count > 0) this.#leaves.refill(member, direction);
    }
    this.#rings.refill(member, empty);
  }
}
