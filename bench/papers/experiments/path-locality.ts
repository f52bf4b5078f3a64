import { drawLookups } from "../../../src/cli/sim/lookups.ts";
import type { SimNetwork } from "../../../src/cli/sim/network.ts";
import { NO_REF } from "../../../src/core/contacts.ts";
import type { Random } from "../../../src/core/random.ts";
import { Violations } from "../../../src/overlay/check.ts";
import { CLOCKWISE, COUNTER_CLOCKWISE } from "../../../src/overlay/ring-order.ts";
import { RouteChecker } from "../../../src/overlay/route-check.ts";
import { lookUp, openCutOff } from "../cut-off.ts";
import { defineExperiment, type Goal, type PointResult, type Size } from "../experiment.ts";

const STALE_SHARE = 0.2;
const SHARE = 0.15;

type LocalityPoint = { readonly nodes: number; readonly k: number; readonly lookups: number };

/** Pointers above level 0 that name a further member of their ring than the nearest, as after joins not yet heard of. */
function makeStale(network: SimNetwork, random: Random): number {
  let changed = 0;
  for (let number = 0; number < network.count; number++) {
    const { net, member } = network.node(number);
    const { table } = net.context;
    for (let level = 1; level <= table.topLevel(member); level++) {
      for (const direction of [CLOCKWISE, COUNTER_CLOCKWISE] as const) {
        if (!random.chance(STALE_SHARE)) continue;
        const other = furtherOn(network, number, { level, direction }, random);
        if (other === undefined) continue;
        table.setPointer(member, level, direction, 0, other);
        changed++;
      }
    }
  }
  return changed;
}

/** The second to ninth of a ring, along the pointers of others. */
function furtherOn(
  network: SimNetwork,
  number: number,
  { level, direction }: { level: number; direction: 0 | 1 },
  random: Random,
) {
  const { net, member } = network.node(number);
  const { contacts } = network;
  const self = net.self(member);
  let ref = net.context.table.neighbour(member, level, direction);
  for (let steps = 1 + random.below(8); steps > 0 && ref !== NO_REF; steps--) {
    const next = network.node(Number(contacts.address(ref).slice("sim://".length)));
    const further = next.net.context.table.neighbour(next.member, level, direction);
    if (further === self || further === NO_REF) break;
    ref = further;
  }
  return ref === NO_REF ? undefined : ref;
}

function goals(results: readonly PointResult<LocalityPoint>[]): Goal[] {
  const outside = results.flatMap(({ figures }) => figures["outside"]?.mean ?? []);
  const sum = outside.reduce((total, hops) => total + hops, 0);
  return [
    {
      what: `hops outside, of lookups inside an organisation with ${100 * STALE_SHARE} % of the upper pointers stale`,
      goal: "0",
      measured: outside.length === 0 ? "not measured" : `${sum}`,
      met: outside.length === 0 ? null : sum === 0,
    },
  ];
}

export const experiment = defineExperiment<LocalityPoint>({
  id: "Path-locality",
  title: "Path locality",
  paper:
    "SkipNet (USITS 2003), §3 and §4: a message between two nodes whose names share a prefix visits only nodes that share it.",
  method: `Lookups between random nodes of one organisation each, over all organisations, while ${100 * STALE_SHARE} % of the pointers above level 0 name a node further along their ring than the nearest. A hop counts as outside if the node's name lacks the prefix that source and target share.`,
  figures: {
    outside: { title: "Hops outside", unit: "hops" },
    hops: { title: "Hops of a lookup, mean", unit: "hops" },
    stale: { title: "Stale pointers", undrawn: true },
  },
  points: (size: Size) =>
    [2, 8].map((k) => ({
      nodes: size === "full" ? 1 << 14 : 1 << 10,
      k,
      lookups: size === "full" ? 100_000 : 2_000,
    })),
  async run({ nodes, k, lookups }, seed) {
    const { network, random } = await openCutOff({ nodes, seed, share: SHARE, overlay: { k } });
    const stale = makeStale(network, random.fork("stale"));
    const violations = new Violations();
    const checkers = network.nets.map((net) => {
      const checker = new RouteChecker(net.context, violations);
      net.observeRoutes(checker);
      return checker;
    });
    const all = Array.from({ length: nodes }, (_, number) => number);
    const draw = drawLookups(network, all, 1, random.fork("lookups"));
    const result = await lookUp(network, lookups, draw);
    if (result.failed > 0 || result.wrong > 0) throw new Error("a lookup failed in a quiet run");
    return {
      outside: checkers.reduce((sum, { outsidePrefix }) => sum + outsidePrefix, 0),
      hops: result.hops.reduce((sum, hops) => sum + hops, 0) / result.hops.length,
      stale,
    };
  },
  goals,
});
