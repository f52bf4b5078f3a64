import * as v from "valibot";
import { detectionSchema, qualitySchema, repairSchema } from "./detector-results.ts";
import { calledDownSchema, packetsSchema } from "./network-results.ts";
import { amount, count, histogramText, readResultsFile, text } from "./results-file.ts";

/** The version of `results.json` that this program writes and reads. */
export const RESULTS_SCHEMA = 1;
/** Transports of one results file; more cannot be told apart in a table or a plot. */
export const TRANSPORTS_MAX = 32;
const TYPES_MAX = 256;
/** Points of a time line: an hour in seconds. */
export const TIMELINE_POINTS_MAX = 3_600;

const counts = v.pipe(
  v.record(text, count),
  v.check((entries) => Object.keys(entries).length <= TYPES_MAX, "too many keys"),
);

const latencySchema = v.strictObject({
  p50: amount,
  p90: amount,
  p99: amount,
  p999: amount,
  max: amount,
  mean: amount,
});

const operationSchema = v.strictObject({
  /** Started by the schedule, whatever became of them. */
  count,
  failed: count,
  uncertain: count,
  /** Still open when every deadline had passed. */
  pendingAtEnd: count,
  /** Of those done, from the intended start. None done: null. */
  latencyMs: v.nullable(latencySchema),
  /** Of those that failed or ended uncertain: how long it took to say so. */
  failureMs: v.nullable(latencySchema),
  /** Latencies of those done, microseconds, HdrHistogram V2 compressed, base64. */
  histogram: histogramText,
  /** The same of those that failed or ended uncertain. */
  failureHistogram: histogramText,
  /** Latencies longer than the histogram holds. */
  overflow: v.optional(count, 0),
});

const sizeSchema = { count, bytes: count };

/** Messages as encoded, before compression and without the transport's own bytes. */
const sizesSchema = v.strictObject({
  /** Requests on numeric routes and their answers, by the naming message inside; without the user's value. */
  routed: v.pipe(
    v.record(text, v.strictObject(sizeSchema)),
    v.check((entries) => Object.keys(entries).length <= TYPES_MAX, "too many message types"),
  ),
  /** `contacts`: of all replies together. */
  leafReplies: v.strictObject({ ...sizeSchema, contacts: count }),
  all: v.strictObject({ ...sizeSchema, inOneDatagram: count }),
});

const wireSchema = v.strictObject({
  messages: count,
  /** Everything handed to the network during the load: headers, acknowledgements, retransmissions, probes. */
  bytes: count,
  datagrams: v.optional(count),
  retransmits: v.optional(count),
  /** Copies that receivers dropped. */
  duplicates: v.optional(count),
  /** Peers that proved to live after they were called down, as the transports counted: false alarms. */
  revived: v.optional(count),
  probeBytes: v.optional(count),
  heldUpMs: v.optional(v.strictObject({ p50: amount, p99: amount })),
  /** Encoded messages before and after compression, without the transport's own bytes. */
  rawBytes: count,
  compressedBytes: count,
  compressedMessages: count,
  byType: v.pipe(
    v.record(text, v.strictObject({ count, bytes: count })),
    v.check((entries) => Object.keys(entries).length <= TYPES_MAX, "too many message types"),
  ),
  sizes: v.optional(sizesSchema),
});

const timelineSchema = v.strictObject({
  intervalMs: v.pipe(amount, v.minValue(1)),
  /** By the second of their end. */
  done: v.pipe(v.array(count), v.maxLength(TIMELINE_POINTS_MAX)),
  /** Failed or uncertain, by the second of their end. */
  failed: v.pipe(v.array(count), v.maxLength(TIMELINE_POINTS_MAX)),
  /** Latency of the operations that began in the interval and were done; null: none. */
  p50Ms: v.pipe(v.array(v.nullable(amount)), v.maxLength(TIMELINE_POINTS_MAX)),
  maxMs: v.pipe(v.array(v.nullable(amount)), v.maxLength(TIMELINE_POINTS_MAX)),
});

const faultSchema = v.strictObject({
  kind: v.picklist(["crash", "hang"]),
  node: text,
  atMs: amount,
});

/** How well the harness itself kept up. */
const harnessSchema = v.strictObject({
  /** Longest time that a load process's event loop did not turn. */
  loopLagMaxMs: amount,
  loopLagP99Ms: amount,
  /** Between the intended start of an operation and its real one. */
  lateMaxMs: amount,
  lateP99Ms: amount,
  /** Operations that the schedule asked for and the limit of open operations forbade. */
  overflow: count,
});

const readBackSchema = v.strictObject({
  names: count,
  /** Names whose read-back ended neither in a value nor in a definite answer. */
  unread: count,
  elapsedMs: amount,
});

export const transportSchema = v.strictObject({
  /** What moved the messages: `loopback`, or the name of the simulator's network model. */
  network: text,
  kind: v.picklist(["live", "simulated"]),
  nodes: count,
  clients: count,
  /** Why this column cannot be trusted; empty: it can. */
  invalid: v.pipe(v.array(text), v.maxLength(50)),
  /** Ended early by the user: what was measured until then. */
  interrupted: v.boolean(),
  /** Of the load, without start and read-back. */
  elapsedMs: amount,
  /** From the first process or member until all are members of the overlay. */
  startMs: amount,
  operations: v.record(text, operationSchema),
  lostWrites: count,
  doubledWrites: count,
  readBack: v.optional(readBackSchema),
  retries: counts,
  /** Means over operations done; the parts sum to the mean latency of those followed. */
  whereTimeWent: v.strictObject({
    queueMs: amount,
    loopMs: amount,
    wireMs: amount,
    retransmitMs: amount,
    handlerMs: amount,
  }),
  /** Operations whose way could be followed to the end: of these are the means above. */
  tracedOperations: count,
  wire: wireSchema,
  detection: v.strictObject({
    crash: v.optional(detectionSchema),
    hang: v.optional(detectionSchema),
  }),
  /** The failure detector, judged by its suspicions and by its verdicts. */
  detectorQuality: v.optional(v.strictObject({ suspect: qualitySchema, down: qualitySchema })),
  /** `p50` and `max`: the worse of the two faults. */
  repairMs: v.strictObject({
    p50: v.nullable(amount),
    max: v.nullable(amount),
    crash: v.optional(repairSchema),
    hang: v.optional(repairSchema),
  }),
  calledDown: v.optional(calledDownSchema),
  packets: v.optional(packetsSchema),
  /** Simulated: a hash over all events of the run, in order. */
  eventHash: v.optional(text),
  serviceGapMs: v.nullable(amount),
  firstContactMs: v.strictObject({
    first: v.nullable(latencySchema),
    later: v.nullable(latencySchema),
  }),
  hops: v.strictObject({ mean: amount, max: count }),
  /** Processor time of all node processes during the load. Simulated: of the whole run. */
  cpuMs: amount,
  errors: counts,
  faults: v.pipe(v.array(faultSchema), v.maxLength(64)),
  timeline: timelineSchema,
  harness: harnessSchema,
});

export const machineSchema = v.strictObject({
  when: text,
  skipnet: text,
  commit: v.optional(text),
  dirty: v.optional(v.boolean()),
  node: text,
  v8: text,
  os: text,
  arch: text,
  cpu: text,
  cores: count,
  memoryBytes: count,
  loadAverage: amount,
});

const scenarioSchema = v.strictObject({
  name: text,
  seed: text,
  nodes: count,
  clients: count,
  /** Load before the measured one, not counted. */
  warmUpMs: v.optional(amount, 0),
  durationMs: amount,
  workload: v.picklist(["naming", "routing", "echo"]),
  /** Operations a second, all clients together. */
  rate: amount,
  names: text,
  namesCount: count,
  valueSizeBytes: count,
  faults: v.pipe(v.array(v.picklist(["crash", "hang"])), v.maxLength(2)),
  compression: v.picklist(["auto", "off", "fflate", "zlib"]),
  deadlineMs: amount,
  transports: v.pipe(v.array(text), v.maxLength(TRANSPORTS_MAX)),
});

export const resultsSchema = v.strictObject({
  schema: v.literal(RESULTS_SCHEMA),
  valid: v.boolean(),
  scenario: scenarioSchema,
  machine: machineSchema,
  transports: v.pipe(
    v.record(text, transportSchema),
    v.check((all) => Object.keys(all).length <= TRANSPORTS_MAX, "too many transports"),
  ),
  /** Transports asked for and not run, and why. */
  leftOut: v.optional(
    v.pipe(
      v.record(text, text),
      v.check((all) => Object.keys(all).length <= TRANSPORTS_MAX, "too many transports"),
    ),
    {},
  ),
});

export type LatencySummary = v.InferOutput<typeof latencySchema>;
export type OperationResult = v.InferOutput<typeof operationSchema>;
export type PacketsResult = NonNullable<v.InferOutput<typeof transportSchema>["packets"]>;
export type DetectionResult = v.InferOutput<typeof detectionSchema>;
export type DetectorQuality = v.InferOutput<typeof qualitySchema>;
export type RepairResult = v.InferOutput<typeof repairSchema>;
export type WireResult = v.InferOutput<typeof wireSchema>;
export type SizesResult = v.InferOutput<typeof sizesSchema>;
export type Timeline = v.InferOutput<typeof timelineSchema>;
export type FaultRecord = v.InferOutput<typeof faultSchema>;
export type FaultKind = FaultRecord["kind"];
/** One column of the report. */
export type TransportResult = v.InferOutput<typeof transportSchema>;
export type MachineResult = v.InferOutput<typeof machineSchema>;
export type ScenarioResult = v.InferOutput<typeof scenarioSchema>;
/** The whole of `results.json`. */
export type Results = v.InferOutput<typeof resultsSchema>;
export type WhereTimeWent = TransportResult["whereTimeWent"];

/**
 * Reads the text of a `results.json`. Throws `E_OPTIONS`, naming the field, where it is not one:
 * such files come from the command line.
 */
export function parseResults(json: string, source: string): Results {
  return readResultsFile(resultsSchema, json, source, `a results file of schema ${RESULTS_SCHEMA}`);
}
