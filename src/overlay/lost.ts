import type { Ref } from "../core/contacts.ts";
import type { MemberTimer } from "../core/world.ts";
import type { Context } from "./context.ts";
import type { Member } from "./overlay.ts";

/** Lost leaves that a member remembers; the first are forgotten first. */
const LOST_MAX = 32;
/** The wait for a lost leaf doubles from one question to the next, up to this. */
const WAIT_MS_MAX = 60_000;
/** Who has not been found again by then is gone. */
const FORGET_MS = 3_600_000;

interface Lost {
  readonly node: Ref;
  readonly sinceUs: number;
  waitUs: number;
  dueUs: number;
}

/**
 * Leaves that were called dead for their silence, which may have been the network's. Each is asked now
 * and then, ever more rarely, whether it is there again: after an outage in which everybody called
 * everybody dead, nobody would otherwise speak first.
 */
export class LostLeaves {
  readonly #net: Context;
  readonly #ask: (member: Member, node: Ref) => void;
  readonly #timer: MemberTimer;
  readonly #random;
  /** BOUNDED: one entry a member, of `LOST_MAX`. */
  readonly #lost = new Map<Member, Lost[]>();

  /** `ask`: whether it is there, and whom it knows. Its answer enters it again. */
  constructor(net: Context, ask: (member: Member, node: Ref) => void) {
    this.#net = net;
    this.#ask = ask;
    this.#timer = net.world.timer("overlay.lost", (member) => this.#turn(member as Member));
    this.#random = net.world.random("overlay.lost");
  }

  add(member: Member, node: Ref): void {
    this.forget(member, node);
    const lost = this.#lost.get(member) ?? [];
    if (lost.length === LOST_MAX) this.forget(member, (lost[0] as Lost).node);
    const nowUs = this.#net.world.nowUs();
    const waitUs = this.#net.options.lostRetryMs * 1000;
    this.#net.contacts.keep(node);
    lost.push({ node, sinceUs: nowUs, waitUs, dueUs: nowUs + this.#about(waitUs) });
    this.#lost.set(member, lost);
    this.#arm(member, lost);
  }

  /** It is there again, or known to be gone. */
  forget(member: Member, node: Ref): void {
    const lost = this.#lost.get(member);
    const at = lost?.findIndex((one) => one.node === node) ?? -1;
    if (lost === undefined || at < 0) return;
    lost.splice(at, 1);
    this.#net.contacts.release(node);
  }

  clear(member: Member): void {
    for (const { node } of this.#lost.get(member) ?? []) this.#net.contacts.release(node);
    this.#lost.delete(member);
    this.#timer.cancel(member);
  }

  #turn(member: Member): void {
    const net = this.#net;
    const lost = this.#lost.get(member);
    if (lost === undefined) return;
    if (net.state(member) !== "in") {
      this.clear(member);
      return;
    }
    const nowUs = net.world.nowUs();
    for (const one of [...lost]) {
      const { node } = one;
      const isOver = nowUs - one.sinceUs >= FORGET_MS * 1000;
      if (isOver || net.slotsHolding(member, node) > 0) this.forget(member, node);
      else if (one.dueUs <= nowUs) {
        one.waitUs = Math.min(2 * one.waitUs, WAIT_MS_MAX * 1000);
        one.dueUs = nowUs + this.#about(one.waitUs);
        this.#ask(member, node);
      }
    }
    this.#arm(member, lost);
  }

  /** Not all who lost the same node ask it at once. */
  #about(us: number): number {
    return Math.round(us * (0.75 + this.#random.float() / 2));
  }

  #arm(member: Member, lost: readonly Lost[]): void {
    let dueUs = Number.POSITIVE_INFINITY;
    for (const one of lost) dueUs = Math.min(dueUs, one.dueUs);
    if (dueUs === Number.POSITIVE_INFINITY) this.clear(member);
    else this.#timer.arm(member, Math.max(0, dueUs - this.#net.world.nowUs()));
  }
}
