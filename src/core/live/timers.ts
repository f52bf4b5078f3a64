import { SkipnetError } from "../errors.ts";
import type { CancelTimer, MemberTimer } from "../world.ts";
import type { Clock } from "./clock.ts";
import { TimerHeap } from "./timer-heap.ts";

/** Timers of a process, kinds times members and single ones together. */
export const TIMERS_MAX = 1 << 22;
/** Longest sleep of the one machine timer; a later deadline is reached in several. */
const SLEEP_MS_MAX = 3_600_000;

type OnTimer = (member: number) => void;

/**
 * All timers of a live process over one timer of the machine. A timer never fires early; it fires
 * up to about 1 ms late, as Node's own do, and later if the process is busy.
 *
 * A timer that moves away, as a retransmission timer does at every acknowledgement, costs a heap
 * move and leaves the machine's timer alone.
 */
export class LiveTimers {
  readonly #clock: Clock;
  readonly #heap = new TimerHeap();
  /** By slot: whom to call. */
  readonly #handlers: (OnTimer | undefined)[] = [];
  /** By slot: with which member. */
  readonly #members: number[] = [];
  /** By slot: whether it is a single timer, whose slot is free again once it has fired. */
  readonly #single: boolean[] = [];
  readonly #freeSlots: number[] = [];
  #sleep: NodeJS.Timeout | NodeJS.Immediate | undefined;
  #wakeUs = Number.POSITIVE_INFINITY;
  #firing = false;
  #closed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get pending(): number {
    return this.#heap.size;
  }

  timer(onTimer: OnTimer): MemberTimer {
    /** BOUNDED: `TIMERS_MAX`; one slot for each member that ever armed this kind. */
    const slots = new Map<number, number>();
    return {
      arm: (member, delayUs) => {
        if (this.#closed) return;
        let slot = slots.get(member);
        if (slot === undefined) {
          slot = this.#takeSlot(onTimer, member, false);
          slots.set(member, slot);
        }
        this.#set(slot, delayUs);
      },
      cancel: (member) => {
        const slot = slots.get(member);
        if (slot !== undefined) this.#heap.remove(slot);
      },
    };
  }

  after(member: number, delayUs: number, run: () => void): CancelTimer {
    if (this.#closed) return () => {};
    const slot = this.#takeSlot(run, member, true);
    this.#set(slot, delayUs);
    let live = true;
    // The slot may belong to another timer once this one has fired.
    this.#handlers[slot] = () => {
      live = false;
      run();
    };
    return () => {
      if (!live) return;
      live = false;
      this.#heap.remove(slot);
      this.#freeSlot(slot);
    };
  }

  /** No timer fires any more; arming does nothing. Idempotent. */
  close(): void {
    this.#closed = true;
    this.#stopSleeping();
    this.#heap.clear();
  }

  #set(slot: number, delayUs: number): void {
    if (Number.isNaN(delayUs))
      throw new SkipnetError("E_INTERNAL", "a timer delay is not a number");
    const timeUs = this.#clock.nowUs() + Math.max(0, delayUs);
    this.#heap.set(slot, timeUs);
    // Within the same millisecond the present sleep is good enough.
    if (!this.#firing && timeUs <= this.#wakeUs - 1000) this.#sleepUntil(timeUs);
  }

  #takeSlot(onTimer: OnTimer, member: number, single: boolean): number {
    const slot = this.#freeSlots.pop() ?? this.#handlers.length;
    if (slot >= TIMERS_MAX) throw new SkipnetError("E_LIMIT", `more than ${TIMERS_MAX} timers`);
    this.#handlers[slot] = onTimer;
    this.#members[slot] = member;
    this.#single[slot] = single;
    return slot;
  }

  #freeSlot(slot: number): void {
    this.#handlers[slot] = undefined;
    this.#freeSlots.push(slot);
  }

  #sleepUntil(timeUs: number): void {
    this.#stopSleeping();
    if (timeUs === Number.POSITIVE_INFINITY) return;
    this.#wakeUs = timeUs;
    const delayUs = timeUs - this.#clock.nowUs();
    if (delayUs <= 0) this.#sleep = setImmediate(this.#wake);
    else this.#sleep = setTimeout(this.#wake, Math.min(Math.ceil(delayUs / 1000), SLEEP_MS_MAX));
  }

  #stopSleeping(): void {
    this.#wakeUs = Number.POSITIVE_INFINITY;
    // Each of the two takes the other's handle and undefined without complaint.
    clearTimeout(this.#sleep as NodeJS.Timeout | undefined);
    clearImmediate(this.#sleep as NodeJS.Immediate | undefined);
    this.#sleep = undefined;
  }

  readonly #wake = (): void => {
    const nowUs = this.#clock.nowUs();
    this.#firing = true;
    try {
      for (;;) {
        const slot = this.#heap.takeDue(nowUs);
        if (slot < 0) break;
        this.#fire(slot);
      }
    } finally {
      this.#firing = false;
      this.#sleepUntil(this.#heap.firstTime);
    }
  };

  #fire(slot: number): void {
    const run = this.#handlers[slot];
    const member = this.#members[slot] as number;
    if (this.#single[slot]) this.#freeSlot(slot);
    run?.(member);
  }
}
