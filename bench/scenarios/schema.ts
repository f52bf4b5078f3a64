import * as v from "valibot";
import { SIM_NETWORKS } from "../scenario.ts";
import { networkSchema } from "./network-schema.ts";

const text = v.pipe(v.string(), v.minLength(1), v.maxLength(2_000));

/**
 * A scenario file: options of `skipnet bench` by name, written as on the command line. Unknown keys
 * are refused: a misspelt one would silently measure something else.
 */
export const scenarioFileSchema = v.strictObject({
  about: v.optional(text),
  /** Whose scenario it is. */
  source: v.optional(text),
  /** What to look at in the report. */
  look: v.optional(text),
  transports: v.optional(text),
  nodes: v.optional(v.pipe(v.number(), v.integer())),
  clients: v.optional(v.pipe(v.number(), v.integer())),
  seed: v.optional(v.union([text, v.pipe(v.number(), v.integer())])),
  warmUp: v.optional(text),
  duration: v.optional(text),
  workload: v.optional(v.picklist(["naming", "routing", "echo"])),
  rate: v.optional(v.number()),
  names: v.optional(text),
  valueSize: v.optional(text),
  faults: v.optional(text),
  compression: v.optional(v.picklist(["auto", "off", "fflate", "zlib"])),
  transportModule: v.optional(text),
  /** Each operation's whole time. */
  deadline: v.optional(text),
  /** Share of the duration after which the node is killed, and stopped. */
  crashAt: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(1))),
  hangAt: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(1))),
  /** Network model of the simulated columns. */
  simNetwork: v.optional(v.picklist(SIM_NETWORKS)),
  /** Link conditions, of packet-level columns (`sim:packet-udp`); others are left out. */
  network: v.optional(networkSchema),
});

export type ScenarioFile = v.InferOutput<typeof scenarioFileSchema>;
