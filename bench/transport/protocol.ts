import type { Properties, Role, WireCounters } from "./contender.ts";

/** What one measurement sends. */
export type Load =
  /** So many round trips open at once, for so long. */
  | { readonly kind: "roundTrips"; readonly window: number }
  /** As fast as the contender takes them, none answered. */
  | { readonly kind: "oneWay" }
  /** Round trips that begin when a schedule says, whatever became of those before. */
  | { readonly kind: "openLoop"; readonly ratePerSecond: number };

/** One measurement of one contender. */
export interface LoadOrder {
  readonly load: Load;
  readonly bytes: number;
  readonly durationMs: number;
  /** Number of the measurement: what belongs to another is not counted. */
  readonly cell: number;
}

/** What the sending side saw. */
export interface LoadReport {
  /** Round trips done, or messages handed over. */
  readonly messages: number;
  readonly elapsedMs: number;
  /** Of round trips, HdrHistogram V2 in units of 10 ns. */
  readonly histogram?: string | undefined;
  /** Repeated by the benchmark, since the contender loses. */
  readonly lost: number;
  /** Never answered, although the contender does not lose. */
  readonly unanswered: number;
  /** Open-loop: by how much the benchmark itself began too late, 99th percentile. */
  readonly lateP99Us: number;
}

/** Counters of one process. */
export interface Told {
  readonly cpuUs: number;
  readonly wire: WireCounters | undefined;
  /** Messages of the last cell that were counted, and when the first and the last of them came. */
  readonly counted: {
    readonly cell: number;
    readonly messages: number;
    readonly elapsedMs: number;
  };
  readonly suspects: number;
  readonly downs: number;
}

export interface FirstContacts {
  readonly histogram: string;
  readonly failed: number;
}

export interface Memory {
  readonly heapBytes: number;
  readonly rssBytes: number;
}

/** `busy`: messages are under way when the fault happens. `idle`: nothing is. The peer is watched in both. */
export type Traffic = "busy" | "idle";

/** One watcher's view of one fault; microseconds of the machine's clock since the fault. */
export interface WatcherVerdict {
  readonly suspectUs: number | undefined;
  readonly downUs: number | undefined;
  /** First message sent after the fault. */
  readonly firstSendUs: number | undefined;
}

/** What a process of the benchmark can be asked, and what it answers. */
export interface Asks {
  open: {
    ask: { readonly contender: string };
    answer: {
      readonly address: string;
      readonly role: Role;
      readonly properties: Properties;
      readonly reliable: boolean;
      readonly messageBytesMax: number;
      readonly tellsDown: boolean;
      readonly idlePeersMax: number;
    };
  };
  contact: { ask: { readonly address: string }; answer: null };
  load: { ask: LoadOrder; answer: LoadReport };
  tell: { ask: null; answer: Told };
  firstContacts: {
    ask: { readonly address: string; readonly count: number };
    answer: FirstContacts;
  };
  /** Opens so many ends, each in contact with the address; stops when the time is up. */
  crowd: {
    ask: { readonly address: string; readonly count: number; readonly budgetMs: number };
    answer: { readonly count: number };
  };
  memory: { ask: null; answer: Memory };
  watch: {
    ask: {
      readonly trial: number;
      readonly address: string;
      readonly watchers: number;
      readonly traffic: Traffic;
    };
    answer: null;
  };
  /** Counters of the ends that watch, all trials together. */
  watchCost: { ask: null; answer: { readonly wire: WireCounters | undefined } };
  /** The fault of this trial happened then: answers when all watchers know, or patience is over. */
  fault: {
    ask: { readonly trial: number; readonly atUs: number; readonly patienceMs: number };
    answer: { readonly verdicts: readonly WatcherVerdict[] };
  };
  exit: { ask: null; answer: null };
}

export type AskName = keyof Asks;

/** To a process. */
export interface Question {
  readonly id: number;
  readonly name: AskName;
  readonly ask: unknown;
}

/** From a process. */
export type Reply =
  | { readonly id: number; readonly answer: unknown }
  | { readonly id: number; readonly code: string; readonly detail: string };
