import { drawLookups, type LookupResult } from "../../../src/cli/sim/lookups.ts";
import type { MergeFigures } from "../../../src/overlay/merge/figures.ts";
import { MERGE_MESSAGES } from "../../../src/overlay/merge/messages.ts";
import {
  brokenSlots,
  type CutOff,
  cut,
  lookUp,
  openCutOff,
  secondsUntilRight,
} from "../cut-off.ts";
import {
  defineExperiment,
  type Figures,
  type Goal,
  type PointResult,
  type Size,
} from "../experiment.ts";

const SHARE = 0.15;
/** Levels that are shown. */
const LEVELS = 7;
const LOOKUPS = 2_000;
const LIMIT_S = 600;

type DisconnectPoint = { readonly nodes: number; readonly k: number };

const merging = ({ network }: CutOff): MergeFigures => network.node(0).net.merging.figures;

/** Messages so far: all, and those that disconnects and merges alone send. */
function messages({ network }: CutOff): { readonly all: number; readonly merge: number } {
  // At the message level each instance counts for all.
  const { byType, messagesSent } = network.node(0).net.context.transport.stats();
  const merge = MERGE_MESSAGES.reduce((sum, { name }) => sum + (byType[name]?.count ?? 0), 0);
  return { all: messagesSent, merge };
}

/** Lookups inside the organisation; the same pairs each time. */
function lookUpInside({ network, inside, random }: CutOff): Promise<LookupResult> {
  const draw = drawLookups(network, inside, undefined, random.fork("pairs"));
  return lookUp(network, LOOKUPS, draw);
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** Links made since `before`, and when the last of a level was made, in seconds from `beganUs`, by level. */
function byLevel(figures: MergeFigures, before: readonly number[], beganUs: number, name: string) {
  const found: Record<string, number> = {};
  for (let level = 0; level < LEVELS; level++) {
    const links = (figures.links[level] ?? 0) - (before[level] ?? 0);
    found[`${name}Links${level}`] = links;
    if (links > 0) found[`${name}At${level}`] = ((figures.lastLinkUs[level] ?? 0) - beganUs) / 1e6;
  }
  return found;
}

/** What was counted when a phase began. */
const begin = (cutOff: CutOff) => ({
  before: messages(cutOff),
  links: [...merging(cutOff).links],
  beganUs: cutOff.network.simulation.nowUs,
});
type Began = ReturnType<typeof begin>;

/** One phase: what it took until these tables were right. */
async function phase(
  cutOff: CutOff,
  name: "cut" | "heal",
  sides: readonly (readonly number[])[],
  began: Began,
): Promise<Figures> {
  const { simulation } = cutOff.network;
  const { before, links, beganUs } = began;
  let seconds = 0;
  for (const side of sides) {
    const passed = (simulation.nowUs - beganUs) / 1e6;
    const more = await secondsUntilRight(cutOff, side, LIMIT_S);
    seconds = passed + more;
  }
  const after = messages(cutOff);
  return {
    [`${name}Seconds`]: seconds,
    [`${name}Messages`]: after.merge - before.merge,
    [`${name}AllMessages`]: after.all - before.all,
    ...byLevel(merging(cutOff), links, beganUs, name),
  };
}

async function run({ nodes, k }: DisconnectPoint, seed: string): Promise<Figures> {
  const cutOff = await openCutOff({ nodes, seed, share: SHARE, transport: "udp", overlay: { k } });
  const { inside, outside } = cutOff;
  const broken = brokenSlots(cutOff);
  const beganCut = begin(cutOff);
  cut(cutOff, true);
  const unrepaired = await lookUpInside(cutOff);
  const disconnect = await phase(cutOff, "cut", [inside, outside], beganCut);
  const repaired = await lookUpInside(cutOff);
  const beganHeal = begin(cutOff);
  cut(cutOff, false);
  const heal = await phase(cutOff, "heal", [[...inside, ...outside]], beganHeal);
  const slots = Object.fromEntries(
    Array.from({ length: LEVELS }, (_, level) => [`broken${level}`, broken[level] ?? 0]),
  );
  return {
    ...slots,
    failed: unrepaired.failed + unrepaired.wrong,
    hopsUnrepaired: mean(unrepaired.hops),
    hopsRepaired: mean(repaired.hops),
    ...disconnect,
    ...heal,
  };
}

function levelled(
  name: string,
  title: string,
  unit?: string,
): Record<string, { title: string; unit?: string; undrawn: true }> {
  return Object.fromEntries(
    Array.from({ length: LEVELS }, (_, level) => [
      `${name}${level}`,
      {
        title: `${title}, level ${level}`,
        undrawn: true as const,
        ...(unit === undefined ? {} : { unit }),
      },
    ]),
  );
}

/** Two a ring, and k^h rings, while each ring of the level has members on both sides. */
const slotsOf = (k: number, level: number): number => 2 * k ** level;

/** Levels whose rings each have thirty members inside: chance leaves none of them empty. */
const fullLevels = ({ nodes, k }: DisconnectPoint): number =>
  Math.min(LEVELS, 1 + Math.floor(Math.log((SHARE * nodes) / 30) / Math.log(k)));

function goals(results: readonly PointResult<DisconnectPoint>[]): Goal[] {
  const wrong = results.flatMap(({ point, figures }) =>
    Array.from({ length: fullLevels(point) }, (_, level) => {
      const slots = figures[`broken${level}`];
      return slots === undefined || slots.mean === slotsOf(point.k, level) ? 0 : 1;
    }),
  );
  const failed = results.flatMap(({ figures }) => figures["failed"]?.mean ?? []);
  const hops = results.flatMap(({ figures }) => {
    const [before, after] = [figures["hopsUnrepaired"], figures["hopsRepaired"]];
    return before === undefined || after === undefined ? [] : [before.mean / after.mean - 1];
  });
  const healed = results.flatMap(({ figures }) => figures["healSeconds"]?.mean ?? []);
  const isAny = results.length > 0;
  const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
  return [
    {
      what: "broken slots: 2 k^h on level h, where each ring of the level has thirty members inside",
      goal: "exact",
      measured: `${wrong.length - sum(wrong)} of ${wrong.length} levels exact`,
      met: isAny ? sum(wrong) === 0 : null,
    },
    {
      what: "routes by name inside, at the moment of the cut",
      goal: "none fails; hops as after repair",
      measured: `${sum(failed)} failed; hops differ by ${(100 * Math.max(0, ...hops.map(Math.abs))).toFixed(2)} % at most`,
      met: isAny ? sum(failed) === 0 && hops.every((share) => Math.abs(share) < 0.02) : null,
    },
    {
      what: "after the heal: one ring, all invariants",
      goal: "yes",
      measured: healed.some(Number.isNaN) ? "not everywhere" : "yes",
      met: isAny ? healed.every((seconds) => !Number.isNaN(seconds)) : null,
    },
  ];
}

export const experiment = defineExperiment<DisconnectPoint>({
  id: "T8",
  title: "Disconnect and merge",
  paper:
    "Efficient Recovery from Organizational Disconnects in SkipNet (IPTPS 2003): repair of a few pointers enables efficient routing throughout the disconnected organisation at once; full repair is a background task; the same operations reconnect it later.",
  method: `Converged tables; an organisation of ${100 * SHARE} % of the nodes is cut off, over simulated UDP. ${LOOKUPS} lookups by name inside begin with the cut, and the same again after repair. Seconds: until the tables of both sides are exactly those of two overlays (after the cut), and of one (after the heal). Messages: those that only disconnects and merges send, and all, ordinary repair of lost pointers and the lookups included. Model: two slots a ring, ends of both directions.`,
  figures: {
    cutSeconds: { title: "From the cut until both sides are right", unit: "s" },
    healSeconds: { title: "From the heal until all are one overlay", unit: "s" },
    cutMessages: { title: "Messages of the disconnect alone" },
    cutAllMessages: { title: "All messages meanwhile", undrawn: true },
    healMessages: { title: "Messages of the merge alone" },
    healAllMessages: { title: "All messages meanwhile (heal)", undrawn: true },
    failed: { title: "Lookups inside that failed at the cut", undrawn: true },
    hopsUnrepaired: { title: "Hops inside, unrepaired", unit: "hops", undrawn: true },
    hopsRepaired: { title: "Hops inside, repaired", unit: "hops", undrawn: true },
    ...levelled("broken", "Broken slots of the organisation"),
    ...levelled("cutLinks", "Links made after the cut"),
    ...levelled("cutAt", "Last of them", "s"),
    ...levelled("healLinks", "Links made after the heal"),
    ...levelled("healAt", "Last of them (heal)", "s"),
  },
  points: (size: Size) => [2, 8].map((k) => ({ nodes: size === "full" ? 1 << 12 : 1 << 9, k })),
  label: ({ k }) => `k ${k}`,
  run,
  quoted({ nodes, k }, figure) {
    const level = /^broken(\d+)$/.exec(figure)?.[1];
    if (level === undefined || Number(level) >= fullLevels({ nodes, k })) return undefined;
    return { model: { value: slotsOf(k, Number(level)), source: "C" } };
  },
  goals,
});
