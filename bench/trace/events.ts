import type { Endpoint } from "../../src/core/address.ts";

/**
 * What one process saw of messages that belong to an operation, and of its peers. Plain data: it is
 * collected over process boundaries. All times are microseconds of one clock that the processes of a
 * run share.
 */

/** The operation, or the message, on whose account something happened. */
export type Cause = string;

export interface SendEvent {
  /** The same text at the sender and at the receiver. */
  readonly key: string;
  readonly atUs: number;
  readonly cause: Cause;
  /** What the transport knew of the peer then: undefined where nothing. */
  readonly srttUs: number | undefined;
  readonly rtoUs: number | undefined;
}

export interface ReceiveEvent {
  readonly key: string;
  readonly atUs: number;
  /** Since when the process has been busy without a rest; `atUs` where this message woke it. */
  readonly busySinceUs: number;
}

/** A peer changed its state, or was watched, or no longer. */
export interface PeerEvent {
  readonly atUs: number;
  /** `address#incarnation`. */
  readonly peer: string;
  readonly what: "up" | "suspect" | "down" | "watch" | "unwatch";
  readonly reason?: string | undefined;
}

/** Everything since the last collection. */
export interface TraceBatch {
  readonly sends: SendEvent[];
  readonly receives: ReceiveEvent[];
  readonly peers: PeerEvent[];
  /** Microseconds from a send with a token to its verdict `delivered`: the first to a peer, and others. */
  readonly firstContactUs: number[];
  readonly laterContactUs: number[];
  /** Events that the limit of one batch forbade. */
  lost: number;
}

/** Events of one kind in one batch; more are counted as lost, and their operations are not followed. */
export const BATCH_EVENTS_MAX = 20_000;

export const emptyBatch = (): TraceBatch => ({
  sends: [],
  receives: [],
  peers: [],
  firstContactUs: [],
  laterContactUs: [],
  lost: 0,
});

/** Adds the events of a batch to those of the ones before. */
export function appendBatch(to: TraceBatch, from: TraceBatch): void {
  for (const event of from.sends) to.sends.push(event);
  for (const event of from.receives) to.receives.push(event);
  for (const event of from.peers) to.peers.push(event);
  for (const us of from.firstContactUs) to.firstContactUs.push(us);
  for (const us of from.laterContactUs) to.laterContactUs.push(us);
  to.lost += from.lost;
}

/** An operation as its client saw it. */
export interface OperationSpan {
  /** The cause of everything that the client did for it. */
  readonly id: Cause;
  readonly intendedUs: number;
  readonly startUs: number;
  readonly endUs: number;
}

/** One end as text: the address and which life of the process behind it. */
export function endName({ address, incarnation }: Endpoint): string {
  return `${address}#${incarnation}`;
}
