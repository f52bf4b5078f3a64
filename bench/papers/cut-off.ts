import { joinAll } from "../../src/cli/sim/joining.ts";
import { type Draw, type LookupResult, runLookups } from "../../src/cli/sim/lookups.ts";
import { SimNetwork } from "../../src/cli/sim/network.ts";
import { organisationSizes } from "../../src/cli/sim/nodes.ts";
import { Timeline } from "../../src/cli/sim/timeline.ts";
import { NO_REF } from "../../src/core/contacts.ts";
import { type Random, seededRandom } from "../../src/core/random.ts";
import { checkTables, Violations } from "../../src/overlay/check.ts";
import { CLOCKWISE, COUNTER_CLOCKWISE } from "../../src/overlay/ring-order.ts";
import { type PaperRun, paperOptions } from "./simulated-run.ts";

const ORGANISATIONS = 100;
/** How often it is looked whether the tables are right. */
const LOOK_US = 1_000_000;

/** An overlay one of whose organisations will be cut off: who belongs to it, by number of node. */
export interface CutOff {
  readonly network: SimNetwork;
  readonly inside: readonly number[];
  readonly outside: readonly number[];
  readonly random: Random;
}

/** What the overlay is like: `share` of its nodes belong to the organisation `org0`, the others to 99 more, Zipf-like. */
export interface CutOffShape extends PaperRun {
  readonly share: number;
}

/** Names in random order; those of `org0` are `share` of them. */
export function namesWithOrganisation(nodes: number, share: number, random: Random): string[] {
  const own = Math.round(nodes * share);
  const sizes = [own, ...organisationSizes(nodes - own, ORGANISATIONS - 1)];
  const names = sizes.flatMap((size, org) =>
    Array.from({ length: size }, (_, host) => `org${org}.host${host}`),
  );
  return random.shuffle(names);
}

/** Whether a node is of the organisation that is cut off. */
export const isInside = (name: string): boolean => name.startsWith("org0.");

/** The overlay, converged, its tables constructed. */
export async function openCutOff({ share, ...run }: CutOffShape): Promise<CutOff> {
  const options = paperOptions({ join: "constructed", ...run });
  const random = seededRandom(`${run.seed}/cut-off`);
  const names = namesWithOrganisation(run.nodes, share, random.fork("names"));
  const network = await SimNetwork.open(options, names);
  await joinAll(network, run.nodes, options.join, () => undefined);
  const numbers = names.map((_, number) => number);
  const inside = numbers.filter((number) => isInside(names[number] as string));
  const outside = numbers.filter((number) => !isInside(names[number] as string));
  return { network, inside, outside, random };
}

/** Cuts the organisation off, or ends that. */
export function cut({ network: { simulation }, inside }: CutOff, isCut: boolean): void {
  if (isCut) simulation.faults.partition(inside, 1);
  else simulation.faults.heal();
  simulation.reachabilityChanged();
}

/** Looks names of nodes up, at a steady rate of virtual time. */
export function lookUp(network: SimNetwork, count: number, draw: Draw): Promise<LookupResult> {
  const timeline = new Timeline(network.simulation);
  return runLookups(network, timeline, count, "recursive", draw, () => undefined);
}

/** Slots of the organisation's tables that hold a node outside, by level. */
export function brokenSlots({ network, inside }: CutOff): number[] {
  const own = new Set(inside.map((number) => network.ref(number)));
  const broken: number[] = [];
  for (const number of inside) {
    const { net, member } = network.node(number);
    const { table } = net.context;
    for (let level = 0; level <= table.topLevel(member); level++) {
      broken[level] ??= 0;
      for (const direction of [CLOCKWISE, COUNTER_CLOCKWISE] as const) {
        const node = table.neighbour(member, level, direction);
        if (node !== NO_REF && !own.has(node)) broken[level] = (broken[level] as number) + 1;
      }
    }
  }
  return broken;
}

/** Virtual seconds until these nodes' tables are exactly those of an overlay of their own; not a number beyond `limitS`. */
export async function secondsUntilRight(
  { network }: CutOff,
  numbers: readonly number[],
  limitS: number,
): Promise<number> {
  const { simulation } = network;
  const beganUs = simulation.nowUs;
  for (let s = 1; s <= limitS; s++) {
    await simulation.run({ untilUs: beganUs + s * LOOK_US });
    if (isRight(network, numbers)) return s;
  }
  return Number.NaN;
}

function isRight(network: SimNetwork, numbers: readonly number[]): boolean {
  const violations = new Violations();
  const nodes = numbers.map((number) => network.node(number));
  checkTables(
    nodes.map(({ net, member }) => ({ net: net.context, member })),
    violations,
  );
  return violations.count === 0;
}
