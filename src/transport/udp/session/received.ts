import type { UdpOptions } from "../options.ts";
import { expandNumber, NUMBER_MAX } from "../packet/numbers.ts";
import {
  ACK_DUE_US,
  LARGEST_AT_US,
  LARGEST_RECEIVED,
  NEWEST_RECEIVED,
  newSessionNumbers,
  type SessionNumbers,
  UNKNOWN,
} from "./numbers.ts";

const BITMAP = 64;
/** Packets below the largest of which a missing one has most likely only just been lost. */
const RECENT = 4;
const RECENT_BITS = 2 ** RECENT - 1;
const NEVER = Number.POSITIVE_INFINITY;

/** What became of a packet number: `next` in order, `early` after a gap, `filled` into one, or known. */
export type Arrival = "next" | "early" | "filled" | "duplicate" | "old";

/** Which packets of the peer arrived and were accepted, and when to say so. */
export class ReceivedPackets {
  readonly #options: UdpOptions;
  readonly #numbers: SessionNumbers;
  /** Bit 0 is `largest - 1`. */
  #bitsLow = 0;
  #bitsHigh = 0;
  #unacknowledged = 0;

  constructor(options: UdpOptions, numbers: SessionNumbers = newSessionNumbers()) {
    this.#options = options;
    this.#numbers = numbers;
    this.#largest = UNKNOWN;
    this.#newest = UNKNOWN;
    this.dueUs = NEVER;
  }

  /** When an acknowledgement is due; `Infinity`: nothing to acknowledge. */
  get dueUs(): number {
    return this.#numbers[ACK_DUE_US] as number;
  }
  set dueUs(us: number) {
    this.#numbers[ACK_DUE_US] = us;
  }

  get largest(): number {
    return this.#largest;
  }
  get #largest(): number {
    return this.#numbers[LARGEST_RECEIVED] as number;
  }
  set #largest(packet: number) {
    this.#numbers[LARGEST_RECEIVED] = packet;
  }
  get #newest(): number {
    return this.#numbers[NEWEST_RECEIVED] as number;
  }
  set #newest(packet: number) {
    this.#numbers[NEWEST_RECEIVED] = packet;
  }
  get bitsLow(): number {
    return this.#bitsLow >>> 0;
  }
  get bitsHigh(): number {
    return this.#bitsHigh >>> 0;
  }

  /** How long the largest has been here. */
  heldUs(nowUs: number): number {
    return Math.max(0, nowUs - (this.#numbers[LARGEST_AT_US] as number));
  }

  /** The full number of a packet, or `undefined` if none is plausible. */
  expand(low: number): number | undefined {
    const number = expandNumber(low, this.#largest + 1);
    return number >= NUMBER_MAX ? undefined : number;
  }

  /** Whether a packet was sent after all that arrived before it, accepted or not. */
  isNewest(low: number): boolean {
    return (this.expand(low) ?? -1) > this.#newest;
  }

  /** A packet arrived. True: nothing sent later did before, so that it is news of the peer. */
  arrived(packet: number): boolean {
    if (packet <= this.#newest) return false;
    this.#newest = packet;
    return true;
  }

  /** Records an accepted packet. */
  accept(packet: number, nowUs: number): Arrival {
    const ahead = packet - this.#largest;
    if (ahead > 0) {
      const first = this.#largest < 0;
      this.#shift(ahead);
      this.#largest = packet;
      this.#numbers[LARGEST_AT_US] = nowUs;
      return ahead === 1 || first ? "next" : "early";
    }
    if (ahead === 0) return "duplicate";
    const bit = -ahead - 1;
    if (bit >= BITMAP) return "old";
    const mask = 1 << (bit & 31);
    const bits = bit < 32 ? this.#bitsLow : this.#bitsHigh;
    if ((bits & mask) !== 0) return "duplicate";
    if (bit < 32) this.#bitsLow |= mask;
    else this.#bitsHigh |= mask;
    return "filled";
  }

  /** A packet that wants an acknowledgement arrived. */
  wantsAck(arrival: Arrival, immediate: boolean, nowUs: number): void {
    this.#unacknowledged++;
    // Acknowledgements get lost as well: while something is missing, each may be the one that tells.
    const gap = this.#largest > RECENT && (this.#bitsLow & RECENT_BITS) !== RECENT_BITS;
    if (immediate || gap || arrival !== "next" || this.#unacknowledged >= this.#options.ackEvery) {
      this.dueUs = nowUs;
    } else {
      this.dueUs = Math.min(this.dueUs, nowUs + this.#options.ackDelayUs);
    }
  }

  /** An acknowledgement left. */
  acknowledged(): void {
    this.#unacknowledged = 0;
    this.dueUs = NEVER;
  }

  /** Moves the bitmap for a new largest; the old largest becomes bit `by - 1`. */
  #shift(by: number): void {
    const hadLargest = this.#largest >= 0;
    if (by > BITMAP) {
      this.#bitsLow = 0;
      this.#bitsHigh = 0;
      return;
    }
    if (by >= 32) {
      this.#bitsHigh = by === 64 ? 0 : this.#bitsLow << (by - 32);
      this.#bitsLow = 0;
    } else {
      this.#bitsHigh = (this.#bitsHigh << by) | (this.#bitsLow >>> (32 - by));
      this.#bitsLow <<= by;
    }
    if (!hadLargest) return;
    if (by <= 32) this.#bitsLow |= 1 << (by - 1);
    else this.#bitsHigh |= 1 << (by - 33);
  }
}
