import { NO_REF, type Ref } from "../core/contacts.ts";
import { SkipnetError } from "../core/errors.ts";
import type { Context } from "./context.ts";
import type { Member } from "./overlay.ts";
import type { RepairPace } from "./repair-pace.ts";
import { CLOCKWISE, COUNTER_CLOCKWISE, type Direction } from "./ring-order.ts";

/** Where a saved slot names no node. */
export const NO_NODE = -1;
/** Bytes of a member's repair state. */
export const PACE_BYTES = 3;

/**
 * Tables and repair state of the members of a quiet overlay, as columns; nodes by number, from 0. What
 * is under way is not in it: neither messages nor operations.
 */
export interface SavedTables {
  readonly nodes: number;
  /** Highest level with a neighbour, by node; -1: alone. */
  readonly topLevels: Int8Array;
  /** By node: the leaves to the left and to the right, then the pointers of each level, left and right. */
  readonly slots: Int32Array;
  /** By node: next level, how often stretched, alarmed. */
  readonly pace: Uint8Array;
}

/** What of an overlay object is saved, and filled again. */
export interface SavableOverlay {
  readonly context: Context;
  readonly rings: { readonly pace: RepairPace };
  create(member: Member): void;
}

const BOTH = [COUNTER_CLOCKWISE, CLOCKWISE] as const satisfies readonly Direction[];

/** How many slots are saved of a member with this top level. */
export function savedSlots({ leaves, table }: Context, topLevel: number): number {
  return 2 * leaves.side + (topLevel + 1) * 2 * table.width;
}

/** Throws `E_OPTIONS` if one of the members is not in the overlay, or knows somebody who is none of them. */
export function saveTables(overlay: SavableOverlay, members: readonly Member[]): SavedTables {
  const { context: net, rings } = overlay;
  const numbers = new Map<Ref, number>();
  members.forEach((member, number) => {
    numbers.set(net.self(member), number);
  });
  const topLevels = Int8Array.from(members, (member) => net.table.topLevel(member));
  let count = 0;
  for (const top of topLevels) count += savedSlots(net, top);
  const slots = new Int32Array(count);
  const bytes = new Uint8Array(members.length * PACE_BYTES);
  let at = 0;
  const numberOf = (ref: Ref): number => {
    const number = ref === NO_REF ? NO_NODE : numbers.get(ref);
    if (number !== undefined) return number;
    throw new SkipnetError(
      "E_OPTIONS",
      `an overlay is saved once it has converged: ${net.contacts.name(ref)} is in a table and not in the overlay`,
    );
  };
  members.forEach((member, number) => {
    if (net.state(member) !== "in") {
      const name = net.contacts.name(net.self(member));
      throw new SkipnetError("E_OPTIONS", `${name} has not joined: its tables cannot be saved`);
    }
    bytes.set(rings.pace.save(member), number * PACE_BYTES);
    forEachSlot(net, topLevels[number] as number, (direction, level, i) => {
      const ref =
        level === LEAVES
          ? net.leaves.at(member, direction, i)
          : net.table.pointer(member, level, direction, i);
      slots[at++] = numberOf(ref);
    });
  });
  return { nodes: members.length, topLevels, slots, pace: bytes };
}

/**
 * Fills the tables of members that are not in yet, and lets their repair go on. Throws `E_FILE` where
 * what was saved fits no tables.
 */
export function loadTables(
  overlay: SavableOverlay,
  members: readonly Member[],
  saved: SavedTables,
): void {
  const { context: net, rings } = overlay;
  assertFits(net, members.length, saved);
  let at = 0;
  members.forEach((member, number) => {
    overlay.create(member);
    forEachSlot(net, saved.topLevels[number] as number, (direction, level, i) => {
      const other = saved.slots[at++] as number;
      const ref = other === NO_NODE ? NO_REF : net.self(members[other] as Member);
      if (level === LEAVES) net.leaves.set(member, direction, i, ref);
      else net.table.setPointer(member, level, direction, i, ref);
    });
    const from = number * PACE_BYTES;
    rings.pace.load(member, saved.pace.subarray(from, from + PACE_BYTES));
  });
}

function assertFits(net: Context, count: number, saved: SavedTables): void {
  const { nodes, topLevels, slots, pace } = saved;
  let expected = 0;
  for (const top of topLevels) {
    if (top < -1 || top >= net.table.levels) throw damaged(`a node has ${top + 1} levels`);
    expected += savedSlots(net, top);
  }
  if (nodes !== count || topLevels.length !== count) throw damaged(`it has ${nodes} nodes`);
  if (slots.length !== expected) throw damaged(`it has ${slots.length} slots, not ${expected}`);
  if (pace.length !== count * PACE_BYTES) throw damaged("its repair state has another length");
  for (const slot of slots) {
    if (slot < NO_NODE || slot >= count) throw damaged(`a slot holds node ${slot}`);
  }
}

/** Stands for the leaf set among the levels. */
const LEAVES = -1;

function forEachSlot(
  net: Context,
  topLevel: number,
  visit: (direction: Direction, level: number, i: number) => void,
): void {
  for (const direction of BOTH) {
    for (let i = 0; i < net.leaves.side; i++) visit(direction, LEAVES, i);
  }
  for (let level = 0; level <= topLevel; level++) {
    for (const direction of BOTH) {
      for (let i = 0; i < net.table.width; i++) visit(direction, level, i);
    }
  }
}

const damaged = (what: string): SkipnetError =>
  new SkipnetError("E_FILE", `these are not the saved tables of such an overlay: ${what}`);
