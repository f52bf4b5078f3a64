import type { Connection } from "./connection.ts";
import type { EnquiryTally } from "./enquiries.ts";

/** What a heartbeat asks and tells. */
export interface HeartbeatEvents {
  /** Whether anybody waits for news of this peer. */
  wanted(): boolean;
  /** Whether to ask the peer even if it owes us nothing. */
  watched(): boolean;
  /** The connection in use, or being greeted on; undefined while there is none. */
  connection(): Connection | undefined;
  /** How long a connection has been wanted in vain. */
  triedUs(): number;
  /** Messages were transmitted and have no answer yet. */
  awaits(): boolean;
  /** Ask the peer's program on a connection of its own, unless none is wanted now. */
  enquire(): void;
  /** Ask no more; questions younger than this are not counted. */
  endEnquiries(youngUs: number): EnquiryTally;
  onSuspect(): void;
  /** The verdict: the peer is dead. */
  onSilent(): void;
  /** Heard from again after `onSuspect`. */
  onAgain(): void;
}
