import type { Random } from "../../src/core/random.ts";
import type { VirtualTime } from "./virtual-time.ts";

/** One direction of a path. */
export interface LinkSetup {
  /** Propagation, one way. */
  readonly delayUs: number;
  /** Added at random, evenly from 0; packets may overtake each other. */
  readonly jitterUs?: number;
  /** Share of packets lost at random, after they passed the queue. */
  readonly loss?: number;
  /** Left out: no limit, and no queue. */
  readonly bitsPerSecond?: number;
  /** Packets that wait or are being sent; more are dropped. */
  readonly queuePackets?: number;
}

/** Bytes of IPv4 and UDP headers that each datagram brings along. */
export const IP_UDP_BYTES = 28;

/** A link with rate, drop-tail queue, delay, jitter and loss. Sizes include all headers. */
export class Link {
  packets = 0;
  bytes = 0;
  /** Dropped because the queue was full. */
  dropped = 0;
  lost = 0;
  #queued = 0;
  #freeAtUs = 0;
  readonly #time: VirtualTime;
  readonly #random: Random;
  readonly #setup: LinkSetup;

  constructor(time: VirtualTime, random: Random, setup: LinkSetup) {
    this.#time = time;
    this.#random = random;
    this.#setup = setup;
  }

  /** Takes a packet of so many bytes; `arrive` runs at the other end, or never. */
  send(bytes: number, arrive: () => void): void {
    const { bitsPerSecond, queuePackets = Number.POSITIVE_INFINITY } = this.#setup;
    this.packets++;
    this.bytes += bytes;
    if (bitsPerSecond === undefined) {
      this.#propagate(arrive);
      return;
    }
    if (this.#queued >= queuePackets) {
      this.dropped++;
      return;
    }
    const { nowUs } = this.#time;
    this.#queued++;
    this.#freeAtUs = Math.max(nowUs, this.#freeAtUs) + (bytes * 8e6) / bitsPerSecond;
    this.#time.after(this.#freeAtUs - nowUs, () => {
      this.#queued--;
      this.#propagate(arrive);
    });
  }

  #propagate(arrive: () => void): void {
    const { delayUs, jitterUs = 0, loss = 0 } = this.#setup;
    if (loss > 0 && this.#random.chance(loss)) {
      this.lost++;
      return;
    }
    const jitter = jitterUs === 0 ? 0 : this.#random.below(jitterUs + 1);
    this.#time.after(delayUs + jitter, arrive);
  }
}
