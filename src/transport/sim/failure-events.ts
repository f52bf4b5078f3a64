import type { Random } from "../../core/random.ts";
import type { FlatMessage, Message } from "../../wire/message.ts";
import {
  DELIVERED,
  NO_TOKEN,
  type PeerReason,
  RETURN_TO_SENDER,
  refused,
  type Token,
  unknown,
  type Verdict,
} from "../transport.ts";
import { CLOSED, CRASHED, HUNG, REPLACED, SLOW, UP } from "./hosts.ts";
import {
  DRAIN,
  type Kernel,
  RETURN,
  STATE_DOWN,
  STATE_SUSPECT,
  STATE_UP,
  VERDICT,
  WORD_BODY,
} from "./kernel.ts";
import { NO_OBJECT } from "./object-pool.ts";
import { writeFlat } from "./record-refs.ts";

/** Verdicts as small integers, for event records. */
export const VERDICTS = {
  delivered: DELIVERED,
  tooLarge: refused("tooLarge"),
  peerDown: refused("peerDown"),
  silent: unknown("silent"),
  restarted: unknown("restarted"),
  reset: unknown("reset"),
  closed: unknown("closed"),
} as const satisfies Record<string, Verdict>;
export type VerdictName = keyof typeof VERDICTS;
const VERDICT_NAMES = Object.keys(VERDICTS) as VerdictName[];

export function verdictAt(index: number): Verdict {
  return VERDICTS[VERDICT_NAMES[index] as VerdictName];
}

export const PEER_REASONS: readonly PeerReason[] = [
  "heard",
  "silent",
  "refused",
  "restarted",
  "reset",
  "closed",
  "conflict",
];
const reasonIndex = (reason: PeerReason): number => PEER_REASONS.indexOf(reason);

/** Schedules what hosts learn of each other's failures, in the time that the transport model needs. */
export class FailureEvents {
  readonly #kernel: Kernel;
  readonly #random: Random;

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
    this.#random = kernel.random("sim.detection");
  }

  verdict(host: number, peer: number, token: Token, name: VerdictName, delayUs: number): void {
    const k = this.#kernel;
    const at = k.schedule(delayUs, VERDICT, VERDICT_NAMES.indexOf(name), host, peer);
    k.queue.target[at + WORD_BODY] = token;
  }

  /** The message was taken: its sender hears of it, if anything gets back to it. */
  acknowledge(from: number, to: number, token: Token, message: Message): void {
    const k = this.#kernel;
    const isHeard = k.faults.isEmpty || k.faults.reaches(to, from);
    if (!isHeard) this.silence(from, to, token, message);
    else if (token !== RETURN_TO_SENDER) {
      this.verdict(from, to, token, "delivered", k.latency.delayUs(to, from));
    }
  }

  /** Ends a send that failed: its token gets the verdict, or the message goes back to its sender. */
  fail(
    from: number,
    to: number,
    token: Token,
    message: Message,
    name: VerdictName,
    delayUs: number,
  ): void {
    if (token === NO_TOKEN) return;
    if (token !== RETURN_TO_SENDER) {
      this.verdict(from, to, token, name, delayUs);
      return;
    }
    const k = this.#kernel;
    const { type } = message;
    const own = type.tag | (VERDICT_NAMES.indexOf(name) << 7);
    const flat = type.flat ? (message as FlatMessage) : undefined;
    const object = flat === undefined ? message : flat.record.object;
    const slot = object === undefined ? NO_OBJECT : k.objects.put(object);
    const at = k.schedule(delayUs, RETURN, own, from, to, slot);
    if (flat === undefined) return;
    writeFlat(k, type, flat.record, k.queue.target, at + WORD_BODY);
  }

  /** The message goes to a host that does not answer. */
  silence(from: number, to: number, token: Token, message: Message): void {
    const k = this.#kernel;
    const rttUs = this.#rttUs(from, to);
    const suspectUs = k.model.suspectUs(rttUs);
    const delayUs = token === RETURN_TO_SENDER ? suspectUs : k.model.downUs(rttUs);
    this.fail(from, to, token, message, "silent", delayUs);
    if (!this.#answers(from, to)) {
      k.schedulePeer(suspectUs, from, to, STATE_SUSPECT, reasonIndex("silent"));
    }
  }

  /** The message came to a host that does not take it: dead, stopped, closed or replaced. */
  undeliverable(from: number, to: number, token: Token, message: Message): void {
    const k = this.#kernel;
    const state = k.hosts.state(to);
    const backUs = k.latency.delayUs(to, from);
    if (state === REPLACED || state === CLOSED) {
      this.fail(from, to, token, message, state === CLOSED ? "closed" : "restarted", backUs);
      k.schedulePeer(
        backUs,
        from,
        to,
        STATE_DOWN,
        reasonIndex(state === CLOSED ? "closed" : "restarted"),
      );
    } else if (state === CRASHED && k.model.crashNoticedUs !== undefined) {
      this.fail(from, to, token, message, "reset", backUs + k.model.crashNoticedUs);
    } else {
      this.silence(from, to, token, message);
    }
  }

  drain(host: number, peer: number): void {
    this.#kernel.schedule(0, DRAIN, 0, host, peer);
  }

  /** Changes the state of a host for the worse and lets its watchers learn of it. What has ended stays ended. */
  leave(host: number, state: number): void {
    const present = this.#kernel.hosts.state(host);
    const isRunning = this.#kernel.hosts.isRunning(host);
    if (state === HUNG && !isRunning) return;
    if (state === CRASHED && !isRunning && present !== HUNG) return;
    this.#kernel.hosts.setState(host, state);
    this.#kernel.watches.forEachWatcher(host, (watcher) => this.#detect(watcher, host));
  }

  resume(host: number): void {
    const k = this.#kernel;
    if (k.hosts.state(host) !== HUNG) return;
    k.hosts.setState(host, k.service.has(host) ? SLOW : UP);
    k.watches.forEachWatcher(host, (watcher) => {
      k.schedulePeer(k.latency.delayUs(host, watcher), watcher, host, STATE_UP, 0);
    });
  }

  /** A pair is watched from now on: if the target does not answer, that will be noticed. */
  watched(watcher: number, target: number): void {
    if (!this.#answers(watcher, target)) this.#detect(watcher, target);
  }

  /** Partitions or cuts have changed: all watchers notice, in their time. */
  reachabilityChanged(): void {
    const k = this.#kernel;
    for (let host = 0; host < k.hosts.count; host++) {
      k.watches.forEachWatcher(host, (watcher) => {
        if (!this.#answers(watcher, host)) this.#detect(watcher, host);
        else if (k.watches.reported(watcher, host) !== STATE_UP) {
          k.schedulePeer(k.latency.delayUs(host, watcher), watcher, host, STATE_UP, 0);
        }
      });
    }
  }

  /** Whether news of a failure is still true when it would be told. */
  isStale(
    watcher: number,
    target: number,
    state: number,
    reason: PeerReason,
    epoch: number,
  ): boolean {
    if (this.#kernel.hosts.epoch(target) !== epoch) return true;
    return state !== STATE_UP && reason === "silent" && this.#answers(watcher, target);
  }

  #answers(watcher: number, target: number): boolean {
    const k = this.#kernel;
    if (!k.hosts.isRunning(target)) return false;
    if (k.faults.isEmpty) return true;
    return k.faults.reaches(watcher, target) && k.faults.reaches(target, watcher);
  }

  #detect(watcher: number, host: number): void {
    const k = this.#kernel;
    const state = k.hosts.state(host);
    const oneWayUs = k.latency.delayUs(host, watcher);
    if (state === CLOSED || state === REPLACED) {
      const reason = state === CLOSED ? "closed" : "restarted";
      k.schedulePeer(oneWayUs, watcher, host, STATE_DOWN, reasonIndex(reason));
      return;
    }
    if (state === CRASHED && k.model.crashNoticedUs !== undefined) {
      const noticedUs = oneWayUs + k.model.crashNoticedUs;
      k.schedulePeer(noticedUs, watcher, host, STATE_DOWN, reasonIndex("reset"));
      return;
    }
    if (state === HUNG && !k.model.detectsHang) return;
    const rttUs = this.#rttUs(watcher, host);
    const probeUs = k.model.probeIntervalUs;
    const untilProbeUs = probeUs === 0 ? 0 : this.#random.below(probeUs);
    const silent = reasonIndex("silent");
    k.schedulePeer(untilProbeUs + k.model.suspectUs(rttUs), watcher, host, STATE_SUSPECT, silent);
    k.schedulePeer(untilProbeUs + k.model.downUs(rttUs), watcher, host, STATE_DOWN, silent);
  }

  #rttUs(a: number, b: number): number {
    return this.#kernel.latency.delayUs(a, b) + this.#kernel.latency.delayUs(b, a);
  }
}
