import type { Random } from "../../../core/random.ts";
import {
  type LatencyModel,
  type LatencyName,
  latencyModel,
  UNIFORM_MAX_US,
  UNIFORM_MIN_US,
} from "../latency.ts";

const MULTIPLIER = 0x9e3779b1;

/**
 * The message-level model of this name, for packets: a path keeps its delay. What the message level
 * draws anew for each message (`uniform`) is drawn once for each ordered pair of hosts here, from the
 * same range: packets of one path do not overtake each other unless a link is told to reorder.
 */
export function propagation(name: LatencyName, random: Random): LatencyModel {
  if (name !== "uniform") return latencyModel(name, random);
  return steadyLatency(UNIFORM_MIN_US, UNIFORM_MAX_US, random.below(0x1_0000_0000));
}

/** A delay for each ordered pair of hosts, by hash: no table, however many pairs. */
function steadyLatency(minUs: number, maxUs: number, seed: number): LatencyModel {
  const width = maxUs - minUs + 1;
  const delayUs = (from: number, to: number): number => {
    let h = seed ^ Math.imul(from + 1, MULTIPLIER);
    h = Math.imul(h ^ (h >>> 15), 0x85ebca6b) ^ Math.imul(to + 1, 0xc2b2ae35);
    h = Math.imul(h ^ (h >>> 13), 0x27d4eb2f);
    h ^= h >>> 16;
    return minUs + Math.floor(((h >>> 0) / 0x1_0000_0000) * width);
  };
  return { name: "uniform", delayUs, expectedUs: delayUs, rttMaxUs: 2 * maxUs };
}
