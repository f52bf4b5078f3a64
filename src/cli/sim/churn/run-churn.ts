import type { Random } from "../../../core/random.ts";
import type { Entrance } from "../entrance.ts";
import type { Progress } from "../joining.ts";
import type { LiveNodes } from "../live-nodes.ts";
import type { SimNetwork } from "../network.ts";
import { organisationOf } from "../nodes.ts";
import type { SimRunOptions } from "../options.ts";
import type { Timeline } from "../timeline.ts";
import { LiveRing } from "./live-ring.ts";
import { type ChurnLookups, LookupLoad } from "./load.ts";
import { type PlaceAtStart, placesAtStart } from "./plan.ts";
import { type ChurnCounters, Population } from "./population.ts";
import type { ChurnModel } from "./spec.ts";
import type { ChurnTrace } from "./trace.ts";

/** Looks at a run to draw how many were in. */
const SAMPLES = 120;
/** The first half lets the overlay find its balance; figures are of the second (Li et al., INFOCOM 2005). */
const MEASURED_FROM = 0.5;
/** After the end lookups under way are waited for. */
const LAST_LOOKUPS_US = 30_000_000;

/** Nodes that come and go while lookups run. */
export interface ChurnOptions {
  /** By a model, or as a trace says. */
  readonly by: ChurnModel | ChurnTrace;
  readonly rejoin: ChurnModel["rejoin"];
  readonly durationMs: number;
  /** Between two lookups of one node, in the mean. */
  readonly lookupEveryMs: number;
}

/** What churn did. Figures of lookups and bytes are of the second half. */
export interface ChurnResult extends ChurnCounters {
  readonly durationMs: number;
  readonly measuredFromMs: number;
  /** Joins that were begun anew. */
  readonly retried: number;
  /** Second of the run and nodes that were in. */
  readonly live: readonly (readonly [number, number])[];
  readonly liveMean: number;
  readonly lookups: ChurnLookups;
  readonly messagesPerNodeSecond: number;
  /** As encoded, headers and probes of the transport included. */
  readonly bytesPerNodeSecond: number;
  /** As Li et al. count them, without probes. */
  readonly idBytesPerNodeSecond: number | undefined;
}

/** Who is there when churn begins. */
export interface ChurnStart {
  readonly initial: number;
  readonly places: readonly PlaceAtStart[];
}

const isTrace = (by: ChurnOptions["by"]): by is ChurnTrace => "steps" in by;

/** Who is there when churn begins: nodes are numbered so that these are the first. */
export function churnStart({ by }: ChurnOptions, nodes: number, random: Random): ChurnStart {
  if (!isTrace(by)) {
    const places = placesAtStart(by, nodes, random);
    return { places, initial: places.filter(({ isUp }) => isUp).length };
  }
  const firstUs = by.steps[0]?.atUs ?? 0;
  const first = by.steps.filter(({ atUs, what }) => atUs === firstUs && what === "join");
  return { places: [], initial: new Set(first.map(({ node }) => node)).size };
}

/** Lets nodes come and go for the whole duration, and then nobody any more. */
export async function runChurn(parts: {
  readonly network: SimNetwork;
  readonly timeline: Timeline;
  readonly entrance: Entrance;
  readonly alive: LiveNodes;
  readonly random: Random;
  readonly options: SimRunOptions;
  readonly churn: ChurnOptions;
  readonly start: ChurnStart;
  readonly progress: Progress;
}): Promise<ChurnResult> {
  const { network, timeline, entrance, alive, random, options, churn, start, progress } = parts;
  const { simulation } = network;
  const { durationMs, by, lookupEveryMs } = churn;
  const ring = new LiveRing(network);
  for (const number of alive.numbers()) ring.add(number);
  const load = new LookupLoad({
    network,
    timeline,
    ring,
    random: random.fork("lookups"),
    everyMs: lookupEveryMs,
    delivery: options.delivery,
  });
  let nextHost = options.nodes;
  const population = new Population({
    network,
    timeline,
    entrance,
    alive,
    ring,
    random: random.fork("population"),
    nameAfter: (number) => `org${organisationOf(network.name(number))}.host${nextHost++}`,
    onGone: (number) => load.gone(number),
  });
  const beganUs = simulation.nowUs;
  if (isTrace(by)) population.replay(by, churn.rejoin);
  else population.follow(by, start.places);
  load.begin();
  const live: [number, number][] = [];
  let before = costOf(network);
  for (let i = 0; i < SAMPLES; i++) {
    if (i === SAMPLES * MEASURED_FROM) {
      load.measure();
      before = costOf(network);
    }
    const atUs = ((i + 1) * durationMs * 1000) / SAMPLES;
    const onBreath = (): void => progress("churn", i, SAMPLES);
    await timeline.runUntil(beganUs + Math.round(atUs), onBreath);
    live.push([Math.round(atUs / 1e6), ring.count]);
  }
  const after = costOf(network);
  population.end();
  load.end();
  await timeline.runUntil(simulation.nowUs + LAST_LOOKUPS_US);
  const measured = live.slice(SAMPLES * MEASURED_FROM);
  const liveMean = measured.reduce((sum, [, count]) => sum + count, 0) / measured.length;
  const nodeSeconds = (liveMean * durationMs * (1 - MEASURED_FROM)) / 1000;
  const { idBytes } = after;
  return {
    ...population.counters,
    durationMs,
    measuredFromMs: durationMs * MEASURED_FROM,
    retried: entrance.retried,
    live,
    liveMean,
    lookups: load.results,
    messagesPerNodeSecond: (after.messages - before.messages) / nodeSeconds,
    bytesPerNodeSecond: (after.bytes - before.bytes) / nodeSeconds,
    idBytesPerNodeSecond:
      idBytes === undefined ? undefined : (idBytes - (before.idBytes ?? 0)) / nodeSeconds,
  };
}

function costOf({ stats, idBytes }: SimNetwork): {
  readonly messages: number;
  readonly bytes: number;
  readonly idBytes: number | undefined;
} {
  return { messages: stats.messagesSent, bytes: stats.bytesSent, idBytes: idBytes?.bytes };
}
