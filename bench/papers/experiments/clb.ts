import type { SimNetwork } from "../../../src/cli/sim/network.ts";
import { hashName } from "../../../src/core/numeric-id.ts";
import type { OverlayOptions } from "../../../src/overlay/options.ts";
import type { LatencyModel } from "../../../src/transport/sim/latency.ts";
import { Pastry } from "../../baselines/pastry/pastry.ts";
import { objectKey, StaticOverlay } from "../../baselines/static-overlay.ts";
import { defineExperiment, type Goal, type PointResult, type Size } from "../experiment.ts";
import { type PaperRun, simulated } from "../simulated-run.ts";

const ORGANISATIONS = 100;
const DEADLINE_US = 30_000_000;
const STEP_US = 100_000;
/** Lookups begun in a second of virtual time, as a share of the nodes. */
const BEGUN_PER_SECOND = 0.2;

/** SkipNet by its options; Pastry has an overlay of its own for each domain. */
const SYSTEMS = {
  "basic CLB": { k: 8, routeWith: "rtable" },
  "full CLB": { k: 8, dense: true, dedupe: true, pTable: true, cTable: true },
  "Pastry, one overlay a domain": undefined,
} as const satisfies Record<string, Partial<OverlayOptions> | undefined>;
type System = keyof typeof SYSTEMS;

type ClbPoint = { readonly nodes: number; readonly system: System };

/** One lookup: who asked, where it ended, what the way there took. */
interface Path {
  readonly from: number;
  readonly at: number;
  readonly pathUs: number;
  readonly hops: number;
}

function runOf({ nodes, system }: ClbPoint, seed: string): PaperRun {
  return {
    nodes,
    seed,
    organisations: Math.min(ORGANISATIONS, nodes),
    overlay: SYSTEMS[system] ?? { k: 8 },
    join: "constructed",
    network: "transit-stub",
    placement: "zipf-clustered",
  };
}

const organisationOf = (name: string): string => name.split(".")[0] as string;

/** Two lookups a node, each of an object of the organisation of the node that asks. */
function drawLookups(network: SimNetwork): { readonly from: number; readonly object: string }[] {
  const random = network.simulation.random("papers.clb");
  return Array.from({ length: 2 * network.count }, (_, i) => ({
    from: random.below(network.count),
    object: `object${i}`,
  }));
}

async function withinDomains(network: SimNetwork, latency: LatencyModel): Promise<Path[]> {
  const { simulation } = network;
  const numbers = new Map(Array.from({ length: network.count }, (_, i) => [network.ref(i), i]));
  const paths: Path[] = [];
  const ask = async (from: number, object: string): Promise<void> => {
    const { net, member } = network.node(from);
    const startUs = simulation.nowUs;
    const domain = organisationOf(network.name(from));
    const options = { deadlineUs: DEADLINE_US };
    const { by, hops } = await net.domains.route(
      member,
      domain,
      hashName(object),
      undefined,
      options,
    );
    const at = numbers.get(by) ?? from;
    // The answer went straight back.
    const backUs = at === from ? 0 : latency.delayUs(at, from);
    paths.push({ from, at, hops, pathUs: simulation.nowUs - startUs - backUs });
  };
  const left = drawLookups(network);
  const batch = Math.max(1, Math.ceil((network.count * BEGUN_PER_SECOND * STEP_US) / 1e6));
  const asked: Promise<void>[] = [];
  while (left.length > 0) {
    for (const { from, object } of left.splice(0, batch)) asked.push(ask(from, object));
    await simulation.run({ untilUs: simulation.nowUs + STEP_US });
  }
  await simulation.run({ untilUs: simulation.nowUs + DEADLINE_US });
  await Promise.all(asked);
  return paths;
}

/** The members of each organisation as an overlay of their own, where they are. */
async function pastryEach(
  network: SimNetwork,
  latency: LatencyModel,
  seed: string,
): Promise<Path[]> {
  const members = new Map<string, number[]>();
  for (let i = 0; i < network.count; i++) {
    const organisation = organisationOf(network.name(i));
    const own = members.get(organisation);
    if (own === undefined) members.set(organisation, [i]);
    else own.push(i);
  }
  const lookups = drawLookups(network);
  const paths: Path[] = [];
  for (const [organisation, own] of members) {
    if (own.length < 2) continue;
    const host = (i: number): number => own[i] as number;
    const among: LatencyModel = {
      name: latency.name,
      rttMaxUs: latency.rttMaxUs,
      delayUs: (a, b) => latency.delayUs(host(a), host(b)),
      expectedUs: (a, b) => latency.expectedUs(host(a), host(b)),
    };
    const random = network.simulation.random(`papers.clb.${organisation}`);
    const overlay = await StaticOverlay.open({
      names: own.map((number) => network.name(number)),
      seed,
      latency: among,
      tables: (ring) => new Pastry(ring, { random, distanceUs: (a, b) => among.delayUs(a, b) }),
    });
    const places = new Map(own.map((number, i) => [number, i]));
    const mine = lookups.flatMap(({ from, object }) => {
      const place = places.get(from);
      return place === undefined ? [] : [{ from: place, key: objectKey(object) }];
    });
    const ends = await overlay.run(mine);
    for (const [i, { outcome, at, hops, pathUs }] of ends.entries()) {
      if (outcome !== "found") throw new Error(`a lookup ended ${outcome} in a quiet run`);
      paths.push({ from: host(mine[i]?.from ?? at), at: host(at), hops, pathUs });
    }
  }
  return paths;
}

/** Over lookups that end at another node than they begin at. */
function figuresOf(paths: readonly Path[], latency: LatencyModel) {
  const far = paths.filter(({ from, at }) => from !== at);
  const sum = (of: (path: Path) => number): number =>
    far.reduce((total, path) => total + of(path), 0);
  const direct = ({ from, at }: Path): number => latency.delayUs(from, at);
  return {
    rdpOfSums: sum(({ pathUs }) => pathUs) / sum(direct),
    rdp: sum((path) => path.pathUs / direct(path)) / far.length,
    hops: sum(({ hops }) => hops) / far.length,
  };
}

function goals(results: readonly PointResult<ClbPoint>[]): Goal[] {
  const largest = Math.max(...results.map(({ point }) => point.nodes));
  const [basic, full, pastry] = (Object.keys(SYSTEMS) as System[]).map(
    (system) =>
      results.find(({ point }) => point.system === system && point.nodes === largest)?.figures[
        "rdpOfSums"
      ]?.mean ?? Number.NaN,
  ) as [number, number, number];
  const isKnown = !Number.isNaN(basic + full + pastry);
  return [
    {
      what: `RDP among ${largest} nodes: basic CLB above full CLB, and that above Pastry`,
      goal: "in this order",
      measured: isKnown
        ? [basic, full, pastry].map((value) => value.toFixed(2)).join(", ")
        : "not measured",
      met: isKnown ? basic > full && full > pastry : null,
    },
  ];
}

export const experiment = defineExperiment<ClbPoint>({
  id: "T6",
  title: "Constrained load balancing: relative delay penalty against the number of nodes",
  paper:
    "SkipNet (USITS 2003), §5, recalled as an order: with 100 organisations and lookups within the own one, basic CLB (R-Table alone) has a higher RDP than full CLB (with C-Table), and that a higher one than Pastry, which needs an overlay of its own for each domain to do it at all.",
  method:
    "Converged tables on the transit-stub network, 100 organisations of Zipf-like sizes, Zipf-clustered, the same for every system of a seed. Two lookups a node, each of an object that is placed by its hash among the members of the organisation of the one who asks. RDP: what the way to the holder took over the direct way, of all lookups together, and as the mean of single ones. basic: k = 8, sparse, R-Table alone; full: k = 8, dense, without duplicate pointers, with P-Table and C-Table and leaf set. Pastry: b = 4, near table entries, leaf set of 16.",
  figures: {
    rdpOfSums: { title: "All routes over all direct ways" },
    rdp: { title: "Route over direct way, mean of lookups" },
    hops: { title: "Hops, mean", unit: "hops" },
  },
  x: { key: "nodes", title: "nodes", isLogarithmic: true },
  points(size: Size) {
    const exponents = size === "full" ? [10, 12, 14] : [8, 10];
    return (Object.keys(SYSTEMS) as System[]).flatMap((system) =>
      exponents.map((exponent) => ({ nodes: 2 ** exponent, system })),
    );
  },
  label: ({ system }) => system,
  async run(point, seed) {
    let figures: ReturnType<typeof figuresOf> | undefined;
    await simulated(runOf(point, seed), {
      async onConverged(network) {
        const latency = network.physical?.latency;
        if (latency === undefined) throw new Error("the network has no routers");
        const paths = await (SYSTEMS[point.system] === undefined
          ? pastryEach(network, latency, seed)
          : withinDomains(network, latency));
        figures = figuresOf(paths, latency);
      },
    });
    if (figures === undefined) throw new Error("no lookups were made");
    return figures;
  },
  goals,
});
