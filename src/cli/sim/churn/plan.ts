import type { Random } from "../../../core/random.ts";
import { drawMs, type Law, lawOfMean, meanOf, medianOf } from "./lifetimes.ts";
import type { ChurnModel } from "./spec.ts";

/** Mean sessions and absences that pass before a run begins, so that it begins as it goes on. */
const WARM_UP_CYCLES = 20;
/** Most of them that are drawn for one place: short ones follow each other quickly. */
const WARM_UP_DRAWS_MAX = 10_000;

/** A place in the network where nodes come and go, with what it follows. */
export interface Place {
  readonly session: Law;
  readonly downtime: Law;
}

/** A place when the run begins. */
export interface PlaceAtStart extends Place {
  readonly isUp: boolean;
  /** Until that changes. */
  readonly remainingMs: number;
}

/**
 * So many places in the middle of their life, those with a node first: each has gone through sessions and absences
 * before, since whoever is met is rather in a long session than in a short one. At least one has a node.
 */
export function placesAtStart(model: ChurnModel, count: number, random: Random): PlaceAtStart[] {
  const places = Array.from({ length: count }, () => warmedUp(placeOf(model, random), random));
  const up = places.filter(({ isUp }) => isUp);
  if (up.length > 0) return [...up, ...places.filter(({ isUp }) => !isUp)];
  const [first, ...rest] = places as [PlaceAtStart, ...PlaceAtStart[]];
  return [{ ...first, isUp: true, remainingMs: drawMs(first.session, random) }, ...rest];
}

/** Source of the second level: OverSim's ParetoChurn, after Yao et al. (ICNP 2006). */
function placeOf({ session, downtime, isTwoLevel }: ChurnModel, random: Random): Place {
  if (!isTwoLevel) return { session, downtime };
  const own = (law: Law): Law =>
    law.kind === "pareto" ? lawOfMean("pareto", law.shape, drawMs(law, random) / 1000) : law;
  return { session: own(session), downtime: own(downtime) };
}

function warmedUp(place: Place, random: Random): PlaceAtStart {
  const typical = (law: Law): number => Math.min(meanOf(law), 100 * medianOf(law));
  let leftMs = WARM_UP_CYCLES * 1000 * (typical(place.session) + typical(place.downtime));
  let isUp = true;
  for (let i = 0; ; i++) {
    const lengthMs = drawMs(isUp ? place.session : place.downtime, random);
    if (lengthMs > leftMs || i === WARM_UP_DRAWS_MAX) {
      return { ...place, isUp, remainingMs: Math.max(1, lengthMs - leftMs) };
    }
    leftMs -= lengthMs;
    isUp = !isUp;
  }
}
