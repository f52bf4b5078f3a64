import type { PacketOnWay } from "../congestion/control.ts";
import type { Chunk } from "../messages/outbox-lane.ts";
import { SlidingWindow } from "./sliding-window.ts";

/** A packet that asked for an answer. */
export interface SentPacket extends PacketOnWay {
  readonly number: number;
  /** What it carried; empty: a ping. */
  readonly chunks: readonly Chunk[];
  /** Given up; remembered for a while, since it may only be late. */
  lost: boolean;
}

/** Packets that may be remembered, those given up included. */
const SPAN_MAX = 16_384;
/** A packet given up is remembered for so many of the ages at which packets are given up. */
const LATE_ROUNDS = 4;

/** The packets of a session that are on the network, by number. BOUNDED: `SPAN_MAX` numbers. */
export class SentLedger {
  readonly #packets: SlidingWindow<SentPacket>;
  readonly #firstNumber: number;
  /** The last number that was left out; -1: none was. */
  #trap = -1;
  #inFlight = 0;
  #largestAcknowledged = -1;

  constructor(firstNumber: number) {
    this.#packets = new SlidingWindow(firstNumber);
    this.#firstNumber = firstNumber;
  }

  get next(): number {
    return this.#packets.next;
  }

  get first(): number {
    return this.#packets.first;
  }

  /** Packets without an answer that were not given up. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** Room for another packet: with very many on the network, wait for answers. */
  get hasRoom(): boolean {
    return this.#packets.span < SPAN_MAX;
  }

  /** So many numbers were used since one was left out. */
  get sinceTrap(): number {
    return this.next - Math.max(this.#trap, this.#firstNumber);
  }

  /** Leaves a number out: nobody who acknowledges it has received it. */
  setTrap(): void {
    if (this.hasRoom) this.#trap = this.#packets.push(undefined);
  }

  /**
   * Whether an acknowledgement of `largest` and of these 64 below it names a packet that was never sent:
   * one to come, one before the first, or one that was left out.
   */
  isForged(largest: number, bitsLow: number, bitsHigh: number): boolean {
    if (largest >= this.next || largest < this.#firstNumber || largest === this.#trap) return true;
    const before = largest - this.#firstNumber;
    if (before < 32 && bitsLow >>> before !== 0) return true;
    if (before < 64 && bitsHigh >>> Math.max(0, before - 32) !== 0) return true;
    const bit = largest - 1 - this.#trap;
    if (this.#trap < 0 || bit < 0 || bit >= 64) return false;
    return ((bit < 32 ? bitsLow >>> bit : bitsHigh >>> (bit - 32)) & 1) === 1;
  }

  /** Records a packet with something to be answered. */
  sent(packet: SentPacket): void {
    this.#packets.push(packet);
    this.#inFlight++;
  }

  /** Records a number used for something that needs no answer. A packet that falls out of memory by it is lost. */
  skipped(onLost: (packet: SentPacket) => void): void {
    const oldest = this.hasRoom ? undefined : this.#packets.get(this.#packets.first);
    this.#packets.push(undefined);
    if (oldest === undefined) return;
    this.#packets.remove(oldest.number);
    if (oldest.lost) return;
    oldest.lost = true;
    this.#inFlight--;
    onLost(oldest);
  }

  /** Packets without an answer that were not given up, the last sent first. */
  *newestFirst(): Generator<SentPacket> {
    for (let n = this.#packets.next - 1; n >= this.#packets.first; n--) {
      const packet = this.#packets.get(n);
      if (packet !== undefined && !packet.lost) yield packet;
    }
  }

  /** Forgets all packets on the network and returns them, oldest first. Their numbers stay used. */
  takeBack(): SentPacket[] {
    const all: SentPacket[] = [];
    for (let n = this.#packets.first; n < this.#packets.next; n++) {
      const packet = this.#packets.get(n);
      if (packet === undefined) continue;
      if (!packet.lost) all.push(packet);
      this.#packets.remove(n);
    }
    this.#inFlight = 0;
    return all;
  }

  get(number: number): SentPacket | undefined {
    return this.#packets.get(number);
  }

  /** An answer to this packet came. */
  answered(packet: SentPacket): void {
    this.#packets.remove(packet.number);
    if (!packet.lost) this.#inFlight--;
    this.#largestAcknowledged = Math.max(this.#largestAcknowledged, packet.number);
  }

  /**
   * Gives up packets that were overtaken: an answer came to one sent later, and they are older than
   * `ageUs`. `onLost` hears of each. Returns when the next one would be given up.
   */
  giveUp(nowUs: number, ageUs: number, onLost: (packet: SentPacket) => void): number {
    let dueUs = Number.POSITIVE_INFINITY;
    const end = Math.min(this.#largestAcknowledged, this.#packets.next);
    for (let n = this.#packets.first; n < end; n++) {
      const packet = this.#packets.get(n);
      if (packet === undefined) continue;
      if (packet.lost) {
        if (packet.sentUs + LATE_ROUNDS * ageUs <= nowUs) this.#packets.remove(n);
        continue;
      }
      if (packet.sentUs + ageUs > nowUs) {
        dueUs = Math.min(dueUs, packet.sentUs + ageUs);
        continue;
      }
      packet.lost = true;
      this.#inFlight--;
      onLost(packet);
    }
    return dueUs;
  }
}
