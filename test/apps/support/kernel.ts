import { silentLog } from "../../../src/core/log.ts";
import { type Random, seededRandom } from "../../../src/core/random.ts";
import type { CancelTimer, Deferred, World } from "../../../src/core/world.ts";

interface Event {
  readonly atUs: number;
  readonly order: number;
  readonly run: () => void;
}

/** Virtual wall time begins here. */
export const EPOCH_MS = 1_767_225_600_000;

/** Virtual time and an event queue for unit tests: small, not fast. */
export class Kernel {
  readonly random: Random;
  nowUs = 0;
  #order = 0;
  #heap: Event[] = [];

  constructor(seed: string) {
    this.random = seededRandom(seed);
  }

  at(delayUs: number, run: () => void): CancelTimer {
    const event = {
      atUs: this.nowUs + Math.max(0, Math.round(delayUs)),
      order: this.#order++,
      run,
    };
    let isCancelled = false;
    this.#push({
      ...event,
      run: () => {
        if (!isCancelled) run();
      },
    });
    return () => {
      isCancelled = true;
    };
  }

  sleep(us: number): Promise<void> {
    return new Promise((resolve) => this.at(us, resolve));
  }

  /** Runs events until the promise settles; rejects when there are none left or `limitUs` has passed. */
  async until<T>(promise: Promise<T>, limitUs = 3_600e6): Promise<T> {
    let isSettled = false;
    const settle = (): void => {
      isSettled = true;
    };
    promise.then(settle, settle);
    const endUs = this.nowUs + limitUs;
    await turn();
    while (!isSettled) {
      const next = this.#pop();
      if (next === undefined) throw new Error(`nothing left to happen at ${this.nowUs} µs`);
      if (next.atUs > endUs) throw new Error(`still waiting after ${limitUs} µs`);
      this.nowUs = next.atUs;
      next.run();
      await turn();
    }
    return promise;
  }

  async advance(us: number): Promise<void> {
    await this.until(this.sleep(us), us);
  }

  /** The world of one life of one node: its timers die with it, its wall clock may be off. */
  world(name: string, isAlive: () => boolean, skewMs: number): World {
    const streams = new Map<string, Random>();
    return {
      nowUs: () => this.nowUs,
      wallMs: () => EPOCH_MS + Math.floor(this.nowUs / 1000) + skewMs,
      random: (stream) => {
        let random = streams.get(stream);
        if (random === undefined) {
          random = this.random.fork(`${name}/${stream}`);
          streams.set(stream, random);
        }
        return random;
      },
      timer: (_kind, onTimer) => {
        const armed = new Map<number, CancelTimer>();
        const cancel = (member: number): void => armed.get(member)?.();
        return {
          arm: (member, delayUs) => {
            cancel(member);
            armed.set(
              member,
              this.at(delayUs, () => {
                if (isAlive()) onTimer(member);
              }),
            );
          },
          cancel,
        };
      },
      after: (_member, delayUs, run) =>
        this.at(delayUs, () => {
          if (isAlive()) run();
        }),
      deferred: <T>() => deferred<T>(),
      log: {
        ...silentLog,
        error: (event, fields) => {
          throw new Error(`${name} logged ${event}: ${JSON.stringify(fields)}`);
        },
      },
    };
  }

  #push(event: Event): void {
    const heap = this.#heap;
    let i = heap.push(event) - 1;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (!isBefore(event, heap[parent]!)) break;
      heap[i] = heap[parent]!;
      i = parent;
    }
    heap[i] = event;
  }

  #pop(): Event | undefined {
    const heap = this.#heap;
    const top = heap[0];
    const last = heap.pop();
    if (top === undefined || last === undefined || heap.length === 0) return top;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++;
      if (!isBefore(heap[child]!, last)) break;
      heap[i] = heap[child]!;
      i = child;
    }
    heap[i] = last;
    return top;
  }
}

function isBefore(a: Event, b: Event): boolean {
  return a.atUs < b.atUs || (a.atUs === b.atUs && a.order < b.order);
}

function deferred<T>(): Deferred<T> {
  let resolve: (value: T) => void = () => undefined;
  let reject: (error: Error) => void = () => undefined;
  const promise = new Promise<T>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}

/** Lets all continuations run. */
function turn(): Promise<void> {
  return new Promise((resolve) => queueMicrotask(() => process.nextTick(resolve)));
}
