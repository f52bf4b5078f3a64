import { SkipnetError } from "../../core/errors.ts";
import { overlayOptions } from "../../overlay/options.ts";
import { loadTables, saveTables } from "../../overlay/saved-tables.ts";
import type { RunFlags } from "./flags.ts";
import type { SimNetwork } from "./network.ts";
import { instancesOf, type SimRunOptions } from "./options.ts";
import type { Snapshot, TableShape } from "./snapshot.ts";

/** Flags that a loaded overlay decides. */
export const LOADED_FLAGS = [
  "nodes",
  "overlay-k",
  "dense",
  "orgs",
  "join",
  "extra-joins",
] as const satisfies readonly string[];

/** Whether a flag was written, and is not the default. */
export type IsGiven = (flag: keyof RunFlags) => boolean;

/**
 * The flags of a run that begins with a loaded overlay. Throws `E_OPTIONS` where one that was written
 * says otherwise than the overlay, or is about how it came to be.
 */
export function flagsWith(snapshot: Snapshot, given: RunFlags, isGiven: IsGiven): RunFlags {
  const { k, dense } = snapshot.shape;
  const decided = { nodes: snapshot.names.length, overlayK: k, dense };
  for (const flag of ["nodes", "overlayK", "dense"] as const) {
    if (!isGiven(flag) || given[flag] === decided[flag]) continue;
    throw new SkipnetError(
      "E_OPTIONS",
      `${given.load} has ${flag} ${decided[flag]}, not ${given[flag]}: leave the option out, or load another`,
    );
  }
  for (const flag of ["orgs", "join", "extraJoins"] as const) {
    if (!isGiven(flag)) continue;
    throw new SkipnetError(
      "E_OPTIONS",
      `${flag} and --load exclude each other: the overlay is there`,
    );
  }
  return { ...given, ...decided, extraJoins: 0 };
}

/** What decides the shape of the tables of a run. */
export function shapeOf(options: SimRunOptions): TableShape {
  const { k, dense, leafSetSize, membersExpected } = overlayOptions(options.overlay);
  return { k, dense, leafSetSize, membersExpected };
}

/** Throws `E_OPTIONS` where the nodes of a run have an overlay object each, whose tables are not in one place. */
export function assertSavable(options: SimRunOptions): void {
  if (instancesOf(options) === "one") return;
  throw new SkipnetError(
    "E_OPTIONS",
    "--save and --load need one overlay object for all nodes; over packet-tcp each has its own",
  );
}

/** All that runs need that are to begin with the overlay of this network. Throws `E_OPTIONS` before it has converged. */
export function snapshotOf(network: SimNetwork, options: SimRunOptions): Snapshot {
  const numbers = numbersOf(network);
  const { net } = network.node(0);
  return {
    shape: shapeOf(options),
    names: numbers.map((number) => network.name(number)),
    numericIds: numbers.map((number) => network.contacts.numericId(network.ref(number))),
    tables: saveTables(
      net,
      numbers.map((number) => network.node(number).member),
    ),
  };
}

/** Makes the nodes of a network members of the overlay that was saved. */
export function loadOverlay(network: SimNetwork, { tables }: Snapshot): void {
  const members = numbersOf(network).map((number) => network.node(number).member);
  loadTables(network.node(0).net, members, tables);
}

const numbersOf = ({ count }: SimNetwork): number[] => Array.from({ length: count }, (_, i) => i);
