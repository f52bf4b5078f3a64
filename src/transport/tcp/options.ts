import { SkipnetError } from "../../core/errors.ts";
import {
  readDurationUs,
  readInteger,
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
export interface TcpOptions {
  readonly policy: TcpPolicy;
  /** Length of a probe round. A round is never shorter than the retransmission timeout measured. */
  readonly probeIntervalUs: number;
  /** Rounds without a sign of life until `suspect`. */
  readonly suspectMissed: number;
  /** Rounds without a sign of life until `down`. */
  readonly downMissed: number;
  /** Until a peer to which no connection can be made is `down`. Covers two lost SYNs (1 s + 2 s). */
  readonly connectTimeoutUs: number;
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
}

export const TCP_DEFAULTS: TcpOptions = {
  policy: "deadline",
  probeIntervalUs: 200_000,
  suspectMissed: 2,
  downMissed: 5,
  connectTimeoutUs: 3_000_000,
  verdictUs: 10_000_000,
  osVerdictUs: 924_000_000,
  verdictPerKiBUs: 10_000,
  queueBytes: 8 << 20,
  queueMessages: 4_096,
  connectionsMax: 1_024,
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

type NumberOption = Exclude<keyof TcpOptions, "policy">;

const RANGES: Readonly<Record<NumberOption, Range>> = {
  probeIntervalUs: [1_000, 60_000_000],
  suspectMissed: [1, 1_000],
  downMissed: [1, 1_000],
  connectTimeoutUs: [1_000, 600_000_000],
  verdictUs: [1_000, 86_400_000_000],
  osVerdictUs: [1_000, 86_400_000_000],
  verdictPerKiBUs: [0, 60_000_000],
  queueBytes: [1_024, 1 << 30],
  queueMessages: [1, 1 << 20],
  connectionsMax: [1, 1 << 20],
};

/** The defaults with these changes. Throws `E_OPTIONS` for a value out of range or a contradiction. */
export function tcpOptions(changes: Partial<TcpOptions> = {}): TcpOptions {
  const options = { ...TCP_DEFAULTS, ...changes };
  for (const [name, [least, most]] of Object.entries(RANGES)) {
    const value = options[name as keyof typeof RANGES];
    if (!Number.isSafeInteger(value) || value < least || value > most) {
      throw new SkipnetError("E_OPTIONS", `tcp: ${name} is ${value}, not in ${least}..${most}`);
    }
  }
  if (options.policy !== "deadline" && options.policy !== "os") {
    throw new SkipnetError("E_OPTIONS", `tcp: policy ${JSON.stringify(options.policy)}`);
  }
  if (options.downMissed < options.suspectMissed) {
    throw new SkipnetError(
      "E_OPTIONS",
      `tcp: down after ${options.downMissed} missed rounds comes before suspect after ${options.suspectMissed}`,
    );
  }
  return options;
}

const READERS = {
  probeInterval: readDurationUs,
  suspectMissed: readInteger(...RANGES.suspectMissed),
  downMissed: readInteger(...RANGES.downMissed),
  connectTimeout: readDurationUs,
  verdict: readDurationUs,
  osVerdict: readDurationUs,
  verdictPerKiB: readDurationUs,
  queueBytes: readSizeBytes,
  queueMessages: readInteger(...RANGES.queueMessages),
  connections: readInteger(...RANGES.connectionsMax),
} as const;

const FIELDS: Readonly<Record<keyof typeof READERS, NumberOption>> = {
  probeInterval: "probeIntervalUs",
  suspectMissed: "suspectMissed",
  downMissed: "downMissed",
  connectTimeout: "connectTimeoutUs",
  verdict: "verdictUs",
  osVerdict: "osVerdictUs",
  verdictPerKiB: "verdictPerKiBUs",
  queueBytes: "queueBytes",
  queueMessages: "queueMessages",
  connections: "connectionsMax",
};

/** `tcp`, `tcp:os`, `tcp:probeInterval=100ms,downMissed=8`. Throws `E_OPTIONS`. */
export function readTcpOptions(spec: TransportSpec): TcpOptions {
  const [policy = "deadline", ...more] = spec.words;
  if (more.length > 0 || (policy !== "deadline" && policy !== "os")) {
    throw new SkipnetError(
      "E_OPTIONS",
      `"${spec.text}": tcp has the policies deadline and os, and takes one`,
    );
  }
  const changes: { -readonly [K in NumberOption]?: number } = {};
  for (const [name, value] of Object.entries(readTransportOptions(spec, READERS))) {
    changes[FIELDS[name as keyof typeof READERS]] = value;
  }
  return tcpOptions({ ...changes, policy });
}
