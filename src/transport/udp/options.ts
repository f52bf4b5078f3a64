import { SkipnetError } from "../../core/errors.ts";
import { DETECTOR_READERS, type DetectorOptions } from "../detector/options.ts";
import {
  type OptionReader,
  readDurationUs,
  readInteger,
  readNumber,
  readSizeBytes,
  readTransportOptions,
  readWord,
  type TransportSpec,
} from "../options.ts";
import { checkUdpOptions } from "./options-check.ts";
import { UDP_PRESETS, type UdpPreset } from "./presets.ts";

/**
 * Every constant of the reliable UDP protocol. Durations are microseconds, sizes bytes; on the
 * command line they carry units and the names lose them: `udp:lan,ackDelay=5ms,datagram=1200B`.
 */
export interface UdpOptions extends DetectorOptions {
  readonly preset: UdpPreset;
  /**
   * UDP payload of a full datagram. Larger: fewer system calls for bulk; above the path's MTU less 28
   * every datagram travels as IP fragments and is lost if one of them is. 1,200 passes everywhere.
   */
  readonly datagramBytes: number;
  /**
   * Longest that an acknowledgement waits for something to travel with. Larger: fewer datagrams;
   * every RTO grows by it, and so does the time until a lone message is reported delivered.
   */
  readonly ackDelayUs: number;
  /** Acknowledge at once after so many unacknowledged packets. At most 32, half the bitmap, so that each packet is named twice. */
  readonly ackEvery: number;
  /** RTO to a peer never heard, within floor and ceiling. Too small: first messages are sent twice; too large: one lost first datagram costs this much. */
  readonly initialRtoUs: number;
  /**
   * A peer never heard is not *down* for its silence before so long: nobody knows its round trip yet.
   * Three of the longest that must be joined over, so that two losses are borne (RFC 6298 begins with
   * 1 s). Larger: a dead seed or stale contact is known as late; before that it is suspect.
   */
  readonly firstSilenceUs: number;
  /** Floor of `RTO = SRTT + max(4 RTTVAR, SRTT / 8) + ackDelay`. Smaller: faster repair of a lost tail; duplicates when the peer's process is slow to run. */
  readonly minRtoUs: number;
  /** Ceiling of the RTO, backoff included. */
  readonly maxRtoUs: number;
  /**
   * The RTO is multiplied by this for each unanswered round, until the peer is suspect; from then on
   * probes go out every RTO. 1: fastest verdict, most traffic into a black hole.
   */
  readonly backoff: number;
  /**
   * A packet is lost once one sent later was acknowledged and it is older than SRTT and this. Larger:
   * every repair waits so long; smaller: duplicates where packets overtake each other, until that
   * is seen and the window grows by itself, up to another SRTT.
   */
  readonly reorderWindowUs: number;
  /**
   * Bytes that may be sent again for each byte acknowledged, beyond a first `windowInitial`. Loss `p`
   * needs `p / (1 - p)`: 0.25 at 20 %, 1 at 50 %. Smaller: less load on a path that is breaking down;
   * larger: repair goes on at losses at which little gets through anyway. Probes are free.
   */
  readonly retryShare: number;
  /**
   * A peer that owes an answer for so long, and for longer than usual, is doubted: its host is asked
   * whether anybody listens. Smaller: a dead process on a live host is known sooner; more asking.
   */
  readonly doubtUs: number;
  /**
   * So many other peers are asked about a suspect one, each time: when it is suspected, and in every half of
   * `minSilence` (or of `minSilenceRtts`) until it answers or is down. 0: nobody. Each question costs about 300 bytes
   * on the network with all that follows from it. More: fewer live peers are called down over one bad path; less to send where many die.
   */
  readonly indirectProbes: number;
  /**
   * A peer that would be down for its silence is not, while others hear it, for so long at most. Longer: fewer
   * wrong verdicts over a bad path; where there is no path at all, the verdict takes this much longer. A peer that dies
   * meanwhile is found after twice `minSilence`.
   */
  readonly vouchHoldUs: number;
  /** Questions about peers of ours that we take from others, a second; of each, a quarter. 0: none. */
  readonly errandsPerSecond: number;
  /**
   * A peer called down for its silence is tried anew by the first send or watch after so long; until then
   * sends to it are refused at once. Larger: fewer packets to the dead; smaller: who was cut off is found again sooner.
   */
  readonly retryDownUs: number;
  /**
   * A watched peer that was silent so long is probed. Detection takes half of it on average and all
   * of it at worst, plus the verdict; a probe and its answer cost about 120 bytes together.
   */
  readonly probeIntervalUs: number;
  /**
   * Every token has its verdict so long after `send`, come what may: `unknown` (`deadline`) if the
   * message was on the network, else `refused`. Smaller than the time to `down`, it gives up on
   * live but lossy paths.
   */
  readonly messageDeadlineUs: number;
  /** Added to the deadline for each KiB beyond the first datagram. */
  readonly deadlinePerKiBUs: number;
  /**
   * `normal`: takes what the path has, keeps queues empty while alone, and takes the share of a TCP flow
   * beside one. `background`: leaves the path to everybody else who wants it (LEDBAT). For all messages of a
   * transport; a program that has both opens two.
   */
  readonly traffic: "normal" | "background";
  /**
   * `none`: each message is handed over when it is here. `peer`: in the order of sending, to each peer;
   * one that is lost holds up those behind it for a round trip at least, and small messages no
   * longer overtake large ones. Said by the sender, for all messages of a transport; a receiver needs no option.
   */
  readonly order: "none" | "peer";
  /** What `background` traffic adds to the round trip at most. Larger: fuller use of a path of its own; smaller: yields sooner. */
  readonly backgroundDelayUs: number;
  /**
   * Bytes in flight to a peer at first, and the least while nothing is known of the path. Larger: a
   * burst to a new peer needs fewer round trips; smaller: less is dropped where a queue is short.
   */
  readonly windowInitialBytes: number;
  /** Bytes in flight to a peer at most. At least rate times round trip: 312 KiB for 50 Mbit/s at 50 ms. */
  readonly windowMaxBytes: number;
  /** Bytes in flight to all peers that are not suspect, at most; a quarter of it at first. */
  readonly sharedWindowBytes: number;
  /** The shared window shrinks when a larger share of its bytes is lost: our own link overflows. Above what one path may lose by chance. */
  readonly sharedLoss: number;
  /**
   * Quantum of pacing: a peer's datagrams leave at its rate to within this. Paths with shorter round
   * trips are not paced at all. Larger: fewer timers, longer bursts.
   */
  readonly paceUs: number;
  /** Datagrams of the whole port in one quantum, at most: bounds the burst of a send to very many peers, and of their answers. */
  readonly paceDatagrams: number;
  /**
   * Messages from the oldest unsettled to the newest sent, at most: the span in which the receiver
   * recognizes duplicates. A receiver spends one byte each.
   */
  readonly messageWindow: number;
  /** Unsettled messages to one peer, queued ones included; more is `full`, half of it is `slow`. */
  readonly queueMessages: number;
  /** Their bytes, likewise. Must hold one message of the largest size. */
  readonly queueBytes: number;
  /** Bytes of unsettled messages of the whole port; more is `full`. */
  readonly nodeQueueBytes: number;
  /** Bytes of unfinished messages from one peer. More are declined. */
  readonly reassemblyPeerBytes: number;
  /** Bytes of unfinished messages from all peers. More are declined. */
  readonly reassemblyNodeBytes: number;
  /** An unfinished message without a new fragment for so long is dropped and declined. */
  readonly reassemblyTimeoutUs: number;
  /** Messages received and not yet taken by the handler. More are declined. */
  readonly inboxMessages: number;
  /** Their bytes, likewise. Peers are told to wait before it is full. Must hold four of the largest messages. */
  readonly inboxBytes: number;
  /** Sessions of a port. The longest silent that nobody asked for makes room for a new one. */
  readonly sessionsMax: number;
  /** Sessions that strangers opened and have not confirmed. */
  readonly halfOpenMax: number;
  /**
   * Strangers that enter with their first datagram, a second; more are asked to prove their address
   * first, which costs them a round trip and us no memory.
   */
  readonly hellosPerSecond: number;
  /** The same for one network prefix: `/24`, or `/48` of IPv6. */
  readonly hellosPerPrefix: number;
  /** Resets sent per second at most, to all together. */
  readonly resetsPerSecond: number;
  /** A timer later than this was held up by our own process: pending input is read before anything is judged. */
  readonly lateUs: number;
  /** How many times the farewell of `close` is sent. */
  readonly closeCopies: number;
  /** Receive buffer asked of the kernel; by default it would hold only some 256 small datagrams. */
  readonly receiveBufferBytes: number;
  /** The round trip that `bounds()` assumes. */
  readonly pathRttUs: number;
}

const duration = readDurationUs;
const size = readSizeBytes;

/** How each option is written and read; the second entry is the field that it sets. */
const READERS = {
  preset: readWord(Object.keys(UDP_PRESETS) as UdpPreset[]),
  datagram: size,
  ackDelay: duration,
  ackEvery: readInteger(1, 32),
  initialRto: duration,
  firstSilence: duration,
  minRto: duration,
  maxRto: duration,
  backoff: readNumber(1, 4),
  reorderWindow: duration,
  retryShare: readNumber(0.01, 100),
  ...DETECTOR_READERS,
  doubt: duration,
  indirectProbes: readInteger(0, 16),
  vouchHold: duration,
  errandsPerSecond: readInteger(0, 1_000_000),
  retryDown: duration,
  probeInterval: duration,
  messageDeadline: duration,
  deadlinePerKiB: duration,
  traffic: readWord(["normal", "background"]),
  order: readWord(["none", "peer"]),
  backgroundDelay: duration,
  windowInitial: size,
  windowMax: size,
  sharedWindow: size,
  sharedLoss: readNumber(0.01, 0.9),
  pace: duration,
  paceDatagrams: readInteger(1, 100_000),
  messageWindow: readInteger(1, 32_768),
  queueMessages: readInteger(1, 1_000_000),
  queueBytes: size,
  nodeQueueBytes: size,
  reassemblyPeer: size,
  reassemblyNode: size,
  reassemblyTimeout: duration,
  inboxMessages: readInteger(1, 1_000_000),
  inboxBytes: size,
  sessionsMax: readInteger(2, 1_000_000),
  halfOpenMax: readInteger(1, 1_000_000),
  hellosPerSecond: readInteger(0, 1_000_000),
  hellosPerPrefix: readInteger(0, 1_000_000),
  resetsPerSecond: readInteger(0, 1_000_000),
  late: duration,
  closeCopies: readInteger(0, 10),
  receiveBuffer: size,
  pathRtt: duration,
} as const satisfies Record<string, OptionReader<unknown>>;

const BYTE_OPTIONS: readonly string[] = [
  "datagram",
  "windowInitial",
  "windowMax",
  "sharedWindow",
  "reassemblyPeer",
  "reassemblyNode",
  "receiveBuffer",
];

/** The field of `UdpOptions` that an option of the command line sets. */
function fieldOf(name: keyof typeof READERS): string {
  if (BYTE_OPTIONS.includes(name)) return `${name}Bytes`;
  return (READERS[name] as OptionReader<unknown>) === duration ? `${name}Us` : name;
}

/** The presets, with what is changed. Throws `E_OPTIONS` where options contradict each other. */
export function udpOptions(changes: Partial<UdpOptions> = {}): UdpOptions {
  const options: UdpOptions = { ...UDP_PRESETS[changes.preset ?? "lan"], ...changes };
  checkUdpOptions(options);
  return options;
}

/** The options that a description such as `udp:lan,retries=2` names. Throws `E_OPTIONS`. */
export function udpOptionsFrom(spec: TransportSpec, preset: UdpPreset = "lan"): UdpOptions {
  const values = readTransportOptions(spec, READERS);
  const [word, ...more] = spec.words;
  if (more.length > 0 || (word !== undefined && values.preset !== undefined)) {
    throw new SkipnetError("E_OPTIONS", `"${spec.text}" names more than one preset`);
  }
  const chosen = values.preset ?? (word === undefined ? preset : READERS.preset(word));
  const changes: Record<string, unknown> = { preset: chosen };
  for (const [name, value] of Object.entries(values)) {
    changes[fieldOf(name as keyof typeof READERS)] = value;
  }
  return udpOptions(changes);
}
