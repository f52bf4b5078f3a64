import * as v from "valibot";
import { machineSchema } from "../results.ts";
import { amount, count, histogramText, readResultsFile, text } from "../results-file.ts";

/** The version of the transport benchmark's `results.json`. */
export const TRANSPORT_RESULTS_SCHEMA = 1;
/** Cells, trials and goals of one file: more is no file of ours. */
const ROWS_MAX = 5_000;

const rows = <S extends v.GenericSchema>(of: S) => v.pipe(v.array(of), v.maxLength(ROWS_MAX));

/** A figure over the runs. */
const spreadSchema = v.strictObject({
  median: v.number(),
  min: v.number(),
  max: v.number(),
});

const propertiesSchema = v.strictObject({
  order: text,
  duplicates: text,
  retries: text,
  acknowledgement: text,
  verdict: text,
  size: text,
  congestion: text,
  setup: text,
  encryption: text,
});

const contenderSchema = v.strictObject({
  role: v.picklist(["ours", "floor", "peer"]),
  properties: propertiesSchema,
});

export const PARTS = [
  "roundTrips",
  "oneWay",
  "bulk",
  "openLoop",
  "firstContact",
  "idlePeers",
  "verdicts",
  "watching",
  "ablation",
  "lossyAblation",
] as const;

const cellSchema = v.strictObject({
  part: v.picklist(PARTS),
  contender: text,
  bytes: count,
  /** Round trips open at once; 0: not round trips one after the other. */
  window: count,
  /** Open-loop: round trips begun a second; otherwise 0. */
  ratePerSecond: amount,
  runs: count,
  /** Round trips done, or messages received, a second. */
  perSecond: spreadSchema,
  megabytesPerSecond: spreadSchema,
  /** Microseconds by percentile, of round trips. */
  p50Us: v.optional(spreadSchema),
  p90Us: v.optional(spreadSchema),
  p99Us: v.optional(spreadSchema),
  p999Us: v.optional(spreadSchema),
  maxUs: v.optional(spreadSchema),
  /** Processor time of both processes for each round trip or message, microseconds. */
  cpuUs: spreadSchema,
  clientCpuUs: spreadSchema,
  serverCpuUs: spreadSchema,
  /** Of both processes, for each round trip or message, where the contender counts them. */
  datagramsPerMessage: v.optional(spreadSchema),
  bytesPerMessage: v.optional(spreadSchema),
  retransmits: count,
  /** Messages that a contender without reliability lost. */
  lost: count,
  /** Messages that a reliable contender never answered. */
  unanswered: count,
  /** Live peers that were suspected, or called down: false alarms. */
  suspects: count,
  falseDowns: count,
  /** Of all runs together, HdrHistogram V2, compressed, base64, in units of 10 ns. */
  histogram: v.optional(histogramText),
});

const latencySchema = v.strictObject({
  p50: v.nullable(amount),
  p99: v.nullable(amount),
  max: v.nullable(amount),
});

const verdictSchema = v.strictObject({
  contender: text,
  /** `kill`: SIGKILL. `stop`: SIGSTOP. */
  fault: v.picklist(["kill", "stop"]),
  /** `busy`: messages under way. `idle`: watched, nothing sent. */
  traffic: v.picklist(["busy", "idle"]),
  faults: count,
  watchers: count,
  /** Watchers that did not know in time. They count as longest: null. */
  missed: count,
  patienceMs: amount,
  /** From the fault until `down`. */
  fromFaultMs: latencySchema,
  /** From the first message sent after the fault; where none was needed, from the fault. */
  fromSendMs: latencySchema,
  /** From the end of a killed process, as its parent hears of it, until `down`; null: unknown, or stopped. */
  fromEndMs: latencySchema,
  /** From the fault until `suspect`, where the contender says so. */
  suspectMs: latencySchema,
});

const watchingSchema = v.strictObject({
  contender: text,
  seconds: amount,
  /** Of both sides together for one watched peer: what probes and their answers take. */
  bytesPerSecond: amount,
  /** The same with 28 B of IP and UDP headers for each datagram. */
  wireBytesPerSecond: amount,
  datagramsPerSecond: amount,
});

const idlePeersSchema = v.strictObject({
  contender: text,
  peers: count,
  /** What one idle peer takes of the process that it is connected to. */
  heapBytes: v.number(),
  rssBytes: v.number(),
});

const firstContactSchema = v.strictObject({
  contender: text,
  contacts: count,
  /** Those that were never answered. */
  failed: count,
  /** From wanting to talk to an address never spoken to until the first answer. */
  p50Us: amount,
  p99Us: amount,
  maxUs: amount,
});

/** Virtual time: requests of 1 KiB, 200 a second, round trip 50 ms, 5 % loss each way. */
const lossyPathSchema = v.strictObject({
  property: text,
  about: text,
  p50Ms: amount,
  p99Ms: amount,
  p999Ms: amount,
  /** Both ways, everything included. */
  datagramsPerRoundTrip: amount,
  /** From the IP header on. */
  bytesPerRoundTrip: amount,
  unanswered: count,
  /** From the other process's hang, requests going on, until it is called down: median of the seeds. */
  verdictMs: v.nullable(amount),
});

const goalSchema = v.strictObject({
  what: text,
  goal: text,
  measured: text,
  /** Null: not measured in this run. */
  met: v.nullable(v.boolean()),
});

const optionsSchema = v.strictObject({
  runs: count,
  cellMs: amount,
  ratePerSecond: amount,
  kills: count,
  stops: count,
  watchers: count,
  patienceMs: amount,
  idlePeers: count,
  contacts: count,
  transports: rows(text),
  parts: rows(v.picklist(PARTS)),
});

export const transportResultsSchema = v.strictObject({
  schema: v.literal(TRANSPORT_RESULTS_SCHEMA),
  kind: v.literal("transport"),
  interrupted: v.boolean(),
  machine: machineSchema,
  options: optionsSchema,
  contenders: v.record(text, contenderSchema),
  /** Contenders that did not load, or could not do something, and why. */
  skipped: rows(v.strictObject({ contender: text, why: text })),
  cells: rows(cellSchema),
  verdicts: rows(verdictSchema),
  watching: rows(watchingSchema),
  idlePeers: rows(idlePeersSchema),
  firstContacts: rows(firstContactSchema),
  lossyPaths: rows(lossyPathSchema),
  goals: rows(goalSchema),
});

export type Part = (typeof PARTS)[number];
export type Spread = v.InferOutput<typeof spreadSchema>;
export type CellResult = v.InferOutput<typeof cellSchema>;
export type VerdictResult = v.InferOutput<typeof verdictSchema>;
export type VerdictLatency = v.InferOutput<typeof latencySchema>;
export type WatchingResult = v.InferOutput<typeof watchingSchema>;
export type IdlePeersResult = v.InferOutput<typeof idlePeersSchema>;
export type FirstContactResult = v.InferOutput<typeof firstContactSchema>;
export type LossyPathResult = v.InferOutput<typeof lossyPathSchema>;
export type GoalResult = v.InferOutput<typeof goalSchema>;
export type TransportBenchOptions = v.InferOutput<typeof optionsSchema>;
export type TransportResults = v.InferOutput<typeof transportResultsSchema>;

/** Reads the text of a `results.json` of this benchmark. Throws `E_OPTIONS`, naming the field. */
export function parseTransportResults(json: string, source: string): TransportResults {
  return readResultsFile(transportResultsSchema, json, source, "a results file of this benchmark");
}
