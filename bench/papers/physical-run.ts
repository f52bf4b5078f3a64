import { runNames } from "../../src/cli/sim/nodes.ts";
import { QUIET_RUN, type SimRunOptions } from "../../src/cli/sim/options.ts";
import { physicalNetwork } from "../../src/cli/sim/physical-network.ts";
import { type Random, seededRandom } from "../../src/core/random.ts";
import type { OverlayOptions } from "../../src/overlay/options.ts";
import type { NetworkName } from "../../src/transport/sim/topology/network-spec.ts";
import type { TopologyLatency } from "../../src/transport/sim/topology/topology-latency.ts";
import { Chord } from "../baselines/chord/chord.ts";
import { Pastry } from "../baselines/pastry/pastry.ts";
import { objectKey, StaticOverlay } from "../baselines/static-overlay.ts";
import { simulated } from "./simulated-run.ts";

/** SkipNet by its options; the others build their own tables. */
export const PLACED_SYSTEMS = {
  Chord: undefined,
  "SkipNet basic": { k: 2, dedupe: true },
  "SkipNet full": { k: 8, dense: true, dedupe: true, pTable: true, cTable: true },
  Pastry: undefined,
} as const satisfies Record<string, Partial<OverlayOptions> | undefined>;
export type PlacedSystem = keyof typeof PLACED_SYSTEMS;

/** Lookups of an overlay whose nodes sit on the routers of a network. */
export interface PlacedRun {
  readonly nodes: number;
  readonly seed: string;
  readonly system: PlacedSystem;
  readonly network: NetworkName;
  readonly organisations: number;
  /** Share of lookups of what the organisation of the one who asks has; `undefined`: of anything. */
  readonly locality?: number | undefined;
}

/** Means over lookups that end at another node than they begin at. */
export interface PlacedFigures {
  /** What a route took over what its ends are apart. */
  readonly rdp: number;
  /** The same of all routes together: sums over each other. */
  readonly rdpOfSums: number;
  /** The length of a route. */
  readonly routeMs: number;
}

/** As the papers have it: organisations clustered, two lookups a node. The tables stand from the beginning. */
export async function runPlaced(run: PlacedRun): Promise<PlacedFigures> {
  const overlay = PLACED_SYSTEMS[run.system];
  const options = simOptions(run, overlay ?? {});
  if (overlay === undefined) return placedByHash(run, options);
  const { physical, lookups } = await simulated(options);
  const routes = physical?.routes;
  if (routes === undefined || lookups === undefined || lookups.failed > 0) {
    throw new Error(`${lookups?.failed ?? "all"} lookups failed in a quiet run`);
  }
  const { rdp, rdpOfSums, routeMs } = routes;
  return { rdp, rdpOfSums, routeMs };
}

/** The line that repeats it; `undefined` for overlays that `skipnet sim` does not have. */
export function placedCommand(run: PlacedRun): string | undefined {
  const overlay: Partial<OverlayOptions> | undefined = PLACED_SYSTEMS[run.system];
  if (overlay === undefined) return undefined;
  const words = [`skipnet sim --nodes ${run.nodes} --seed ${run.seed} --orgs ${run.organisations}`];
  words.push(`--overlay-k ${overlay.k}`);
  if (overlay.dense === true) words.push("--dense");
  if (overlay.dedupe === true) words.push("--dedupe");
  if (overlay.pTable === true) words.push("--p-table");
  if (overlay.cTable === true) words.push("--c-table");
  words.push(`--join constructed --lookups ${2 * run.nodes}`);
  words.push(`--network ${run.network} --placement zipf-clustered`);
  if (run.locality !== undefined) words.push(`--locality ${run.locality}`);
  return words.join(" ");
}

function simOptions(
  { nodes, seed, network, organisations, locality }: PlacedRun,
  overlay: Partial<OverlayOptions>,
): SimRunOptions {
  return {
    ...QUIET_RUN,
    nodes,
    seed,
    organisations: Math.min(organisations, nodes),
    overlay,
    network,
    placement: "zipf-clustered",
    transport: "ideal",
    join: "constructed",
    lookups: 2 * nodes,
    locality,
  };
}

/** Objects are placed by the hash of their names: whose they are makes no difference. */
async function placedByHash(run: PlacedRun, options: SimRunOptions): Promise<PlacedFigures> {
  const { seed, system } = run;
  // The same nodes at the same places as SkipNet's of this seed.
  const names = runNames(options, seededRandom(`${seed}/cli`).fork("names"));
  const latency = physicalNetwork(options, names)?.latency;
  if (latency === undefined) throw new Error(`${run.network} has no routers`);
  const random = seededRandom(`${seed}/placed by hash`);
  const tables = random.fork("tables");
  const overlay = await StaticOverlay.open({
    names,
    seed,
    latency,
    tables: (ring) =>
      system === "Chord"
        ? new Chord(ring)
        : new Pastry(ring, { random: tables, distanceUs: (a, b) => latency.delayUs(a, b) }),
  });
  const draw = drawTarget(names, run.locality, random.fork("lookups"));
  const lookups = Array.from({ length: options.lookups }, (_, i) => {
    const from = random.below(names.length);
    return { from, key: objectKey(`${names[draw(from)]}/object${i}`) };
  });
  return summary(lookups, await overlay.run(lookups), latency);
}

/** Whose object is asked for. */
function drawTarget(
  names: readonly string[],
  locality: number | undefined,
  random: Random,
): (from: number) => number {
  const members = new Map<string, number[]>();
  const organisation = (node: number): string => names[node]?.split(".")[0] ?? "";
  for (const node of names.keys()) {
    const own = members.get(organisation(node));
    if (own === undefined) members.set(organisation(node), [node]);
    else own.push(node);
  }
  return (from) => {
    const own = random.chance(locality ?? 0) ? members.get(organisation(from)) : undefined;
    return own === undefined
      ? random.below(names.length)
      : (own[random.below(own.length)] as number);
  };
}

function summary(
  lookups: readonly { readonly from: number }[],
  ends: Awaited<ReturnType<StaticOverlay["run"]>>,
  latency: TopologyLatency,
): PlacedFigures {
  let [routes, rdp, routeUs, directUs] = [0, 0, 0, 0];
  for (const [i, { outcome, at, pathUs }] of ends.entries()) {
    if (outcome !== "found") throw new Error(`a lookup ended ${outcome} in a quiet run`);
    const from = lookups[i]?.from ?? at;
    if (from === at) continue;
    routes++;
    routeUs += pathUs;
    const direct = latency.delayUs(from, at);
    directUs += direct;
    rdp += pathUs / direct;
  }
  return { rdp: rdp / routes, rdpOfSums: routeUs / directUs, routeMs: routeUs / routes / 1_000 };
}
