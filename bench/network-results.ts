import * as v from "valibot";
import { count } from "./results-file.ts";

const CAUSES_MAX = 64;

/** Of a run in which no fault was injected: pairs of a live process and a live peer that it called down. */
export const calledDownSchema = v.strictObject({
  /** Neither of the two was stopped, cut off or changed by the scenario. */
  undisturbed: count,
  disturbed: count,
});

/** Packet level: what became of the packets during the load. Bytes count from the IP header. */
export const packetsSchema = v.strictObject({
  sent: count,
  bytes: count,
  delivered: count,
  duplicated: count,
  reordered: count,
  corrupted: count,
  /** By cause. */
  dropped: v.pipe(
    v.record(v.pipe(v.string(), v.maxLength(40)), count),
    v.check((causes) => Object.keys(causes).length <= CAUSES_MAX, "too many causes"),
  ),
});
