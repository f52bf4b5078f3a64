import type { PacketOnWay } from "./control.ts";

/** What one acknowledgement says of the rate at which packets arrive. */
export interface RateSample {
  readonly bytesPerSecond: number;
  /** The program had nothing more to send: the path may be faster. */
  readonly appLimited: boolean;
  /** What had been delivered when the packet was sent: tells rounds apart. */
  readonly priorDelivered: number;
}

/**
 * The rate at which the path delivers, measured between the sending of a packet and its
 * acknowledgement: bytes acknowledged meanwhile by the longer of the time in which they were sent
 * and the time in which they were acknowledged, so that neither bursts of packets nor of
 * acknowledgements make it look faster. Source: Cheng et al., Delivery Rate Estimation
 * (draft-cheng-iccrg-delivery-rate-estimation).
 */
export class DeliveryRate {
  /** Bytes acknowledged so far. */
  delivered = 0;
  #deliveredUs = 0;
  #firstSentUs = 0;
  #limitedUntil = -1;
  #newest: PacketOnWay | undefined;

  /** Marks a packet that leaves with so much in flight before it. */
  sent(packet: PacketOnWay, inFlightBytes: number, nowUs: number): void {
    if (inFlightBytes === 0) {
      this.#firstSentUs = nowUs;
      this.#deliveredUs = nowUs;
    }
    packet.delivered = this.delivered;
    packet.deliveredUs = this.#deliveredUs;
    packet.firstSentUs = this.#firstSentUs;
    packet.appLimited = this.delivered <= this.#limitedUntil;
  }

  acknowledged(packet: PacketOnWay): void {
    this.delivered += packet.bytes;
    if (this.#newest === undefined || packet.delivered >= this.#newest.delivered) {
      this.#newest = packet;
    }
  }

  /** The sample of the acknowledgement just read; `undefined` if it named nothing new. */
  sample(nowUs: number, minRttUs: number): RateSample | undefined {
    const packet = this.#newest;
    if (packet === undefined) return undefined;
    this.#newest = undefined;
    this.#deliveredUs = nowUs;
    this.#firstSentUs = packet.sentUs;
    const sendUs = packet.sentUs - packet.firstSentUs;
    const ackUs = nowUs - packet.deliveredUs;
    const intervalUs = Math.max(sendUs, ackUs);
    // Shorter than any round trip: the clock is too coarse, or the packet number a lie.
    if (intervalUs <= 0 || intervalUs < minRttUs) return undefined;
    return {
      bytesPerSecond: ((this.delivered - packet.delivered) * 1e6) / intervalUs,
      appLimited: packet.appLimited,
      priorDelivered: packet.delivered,
    };
  }

  /** Nothing more to send, with so much in flight: true of everything until that is delivered. */
  appLimited(inFlightBytes: number): void {
    this.#limitedUntil = this.delivered + inFlightBytes;
  }
}
