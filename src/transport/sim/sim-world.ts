import type { Log } from "../../core/log.ts";
import type { Random } from "../../core/random.ts";
import type { CancelTimer, Deferred, MemberTimer, World } from "../../core/world.ts";
import type { HostClocks } from "./host-clocks.ts";
import { CALL, type Kernel, TIMER } from "./kernel.ts";

const NEVER = Number.POSITIVE_INFINITY;
/** Where virtual wall time begins: 2026-01-01T00:00:00Z. */
const EPOCH_MS = 1_767_225_600_000;

/** Virtual wall time, milliseconds. */
export const wallMsAt = (nowUs: number): number => EPOCH_MS + Math.floor(nowUs / 1000);

/** What timers and promises need of a simulation, message-level or packet-level. */
export type Clockwork = Pick<Kernel, "nowUs" | "settled" | "random" | "schedule" | "objects"> & {
  /** Left out: all clocks are right. */
  readonly clocks?: HostClocks | undefined;
};

/**
 * One kind of timer over all hosts. A host has at most one deadline and, mostly, one record in the
 * queue: a re-armed timer moves its deadline, and its record is put back when it comes up too early.
 */
export class TimerKind {
  readonly id: number;
  readonly name: string;
  /** By instance. */
  readonly callbacks: (((member: number) => void) | undefined)[] = [];
  deadlineUs = new Float64Array(64).fill(NEVER);
  /** Time of the host's earliest record in the queue. */
  queuedUs = new Float64Array(64).fill(NEVER);

  constructor(id: number, name: string) {
    this.id = id;
    this.name = name;
  }

  reserve(host: number): void {
    if (host < this.deadlineUs.length) return;
    let size = this.deadlineUs.length;
    while (size <= host) size *= 2;
    const grow = (from: Float64Array): Float64Array<ArrayBuffer> => {
      const to = new Float64Array(size).fill(NEVER);
      to.set(from);
      return to;
    };
    this.deadlineUs = grow(this.deadlineUs);
    this.queuedUs = grow(this.queuedUs);
  }

  arm(kernel: Clockwork, host: number, delayUs: number): void {
    this.reserve(host);
    const atUs = kernel.nowUs + Math.max(0, Math.round(delayUs));
    this.deadlineUs[host] = atUs;
    if ((this.queuedUs[host] as number) <= atUs) return;
    this.queuedUs[host] = atUs;
    kernel.schedule(atUs - kernel.nowUs, TIMER, this.id, host, 0);
  }

  /** A record came up: true if the timer is due now. */
  comesUp(kernel: Clockwork, host: number): boolean {
    if (this.queuedUs[host] !== kernel.nowUs) return false;
    this.queuedUs[host] = NEVER;
    const deadlineUs = this.deadlineUs[host] as number;
    if (deadlineUs === NEVER) return false;
    if (deadlineUs > kernel.nowUs) {
      this.queuedUs[host] = deadlineUs;
      kernel.schedule(deadlineUs - kernel.nowUs, TIMER, this.id, host, 0);
      return false;
    }
    this.deadlineUs[host] = NEVER;
    return true;
  }

  cancel(host: number): void {
    if (host < this.deadlineUs.length) this.deadlineUs[host] = NEVER;
  }
}

/** All timer kinds of a simulation, by name: instances that use one name share its columns. */
export class TimerKinds {
  readonly #kinds: TimerKind[] = [];
  readonly #byName = new Map<string, TimerKind>();

  named(name: string): TimerKind {
    let kind = this.#byName.get(name);
    if (kind === undefined) {
      kind = new TimerKind(this.#kinds.length, name);
      this.#kinds.push(kind);
      this.#byName.set(name, kind);
    }
    return kind;
  }

  get(id: number): TimerKind | undefined {
    return this.#kinds[id];
  }
}

/** The world of one instance: virtual time, and timers of the hosts behind its members. */
export function simWorld(
  kernel: Clockwork,
  kinds: TimerKinds,
  instance: number,
  hostOf: (member: number) => number,
  log: Log,
): World {
  const { clocks } = kernel;
  const realUs = (member: number, delayUs: number): number =>
    clocks === undefined || clocks.isEmpty ? delayUs : clocks.realUs(hostOf(member), delayUs);
  return {
    nowUs: () =>
      clocks === undefined || clocks.isEmpty
        ? kernel.nowUs
        : clocks.monotonicUs(clocks.acting, kernel.nowUs),
    wallMs: () => wallMsAt(kernel.nowUs + (clocks?.wallAheadUs(clocks.acting, kernel.nowUs) ?? 0)),
    random: (name): Random => kernel.random(name),
    timer(name, onTimer): MemberTimer {
      const kind = kinds.named(name);
      kind.callbacks[instance] = onTimer;
      return {
        arm: (member, delayUs) => kind.arm(kernel, hostOf(member), realUs(member, delayUs)),
        cancel: (member) => kind.cancel(hostOf(member)),
      };
    },
    after(member, delayUs, run): CancelTimer {
      const entry = { run: run as (() => void) | undefined };
      const slot = kernel.objects.put(entry);
      const waitUs = Math.max(0, Math.round(realUs(member, delayUs)));
      kernel.schedule(waitUs, CALL, 0, hostOf(member), 0, slot);
      return () => {
        entry.run = undefined;
      };
    },
    deferred: <T>() => deferred<T>(kernel),
    log,
  };
}

function deferred<T>(kernel: Clockwork): Deferred<T> {
  let resolvePromise: (value: T) => void = () => undefined;
  let rejectPromise: (error: Error) => void = () => undefined;
  const promise = new Promise<T>((resolve, reject) => {
    resolvePromise = resolve;
    rejectPromise = reject;
  });
  return {
    promise,
    resolve(value) {
      kernel.settled = true;
      resolvePromise(value);
    },
    reject(error) {
      kernel.settled = true;
      rejectPromise(error);
    },
  };
}
