import type { Random } from "../../../core/random.ts";
import type { KingTimes } from "./king-file.ts";
import type { Topology } from "./topology.ts";

/**
 * Measured delays between hosts as a network: each host a router with one line to all others, so that a
 * way has two links; what lies between is not known. One way takes half the round trip.
 */
export function kingMatrix({ nodes, rttUs, missing }: KingTimes): Topology {
  let longest = 0;
  for (const rtt of rttUs) longest = Math.max(longest, rtt);
  const us = (a: number, b: number): number => Math.ceil((rttUs[a * nodes + b] as number) / 2);
  return { ...star(nodes, Math.ceil(longest / 2), us), missingPairs: missing };
}

/** Routers of the data set that the synthetic one is like. */
export const KING_ROUTERS = 1_740;

/** Where routers are: a share of them, around a middle, so far spread; in ms of round trip. */
const REGIONS = [
  { share: 0.3, x: 0, y: 0, spread: 22 },
  { share: 0.16, x: -62, y: 6, spread: 18 },
  { share: 0.27, x: 98, y: 22, spread: 20 },
  { share: 0.17, x: -150, y: 60, spread: 40 },
  { share: 0.1, x: 30, y: -140, spread: 60 },
] as const;
/** Of the line of a router, ms of round trip: exponential, and a slow one now and then. */
const LINE_MS = 18;
const SLOW_LINE_MS = 70;
const SLOW_LINE_SHARE = 0.1;
/** Standard deviation of the logarithm of a pair's detour; how many different ones there are. */
const DETOUR_SIGMA = 0.3;
const DETOURS = 4_096;
/** Brings the whole to a median round trip of 156 ms. */
const SCALE = 0.966;

/**
 * Delays like those of the King data set (Gummadi, Saroiu, Gribble, IMW 2002; 1,740 name servers), for any
 * number of routers: synthetic. Routers lie in five regions of a plane, each behind a line of its own, and
 * each pair has a detour by hash, so that the triangle inequality fails here and there as in the measured
 * set. Calibrated to a median round trip of 156 ms and a mean of 178 ms.
 */
export function kingLike(random: Random, routers: number = KING_ROUTERS): Topology {
  const x = new Float32Array(routers);
  const y = new Float32Array(routers);
  const line = new Float32Array(routers);
  let [width, height, longestLine] = [0, 0, 0];
  for (let router = 0; router < routers; router++) {
    const region = regionAt(random.float());
    const [east, north] = normalPair(random);
    x[router] = region.x + region.spread * east;
    y[router] = region.y + region.spread * north;
    line[router] = random.exponential(random.chance(SLOW_LINE_SHARE) ? SLOW_LINE_MS : LINE_MS);
    width = Math.max(width, Math.abs(x[router] as number));
    height = Math.max(height, Math.abs(y[router] as number));
    longestLine = Math.max(longestLine, line[router] as number);
  }
  const detours = Float64Array.from({ length: DETOURS }, () =>
    Math.exp(DETOUR_SIGMA * normalPair(random)[0]),
  );
  const oneWayUs = (ms: number, detour: number): number =>
    Math.max(1, Math.round(ms * detour * SCALE * 500));
  const farthest = 2 * Math.sqrt(width * width + height * height) + 2 * longestLine;
  const seed = random.below(0x1_0000_0000);
  return star(routers, oneWayUs(farthest, Math.max(...detours)), (a, b) => {
    const east = (x[a] as number) - (x[b] as number);
    const north = (y[a] as number) - (y[b] as number);
    const plane = Math.sqrt(east * east + north * north);
    const ms = plane + (line[a] as number) + (line[b] as number);
    return oneWayUs(ms, detours[pairHash(seed, a, b) % DETOURS] as number);
  });
}

/** Each router has one link, into the middle; `us` is between two different ones. */
function star(routers: number, longestUs: number, us: (a: number, b: number) => number): Topology {
  return {
    name: "king",
    routers,
    links: routers,
    domains: [{ first: 0, size: routers }],
    longestUs,
    distanceUs: (a, b) => (a === b ? 0 : us(a, b)),
    hops: (a, b) => (a === b ? 0 : 2),
    visitPath(a, b, visit) {
      if (a === b) return;
      visit(a);
      visit(b);
    },
  };
}

function regionAt(share: number): (typeof REGIONS)[number] {
  let left = share;
  for (const region of REGIONS) {
    if (left < region.share) return region;
    left -= region.share;
  }
  return REGIONS[0];
}

/** Two independent normally distributed numbers (Box and Muller). */
function normalPair(random: Random): readonly [number, number] {
  const radius = Math.sqrt(random.exponential(2));
  const angle = 2 * Math.PI * random.float();
  return [radius * Math.cos(angle), radius * Math.sin(angle)];
}

/** The same for both directions of a pair. */
function pairHash(seed: number, a: number, b: number): number {
  let h = seed ^ Math.imul(Math.min(a, b) + 1, 0x9e3779b1);
  h = Math.imul(h ^ (h >>> 15), 0x85ebca6b) ^ Math.imul(Math.max(a, b) + 1, 0xc2b2ae35);
  h = Math.imul(h ^ (h >>> 13), 0x27d4eb2f);
  return (h ^ (h >>> 16)) >>> 0;
}
