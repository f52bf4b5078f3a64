import type { Random } from "../../../core/random.ts";
import { Digest } from "../digest.ts";
import type { EventQueue } from "../event-queue.ts";
import { INTERNAL, WORD_BODY, WORD_FROM, WORD_OBJECT, WORD_TO, WORD_TOKEN } from "../kernel.ts";
import { NO_OBJECT, ObjectPool } from "../object-pool.ts";

/** Kinds of event records. `INTERNAL` (0) are timers and calls of worlds, as at the message level. */
export const KIND_ARRIVE = 1;
export const KIND_DELIVER = 2;
export const KIND_HANDLE = 3;
export const KIND_WAKE = 4;
export const KIND_ACTION = 5;

/** Where a packet's record holds its size in bytes, and what it is (`packet.ts`). */
export const WORD_BYTES = WORD_BODY;
export const WORD_PROTOCOL = WORD_BODY + 1;
/** The number of the address that the packet says it comes from. */
export const WORD_ADDRESS = WORD_BODY + 2;

/** What all parts of one packet-level simulation share. */
export class PacketKernel {
  readonly queue: EventQueue;
  readonly objects = new ObjectPool();
  readonly digest = new Digest();
  readonly random: (name: string) => Random;
  nowUs = 0;
  /** A promise was settled by the current event. */
  settled = false;

  constructor(random: (name: string) => Random, queue: EventQueue) {
    this.queue = queue;
    this.random = random;
  }

  /** Schedules an event of a process's world; the shape that `simWorld` asks for. */
  schedule(
    delayUs: number,
    event: number,
    own: number,
    process: number,
    other: number,
    slot: number = NO_OBJECT,
  ): number {
    const at = this.queue.push(this.nowUs + delayUs, INTERNAL);
    const words = this.queue.target;
    words[at + WORD_FROM] = process;
    words[at + WORD_TO] = other;
    words[at + WORD_TOKEN] = event | (own << 8);
    words[at + WORD_OBJECT] = slot;
    return at;
  }

  /** Wakes a process's transport at this time, not before now. */
  wake(process: number, atUs: number): void {
    const at = this.queue.push(Math.max(this.nowUs, atUs), KIND_WAKE);
    const words = this.queue.target;
    words[at + WORD_FROM] = process;
    words[at + WORD_TO] = 0;
    words[at + WORD_TOKEN] = 0;
    words[at + WORD_OBJECT] = NO_OBJECT;
  }

  /** Runs something at this time, whoever lives then: a change of the network, a turn's end. */
  at(atUs: number, run: () => void): void {
    const at = this.queue.push(Math.max(this.nowUs, Math.ceil(atUs)), KIND_ACTION);
    const words = this.queue.target;
    words[at + WORD_FROM] = 0;
    words[at + WORD_TO] = 0;
    words[at + WORD_TOKEN] = 0;
    words[at + WORD_OBJECT] = this.objects.put(run);
  }
}
