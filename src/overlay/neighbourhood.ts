import { NO_REF, type Ref } from "../core/contacts.ts";
import type { Context } from "./context.ts";
import type { Member } from "./overlay.ts";
import { CLOCKWISE, COUNTER_CLOCKWISE, type Direction } from "./ring-order.ts";

/** A slot that lost its node. */
export interface EmptySlot {
  readonly level: number;
  readonly direction: Direction;
}

/**
 * Puts nodes into a member's tables where they belong and takes them out. A pointer only ever
 * changes for a nearer node, or when its node is gone: so repeated and crossing news converge.
 */
export class Neighbourhood {
  readonly #net: Context;

  constructor(net: Context) {
    this.#net = net;
  }

  /**
   * A node of the overlay was heard of: into the leaf set and the root ring, if near enough. True if
   * the tables changed.
   */
  insert(member: Member, node: Ref): boolean {
    if (!this.#isWelcome(member, node)) return false;
    let changed = false;
    for (const direction of [CLOCKWISE, COUNTER_CLOCKWISE] as const) {
      if (this.#insertLeaf(member, direction, node)) changed = true;
      if (this.#insertPointer(member, 0, direction, node)) changed = true;
    }
    if (changed) this.#net.onTablesChanged(member, node, false);
    return changed;
  }

  /** As `insertOnRing`; true if it entered the table at any place. */
  insertPointerOnRing(member: Member, level: number, direction: Direction, node: Ref): boolean {
    if (!this.#isWelcome(member, node)) return false;
    if (!this.#insertPointer(member, level, direction, node)) return false;
    this.#net.onTablesChanged(member, node, false);
    return true;
  }

  /** A node of the member's ring at a level was heard of. True if it is the nearest there now and was not. */
  insertOnRing(member: Member, level: number, direction: Direction, node: Ref): boolean {
    if (!this.#isWelcome(member, node)) return false;
    const before = this.#net.table.neighbour(member, level, direction);
    if (level === 0) this.insert(member, node);
    else this.insertPointerOnRing(member, level, direction, node);
    return before !== node && this.#net.table.neighbour(member, level, direction) === node;
  }

  /** The node itself spoke: whatever was said of it, it lives; unless it has just said that it leaves. */
  hear(member: Member, node: Ref): void {
    if (!this.#net.departed.has(member, node)) this.#net.dead.forget(member, node);
  }

  /** The node joins (again): what it did before is forgotten. */
  welcome(member: Member, node: Ref): void {
    this.#net.departed.forget(member, node);
    this.#net.dead.forget(member, node);
  }

  /** The node is gone: out of all slots. The root ring is refilled from the leaf set at once. */
  remove(member: Member, node: Ref): readonly EmptySlot[] {
    const net = this.#net;
    const empty: EmptySlot[] = [];
    net.shortcuts.remove(member, node);
    if (net.leaves.holding(member, node) === 0 && net.table.holding(member, node) === 0)
      return empty;
    net.contacts.keep(node);
    for (const direction of [CLOCKWISE, COUNTER_CLOCKWISE] as const) {
      this.#removeLeaf(member, direction, node);
      for (let level = 0; level <= net.table.topLevel(member); level++) {
        if (!this.#removePointer(member, level, direction, node)) continue;
        if (level === 0) {
          for (let i = 0; i < net.leaves.count(member, direction); i++) {
            this.#insertPointer(member, 0, direction, net.leaves.at(member, direction, i));
          }
        }
        if (net.table.pointer(member, level, direction, net.table.width - 1) === NO_REF) {
          empty.push({ level, direction });
        }
      }
    }
    net.onTablesChanged(member, node, true);
    net.contacts.release(node);
    return empty;
  }

  /** Empties the tables of a member that has left. */
  clear(member: Member): void {
    const { leaves, table, shortcuts } = this.#net;
    shortcuts.clear(member);
    for (const direction of [CLOCKWISE, COUNTER_CLOCKWISE] as const) {
      for (let i = 0; i < leaves.side; i++) leaves.set(member, direction, i, NO_REF);
      for (let level = 0; level < table.levels; level++) {
        for (let i = 0; i < table.width; i++) {
          table.setPointer(member, level, direction, i, NO_REF);
        }
      }
    }
  }

  /** All nodes of one side: leaf set and rings, without duplicates. */
  sideOf(member: Member, direction: Direction): readonly Ref[] {
    const { leaves, table } = this.#net;
    const nodes = new Set<Ref>();
    for (let i = 0; i < leaves.count(member, direction); i++) {
      nodes.add(leaves.at(member, direction, i));
    }
    for (let level = 0; level <= table.topLevel(member); level++) {
      for (let i = 0; i < table.width; i++) {
        const ref = table.pointer(member, level, direction, i);
        if (ref !== NO_REF) nodes.add(ref);
      }
    }
    return [...nodes];
  }

  leavesOf(member: Member, direction: Direction): readonly Ref[] {
    const { leaves } = this.#net;
    const nodes: Ref[] = [];
    for (let i = 0; i < leaves.side; i++) {
      const leaf = leaves.at(member, direction, i);
      if (leaf === NO_REF) break;
      nodes.push(leaf);
    }
    return nodes;
  }

  #isWelcome(member: Member, node: Ref): boolean {
    const net = this.#net;
    return (
      node !== NO_REF &&
      node !== net.self(member) &&
      !net.order.sameName(node, net.self(member)) &&
      !net.dead.has(member, node)
    );
  }

  #insertLeaf(member: Member, direction: Direction, node: Ref): boolean {
    const { leaves, order } = this.#net;
    const self = this.#net.self(member);
    const { side } = leaves;
    const last = leaves.at(member, direction, side - 1);
    if (last !== NO_REF && !order.isInside(self, node, last, direction)) return false;
    if (leaves.has(member, direction, node)) return false;
    // Leaves stand in their order on the ring: the first that lies beyond the node, by halving.
    let at = 0;
    for (let end = side; at < end; ) {
      const middle = (at + end) >>> 1;
      const leaf = leaves.at(member, direction, middle);
      if (leaf === NO_REF || order.isInside(self, node, leaf, direction)) end = middle;
      else at = middle + 1;
    }
    if (at === side) return false;
    // The same name in another life: the one that is known has not been seen to die.
    if (at > 0 && order.sameName(leaves.at(member, direction, at - 1), node)) return false;
    leaves.insert(member, direction, at, node);
    return true;
  }

  #insertPointer(member: Member, level: number, direction: Direction, node: Ref): boolean {
    const { table, order } = this.#net;
    const self = this.#net.self(member);
    const { width } = table;
    if (level >= table.levels) return false;
    let at = 0;
    for (; at < width; at++) {
      const pointer = table.pointer(member, level, direction, at);
      if (pointer === node) return false;
      if (pointer === NO_REF || order.isInside(self, node, pointer, direction)) break;
      if (order.sameName(pointer, node)) return false;
    }
    if (at === width) return false;
    table.insert(member, level, direction, at, node);
    return true;
  }

  #removeLeaf(member: Member, direction: Direction, node: Ref): void {
    const { leaves } = this.#net;
    for (let i = 0; i < leaves.side; i++) {
      if (leaves.at(member, direction, i) === node) leaves.remove(member, direction, i);
    }
  }

  #removePointer(member: Member, level: number, direction: Direction, node: Ref): boolean {
    const { table } = this.#net;
    for (let i = 0; i < table.width; i++) {
      if (table.pointer(member, level, direction, i) !== node) continue;
      table.remove(member, level, direction, i);
      return true;
    }
    return false;
  }
}
