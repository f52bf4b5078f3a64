import { randomBytes } from "node:crypto";
import { type Log, silentLog } from "../log.ts";
import { type Random, seededRandom } from "../random.ts";
import type { Deferred, World } from "../world.ts";
import { type Clock, machineClock } from "./clock.ts";
import { LiveTimers } from "./timers.ts";

/** What a live world is made from; all of it may be left out. */
export interface LiveWorldOptions {
  /** Seed of all random streams; without one, 128 bits of the machine's randomness. */
  readonly seed?: string | undefined;
  /** Without one nothing is logged. */
  readonly log?: Log | undefined;
  readonly clock?: Clock | undefined;
}

/** The world of a real process. Pending timers keep the process alive until `close`. */
export interface LiveWorld extends World {
  readonly seed: string;
  /** Timers that are armed now. */
  readonly pendingTimers: number;
  /** No timer fires any more. Idempotent. */
  close(): void;
}

/** Makes the world of this process: the machine's clocks and timers, named random streams, a log. */
export function liveWorld(options: LiveWorldOptions = {}): LiveWorld {
  const clock = options.clock ?? machineClock;
  const seed = options.seed ?? randomBytes(16).toString("hex");
  const timers = new LiveTimers(clock);
  /** Grows with the names in the program, not with what arrives. */
  const streams = new Map<string, Random>();
  return {
    seed,
    log: options.log ?? silentLog,
    nowUs: () => clock.nowUs(),
    wallMs: () => clock.wallMs(),
    random(name) {
      let stream = streams.get(name);
      if (stream === undefined) {
        stream = seededRandom(`${seed}/${name}`);
        streams.set(name, stream);
      }
      return stream;
    },
    timer: (_kind, onTimer) => timers.timer(onTimer),
    after: (member, delayUs, run) => timers.after(member, delayUs, run),
    deferred,
    get pendingTimers() {
      return timers.pending;
    },
    close: () => timers.close(),
  };
}

function deferred<T>(): Deferred<T> {
  let resolve!: (value: T) => void;
  let reject!: (error: Error) => void;
  const promise = new Promise<T>((onDone, onError) => {
    resolve = onDone;
    reject = onError;
  });
  return { promise, resolve, reject };
}
