import { SkipnetError } from "../../core/errors.ts";
import {
  checkDetectorOptions,
  DETECTOR_READERS,
  type DetectorOptions,
} from "../detector/options.ts";
import {
  readDurationUs,
  readInteger,
  readNumber,
  readSizeBytes,
  readTransportOptions,
  type TransportSpec,
} from "../options.ts";

/**
 * Who decides that a peer is dead. `os`: the kernel alone, so that a stopped process is never
 * noticed, because its kernel goes on acknowledging (Jones & Dunagan 2004 chose this).
 * `deadline`: this transport, by probes of its own that the peer's program must answer.
 */
export type TcpPolicy = "deadline" | "os";

/** Everything that can be set. Times in microseconds; `TCP_DEFAULTS` and `RANGES` say which. */
export interface TcpOptions extends DetectorOptions {
  readonly policy: TcpPolicy;
  /**
   * A watched peer that was silent so long is probed. Detection takes half of it on average and all
   * of it at worst, plus the verdict; a probe and its answer are 9 bytes each, in segments of their own.
   */
  readonly probeIntervalUs: number;
  /**
   * Floor of a round: round trip, `SRTT + 4 RTTVAR`, and another round trip for a connection to be
   * made. Smaller: earlier suspicion, and more asking anew of programs that are only slow to run.
   */
  readonly minRoundUs: number;
  /** Ceiling of a round, growth included. */
  readonly maxRoundUs: number;
  /** Each unanswered round is so many times as long as the one before. 1: fastest verdict, most connections to a peer that is gone. */
  readonly roundGrowth: number;
  /** Until a peer to which no connection can be made is `down`. Covers two lost SYNs (1 s + 2 s). */
  readonly connectTimeoutUs: number;
  /**
   * A send or a first watch so long after `down` for silence is a new attempt to reach the peer. Smaller:
   * found again sooner; more dials to peers that are gone, which senders wait for.
   */
  readonly retryDownUs: number;
  /** `deadline`: every message has its verdict by then, however slow its peer reads. */
  readonly verdictUs: number;
  /** `os`: the same. Default 924 s: what Linux takes to give up (`tcp_retries2` = 15). */
  readonly osVerdictUs: number;
  /** Added to either for each KiB of the message: 10 ms is a rate of 100 KiB/s. */
  readonly verdictPerKiBUs: number;
  /** Bytes that may wait for or be on the way to one peer; more is `full`. */
  readonly queueBytes: number;
  /** Messages that may wait for or be on the way to one peer; more is `full`. */
  readonly queueMessages: number;
  /** Open connections; when there are more, the one that was idle longest is closed. */
  readonly connectionsMax: number;
  /** The round trip that `bounds()` assumes. */
  readonly pathRttUs: number;
}

export const TCP_DEFAULTS: TcpOptions = {
  policy: "deadline",
  retries: "auto",
  lossFloor: 0.01,
  lossCeiling: 0.25,
  phiSuspect: 2,
  phiDown: 6,
  minSilenceUs: 300_000,
  minSilenceRtts: 3,
  lateFactor: 4,
  lateMemoryUs: 4_000_000,
  lateSilenceUs: 10_000_000,
  burstMaxUs: 1_500_000,
  outageHoldUs: 2_000_000,
  probeIntervalUs: 750_000,
  minRoundUs: 100_000,
  maxRoundUs: 1_000_000,
  roundGrowth: 1.1,
  connectTimeoutUs: 3_000_000,
  retryDownUs: 1_000_000,
  verdictUs: 10_000_000,
  osVerdictUs: 924_000_000,
  verdictPerKiBUs: 10_000,
  queueBytes: 8 << 20,
  queueMessages: 4_096,
  connectionsMax: 1_024,
  pathRttUs: 20_000,
};

/** All queues of a transport together, in bytes; more is `full`. */
export const TOTAL_QUEUE_BYTES_MAX = 256 << 20;
/** An accepted connection must introduce itself within this time. */
export const HELLO_TIMEOUT_US = 3_000_000;
/** Accepted connections that have not introduced themselves; more are closed at once. */
export const STRANGERS_MAX = 256;
/** Handed to the socket and not yet taken by the kernel: what is beyond waits in our own queue. */
export const SOCKET_BYTES_MAX = 256 << 10;
/** With more than this in the socket no answers are added: the peer does not read. */
export const ANSWER_BYTES_MAX = 4 << 20;
/** Answers waiting for a peer that does not read them; more ends the connection. */
export const CONTROL_BYTES_MAX = 64 << 10;
/** First pause before dialling again, doubled up to the second, jittered. */
export const REDIAL_FIRST_US = 20_000;
export const REDIAL_MAX_US = 1_000_000;
/** After losing a simultaneous open: how long to wait for the winner's connection. */
export const YIELD_WAIT_US = 250_000;
/** A closed connection has this long to take the last bytes. */
export const LINGER_US = 500_000;
/** Peers remembered to resume a lost connection; the one idle longest is forgotten. */
export const IDLE_LINKS_MAX = 4_096;
/** Peers that only the network named, remembered after their last message. */
export const PASSING_PEERS_MAX = 8_192;

type Range = readonly [least: number, most: number];

type NumberOption = Exclude<keyof TcpOptions, "policy" | "retries">;

const RANGES: Readonly<Record<NumberOption, Range>> = {
  probeIntervalUs: [1_000, 60_000_000],
  minRoundUs: [1_000, 60_000_000],
  maxRoundUs: [1_000, 60_000_000],
  roundGrowth: [1, 4],
  lossFloor: [0.0001, 0.5],
  lossCeiling: [0.0001, 0.5],
  phiSuspect: [0.1, 20],
  phiDown: [0.1, 20],
  minSilenceUs: [0, 600_000_000],
  minSilenceRtts: [0, 100],
  lateFactor: [0, 100],
  lateMemoryUs: [1, 600_000_000],
  lateSilenceUs: [0, 600_000_000],
  burstMaxUs: [0, 600_000_000],
  outageHoldUs: [0, 600_000_000],
  connectTimeoutUs: [1_000, 600_000_000],
  retryDownUs: [0, 86_400_000_000],
  verdictUs: [1_000, 86_400_000_000],
  osVerdictUs: [1_000, 86_400_000_000],
  verdictPerKiBUs: [0, 60_000_000],
  queueBytes: [1_024, 1 << 30],
  queueMessages: [1, 1 << 20],
  connectionsMax: [1, 1 << 20],
  pathRttUs: [0, 60_000_000],
};

/** Those that are no whole numbers. */
const SHARES: ReadonlySet<string> = new Set([
  "roundGrowth",
  "lossFloor",
  "lossCeiling",
  "phiSuspect",
  "phiDown",
  "minSilenceRtts",
  "lateFactor",
]);

/** The defaults with these changes. Throws `E_OPTIONS` for a value out of range or a contradiction. */
export function tcpOptions(changes: Partial<TcpOptions> = {}): TcpOptions {
  const options = { ...TCP_DEFAULTS, ...changes };
  for (const [name, [least, most]] of Object.entries(RANGES)) {
    const value = options[name as keyof typeof RANGES];
    const isNumber = SHARES.has(name) || Number.isSafeInteger(value);
    if (!isNumber || !(value >= least && value <= most)) {
      throw new SkipnetError("E_OPTIONS", `tcp: ${name} is ${value}, not in ${least}..${most}`);
    }
  }
  if (options.policy !== "deadline" && options.policy !== "os") {
    throw new SkipnetError("E_OPTIONS", `tcp: policy ${JSON.stringify(options.policy)}`);
  }
  const demand = (holds: boolean, what: string): void => {
    if (!holds) throw new SkipnetError("E_OPTIONS", `tcp: ${what}`);
  };
  checkDetectorOptions(options, demand);
  demand(options.minRoundUs <= options.maxRoundUs, "minRound is above maxRound");
  demand(
    options.probeIntervalUs >= options.minRoundUs,
    "probeInterval is below minRound: probes would overlap",
  );
  return options;
}

const READERS = {
  ...DETECTOR_READERS,
  probeInterval: readDurationUs,
  minRound: readDurationUs,
  maxRound: readDurationUs,
  roundGrowth: readNumber(...RANGES.roundGrowth),
  connectTimeout: readDurationUs,
  retryDown: readDurationUs,
  verdict: readDurationUs,
  osVerdict: readDurationUs,
  verdictPerKiB: readDurationUs,
  queueBytes: readSizeBytes,
  queueMessages: readInteger(...RANGES.queueMessages),
  connections: readInteger(...RANGES.connectionsMax),
  pathRtt: readDurationUs,
} as const;

/** The field of `TcpOptions` that an option of the command line sets. */
function fieldOf(name: keyof typeof READERS): string {
  if (name === "connections") return "connectionsMax";
  return (READERS[name] as unknown) === readDurationUs ? `${name}Us` : name;
}

/** `tcp`, `tcp:os`, `tcp:probeInterval=100ms,downMissed=8`. Throws `E_OPTIONS`. */
export function readTcpOptions(spec: TransportSpec): TcpOptions {
  const [policy = "deadline", ...more] = spec.words;
  if (more.length > 0 || (policy !== "deadline" && policy !== "os")) {
    throw new SkipnetError(
      "E_OPTIONS",
      `"${spec.text}": tcp has the policies deadline and os, and takes one`,
    );
  }
  const changes: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(readTransportOptions(spec, READERS))) {
    changes[fieldOf(name as keyof typeof READERS)] = value;
  }
  return tcpOptions({ ...changes, policy });
}
