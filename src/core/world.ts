import type { Log } from "./log.ts";
import type { Random } from "./random.ts";

/**
 * Everything that code may know of the world outside: time, timers, randomness and log.
 * Nothing above it touches an ambient clock, so that the same code runs live and simulated.
 */
export interface World {
  /** Monotonic time, whole microseconds. */
  nowUs(): number;
  /** Milliseconds since 1970: only for stamps that travel between nodes. Virtual in the simulator. */
  wallMs(): number;
  /** The stream of this name; the same name gives the same stream. */
  random(name: string): Random;
  /**
   * Registers a kind of timer. A member has at most one pending timer of a kind.
   * A million members need no closure each.
   */
  timer(kind: string, onTimer: (member: number) => void): MemberTimer;
  /** A single timer for rare work; `member` is whose it is (a crashed member's never fires). */
  after(member: number, delayUs: number, run: () => void): CancelTimer;
  /**
   * A promise settled by hand. All promises of protocol code are made here: the simulator lets
   * continuations run after an event that settled one, and only then.
   */
  deferred<T>(): Deferred<T>;
  readonly log: Log;
}

/** One kind of timer, of which each member has at most one pending. */
export interface MemberTimer {
  /** (Re)arms the member's timer; an earlier deadline is replaced. */
  arm(member: number, delayUs: number): void;
  cancel(member: number): void;
}

export type CancelTimer = () => void;

/** A promise and the two ways to settle it. */
export interface Deferred<T> {
  readonly promise: Promise<T>;
  resolve(value: T): void;
  reject(error: Error): void;
}
