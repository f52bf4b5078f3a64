import type { Address, Endpoint } from "../core/address.ts";
import type { Brand } from "../core/brand.ts";
import type { Message } from "../wire/message.ts";

/** One local endpoint, a small number: live, one a member; in the simulator, any number. */
export type Port = Brand<number, "Port">;
/** One remote endpoint, address and incarnation; valid in the transport that gave it. */
export type Peer = Brand<number, "Peer">;

/** Why a message was refused: it was certainly not acted upon. */
export type RefusedReason =
  | "queueFull"
  | "tooLarge"
  | "invalid"
  | "declined"
  | "closed"
  | "neverSent"
  /** The peer was already known to be down, or another incarnation answered before anything was sent. */
  | "peerDown";

/** Why it is not known whether a message was acted upon. */
export type UnknownReason = "silent" | "restarted" | "reset" | "closed" | "deadline";

/**
 * What became of a send. `delivered`: decoded, validated and queued for a handler in the peer's
 * process. `refused`: certainly not acted upon. `unknown`: it may or may not have been.
 */
export type Verdict =
  | { readonly outcome: "delivered" }
  | { readonly outcome: "refused"; readonly reason: RefusedReason }
  | { readonly outcome: "unknown"; readonly reason: UnknownReason };

export const DELIVERED: Verdict = { outcome: "delivered" };
export const refused = (reason: RefusedReason): Verdict => ({ outcome: "refused", reason });
export const unknown = (reason: UnknownReason): Verdict => ({ outcome: "unknown", reason });

/**
 * `down` ends everything under way: all that was sent has its verdict, and nothing late undoes it. Called
 * so for its silence (`silent`, `refused`), a peer that proves to live by an exchange begun after that is
 * `up` again, and was a false alarm. For other reasons it is the end of that incarnation.
 */
export type PeerState = "up" | "suspect" | "down";
export type PeerReason =
  | "heard"
  | "silent"
  | "refused"
  | "restarted"
  | "reset"
  | "closed"
  | "conflict";

/** `sent`: taken. `slow`: taken, but wait for `onDrain`. `full`: refused, nothing happened. */
export type SendResult = "sent" | "slow" | "full";

/** A token asks for a verdict; any positive integer below 2^31, meaningful to the sender alone. */
export type Token = Brand<number, "Token">;
/** No verdict wanted. */
export const NO_TOKEN = 0 as Token;
/**
 * Hand the message back by `onReturn` if it was not certainly delivered: at the latest when the
 * peer is suspected. Costs nothing when all is well, so that a forwarding hop keeps no state.
 */
export const RETURN_TO_SENDER = -1 as Token;

/** What the transport knows of a peer right now. Times in microseconds. */
export interface PeerHealth {
  readonly state: PeerState;
  readonly srttUs: number | undefined;
  readonly rttVarUs: number | undefined;
  readonly rtoUs: number;
  /** Smoothed share of transmissions that went unanswered, 0 to 1. */
  readonly loss: number;
  readonly inFlight: number;
  readonly queued: number;
  readonly lastHeardUs: number | undefined;
  /** The round trip that network coordinates foretell, where the transport has them and both ends know theirs. */
  readonly foretoldRttUs?: number | undefined;
}

/** One line of arithmetic behind a bound, for `skipnet timeouts`. */
export interface BoundStep {
  readonly what: string;
  readonly us: number;
}

/**
 * Worst cases, counted from `send`, queueing included, on a path whose round trip is at most
 * `rttUs`. `Infinity` where there is none.
 */
export interface TransportBounds {
  readonly rttUs: number;
  /** Until every token has its verdict. */
  readonly verdictUs: number;
  /** Added per KiB of message beyond the first datagram or segment. */
  readonly verdictPerKiBUs: number;
  /** From silence of a watched peer until `suspect`. */
  readonly suspectUs: number;
  /** From silence of a watched peer until `down`. */
  readonly downUs: number;
  readonly steps: readonly BoundStep[];
}

/** What a transport has beyond the contract's minimum: declared here, never guessed by a test. */
export interface TransportCapabilities {
  /** Messages of one pair of ports arrive in the order sent. */
  readonly ordered: boolean;
  /** A stopped process (SIGSTOP) is noticed. */
  readonly detectsHang: boolean;
  /** Bounds hold in virtual time. */
  readonly virtualTime: boolean;
}

/** Counters since the start. */
export interface TransportStats {
  readonly messagesSent: number;
  readonly messagesReceived: number;
  /** Everything handed to the network: headers, acknowledgements and retransmissions included. */
  readonly bytesSent: number;
  readonly bytesReceived: number;
  readonly datagramsSent: number;
  readonly retransmits: number;
  readonly duplicates: number;
  readonly malformed: number;
  /** Peers that proved to live after `down`: false alarms. */
  readonly revived: number;
  readonly probeBytes: number;
  /** Times that verdicts of silence were held because most peers fell silent at once. */
  readonly localOutages?: number | undefined;
  /** Questions to other peers about suspect ones, and answers that the suspect one lives. */
  readonly indirectProbes?: number | undefined;
  readonly vouched?: number | undefined;
  /** Relative error that we expect of our network coordinate, where the transport has one. */
  readonly coordinateError?: number | undefined;
  /**
   * Messages acknowledged, by what they took from `send` to the acknowledgement beyond the shortest round
   * trip to their peer, where the transport measures it: they waited behind others, in our queue and in
   * kernels, or for the repair of what was lost before them. Buckets as in `DelayHistogram`.
   */
  readonly heldUp?: readonly number[] | undefined;
  /** By message type: how many were sent, and their encoded bytes before the transport's header. */
  readonly byType: Readonly<Record<string, { readonly count: number; readonly bytes: number }>>;
}

/** Who may know whether a peer lives: peers of the same port. */
export type FindHelpers = (from: Port, about: Peer) => readonly Peer[];

/** Calls with every peer that a port watches now; one that is watched twice comes twice. */
export type ForEachWatched = (port: Port, visit: (peer: Peer) => void) => void;

/** Moves messages between processes and says what became of them. */
export interface Transport {
  /** As written on the command line: `udp:retries=2`. */
  readonly name: string;
  readonly capabilities: TransportCapabilities;
  readonly messageBytesMax: number;
  open(local: Address, handler: PortHandler): Promise<Port>;
  /** Where a port really listens (port 0 was asked for), with this process's incarnation. */
  localEndpoint(port: Port): Endpoint;
  /** The same endpoint gives the same peer until it is released. */
  peer(endpoint: Endpoint): Peer;
  endpointOf(peer: Peer): Endpoint;
  release(peer: Peer): void;
  /**
   * Takes a message. To a peer that is down it is refused (`peerDown`), unless the peer was called so
   * for its silence and some time ago: that is a new attempt to reach it, as the first was.
   */
  send(from: Port, to: Peer, message: Message, token?: Token): SendResult;
  /**
   * Detect failures of this peer even when nothing is sent. Counted: as many `unwatch` undo it. A first
   * watcher of a peer that is down makes a new attempt, as `send` does.
   */
  watch(from: Port, to: Peer): void;
  unwatch(from: Port, to: Peer): void;
  /**
   * Others may be asked about a peer that a port suspects, before it is `down`: those that `helpers` gives, the
   * likeliest to know it first. Called when a peer is suspected, and again while it is.
   */
  assistedBy?(helpers: FindHelpers): void;
  /**
   * Who knows at any time what its ports watch may say so before it watches anything: a transport of a
   * million ports then need not remember it a second time.
   */
  watchesListedBy?(forEachWatched: ForEachWatched): void;
  health(from: Port, to: Peer): PeerHealth | undefined;
  /**
   * Expected one-way time to a peer, where the transport can say so faster than by `health`: asked
   * for every forwarded message.
   */
  oneWayUs?(from: Port, to: Peer): number;
  bounds(): TransportBounds;
  stats(): TransportStats;
  /** Settles what is in flight (`refused` or `unknown`, reason `closed`), then closes. Idempotent. */
  close(): Promise<void>;
}

/**
 * Shared by all ports of a process; never runs inside `send`. A flat message belongs to the handler
 * until it returns (see `FlatMessage`).
 */
export interface PortHandler {
  onMessage(port: Port, from: Peer, message: Message): void;
  onVerdict(port: Port, token: Token, verdict: Verdict): void;
  /** A message sent with `RETURN_TO_SENDER` that was not certainly delivered. */
  onReturn(port: Port, to: Peer, message: Message, verdict: Verdict): void;
  onPeer(port: Port, peer: Peer, state: PeerState, reason: PeerReason): void;
  onDrain(port: Port, peer: Peer): void;
}
