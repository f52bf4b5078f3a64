import type { Random } from "../../core/random.ts";
import {
  CLOUD_REGION_RTT_MS,
  CLOUD_REGIONS,
  OTHER_ZONE_RTT_MS,
  SAME_ZONE_RTT_MS,
} from "./data/cloud-regions.ts";

/** How long a message takes from one host to another when nothing is in its way. */
export interface LatencyModel {
  readonly name: string;
  /** One way, whole microseconds, at least 1. */
  delayUs(from: number, to: number): number;
  /** The mean of `delayUs`. */
  expectedUs(from: number, to: number): number;
  /** No round trip is longer. */
  readonly rttMaxUs: number;
  /** A host that comes back has a number of its own; where that matters, it is where it was. */
  continues?(host: number, former: number): void;
}

export const LATENCY_NAMES = ["constant", "uniform", "sphere", "regions"] as const;
export type LatencyName = (typeof LATENCY_NAMES)[number];

const CONSTANT_US = 20_000;
export const UNIFORM_MIN_US = 10_000;
export const UNIFORM_MAX_US = 90_000;
/** One way between opposite points of the sphere. */
const SPHERE_MAX_US = 100_000;

export function latencyModel(name: LatencyName, random: Random): LatencyModel {
  switch (name) {
    case "constant":
      return constantLatency(CONSTANT_US);
    case "uniform":
      return uniformLatency(UNIFORM_MIN_US, UNIFORM_MAX_US, random);
    case "sphere":
      return sphereLatency(random);
    case "regions":
      return regionsLatency(random);
  }
}

export function constantLatency(us: number): LatencyModel {
  return { name: "constant", delayUs: () => us, expectedUs: () => us, rttMaxUs: 2 * us };
}

/** Drawn for each message, so that messages overtake each other. */
export function uniformLatency(minUs: number, maxUs: number, random: Random): LatencyModel {
  const width = maxUs - minUs + 1;
  return {
    name: "uniform",
    delayUs: () => minUs + random.below(width),
    expectedUs: () => (minUs + maxUs) / 2,
    rttMaxUs: 2 * maxUs,
  };
}

/** Hosts at random points of a sphere; the delay follows the great circle. */
export function sphereLatency(random: Random): LatencyModel {
  const places = new HostColumn(3, () => {
    const z = 2 * random.float() - 1;
    const angle = 2 * Math.PI * random.float();
    const r = Math.sqrt(1 - z * z);
    return [r * Math.cos(angle), r * Math.sin(angle), z];
  });
  const delayUs = (from: number, to: number): number => {
    const column = places.upTo(Math.max(from, to));
    let dot = 0;
    for (let i = 0; i < 3; i++) {
      dot += (column[from * 3 + i] as number) * (column[to * 3 + i] as number);
    }
    const share = Math.acos(Math.min(1, Math.max(-1, dot))) / Math.PI;
    return Math.max(1, Math.round(share * SPHERE_MAX_US));
  };
  return { name: "sphere", rttMaxUs: 2 * SPHERE_MAX_US, delayUs, expectedUs: delayUs };
}

const ZONES = 3;

/** Hosts spread over the zones of ten cloud regions, with their measured round-trip times. */
export function regionsLatency(random: Random): LatencyModel {
  const places = new HostColumn(1, () => [random.below(CLOUD_REGIONS.length * ZONES)]);
  const cells = CLOUD_REGIONS.length * ZONES;
  const oneWayUs = new Int32Array(cells * cells);
  let longest = 0;
  for (let a = 0; a < cells; a++) {
    for (let b = 0; b < cells; b++) {
      const us = Math.round(zoneRttMs(a, b) * 500);
      oneWayUs[a * cells + b] = us;
      longest = Math.max(longest, us);
    }
  }
  const delayUs = (from: number, to: number): number => {
    const column = places.upTo(Math.max(from, to));
    return oneWayUs[(column[from] as number) * cells + (column[to] as number)] as number;
  };
  return { name: "regions", rttMaxUs: 2 * longest, delayUs, expectedUs: delayUs };
}

function zoneRttMs(a: number, b: number): number {
  const [x, y] = [Math.floor(a / ZONES), Math.floor(b / ZONES)];
  if (x !== y) return CLOUD_REGION_RTT_MS[x]?.[y] ?? 0;
  if (a === b) return SAME_ZONE_RTT_MS;
  return OTHER_ZONE_RTT_MS[((a % ZONES) + (b % ZONES)) % OTHER_ZONE_RTT_MS.length] ?? 0;
}

/** Values of each host, drawn in order of host number: a host's place does not depend on who asks first. */
class HostColumn {
  #values: Float64Array;
  #hosts = 0;
  readonly #width: number;
  readonly #draw: () => readonly number[];

  constructor(width: number, draw: () => readonly number[]) {
    this.#width = width;
    this.#draw = draw;
    this.#values = new Float64Array(64 * width);
  }

  upTo(host: number): Float64Array {
    while (this.#hosts <= host) {
      if ((this.#hosts + 1) * this.#width > this.#values.length) {
        const values = new Float64Array(this.#values.length * 2);
        values.set(this.#values);
        this.#values = values;
      }
      this.#values.set(this.#draw(), this.#hosts * this.#width);
      this.#hosts++;
    }
    return this.#values;
  }
}
