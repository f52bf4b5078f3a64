import type { UdpOptions } from "../options.ts";
import type { CongestionControl, PacketOnWay } from "./control.ts";
import { DeliveryRate } from "./delivery-rate.ts";
import { PathModel } from "./path-model.ts";

const WINDOW_PACKETS_MIN = 2;
/** Slow start ends at this share of the delay aimed at. */
const SLOW_START_SHARE = 0.5;
const DECREASE = 0.5;

/**
 * Control for what can wait: it adds no more than `backgroundDelay` to the round trip and shrinks
 * as the queue grows, so that anybody who fills the queue gets the path. Source: LEDBAT
 * (RFC 6817), on round trips, since the clocks of two hosts are not compared here.
 */
export class BackgroundControl implements CongestionControl {
  readonly #options: UdpOptions;
  readonly #path: PathModel;
  readonly #rate = new DeliveryRate();
  #windowBytes: number;
  #slowStart = true;
  #cutUs = -1;
  #ackedBytes = 0;
  inFlightBytes = 0;

  constructor(options: UdpOptions, minRttUs: number) {
    this.#options = options;
    this.#path = new PathModel(minRttUs);
    this.#windowBytes = options.windowInitialBytes;
  }

  get isLikeNew(): boolean {
    return this.#slowStart && this.#windowBytes <= this.#options.windowInitialBytes;
  }

  get windowBytes(): number {
    return this.#windowBytes;
  }

  get bytesPerSecond(): number {
    const { minRttUs, lastRttUs } = this.#path;
    if (minRttUs === Number.POSITIVE_INFINITY || minRttUs < this.#options.paceUs) {
      return Number.POSITIVE_INFINITY;
    }
    return (1.25 * this.#windowBytes * 1e6) / Math.max(1, lastRttUs);
  }

  sent(packet: PacketOnWay, nowUs: number): void {
    this.#rate.sent(packet, this.inFlightBytes, nowUs);
    this.inFlightBytes += packet.bytes;
  }

  acknowledged(packet: PacketOnWay): void {
    this.inFlightBytes -= packet.bytes;
    this.#ackedBytes += packet.bytes;
    this.#rate.acknowledged(packet);
  }

  lost(packet: PacketOnWay, nowUs: number): void {
    this.inFlightBytes -= packet.bytes;
    if (packet.sentUs <= this.#cutUs || !this.#path.queueShows(0.5)) return;
    this.#cutUs = nowUs;
    this.#slowStart = false;
    this.#resize(this.#windowBytes * DECREASE);
  }

  judged(nowUs: number, rttUs: number | undefined): void {
    const bytes = this.#ackedBytes;
    this.#ackedBytes = 0;
    const path = this.#path;
    if (rttUs !== undefined) path.sampleRtt(rttUs, nowUs);
    const sample = this.#rate.sample(nowUs, path.minRttUs);
    if (sample === undefined) return;
    path.sampleRate(sample, this.#rate.delivered);
    const { backgroundDelayUs, datagramBytes } = this.#options;
    const queueUs = path.lastRttUs - path.minRttUs;
    if (sample.appLimited && queueUs < backgroundDelayUs) return;
    if (this.#slowStart && queueUs < SLOW_START_SHARE * backgroundDelayUs) {
      this.#resize(this.#windowBytes + bytes);
      return;
    }
    this.#slowStart = false;
    const offTarget = Math.max(-1, (backgroundDelayUs - queueUs) / backgroundDelayUs);
    this.#resize(this.#windowBytes + (offTarget * bytes * datagramBytes) / this.#windowBytes);
  }

  appLimited(): void {
    this.#rate.appLimited(this.inFlightBytes);
  }

  #resize(bytes: number): void {
    const { windowMaxBytes, datagramBytes } = this.#options;
    const least = WINDOW_PACKETS_MIN * datagramBytes;
    this.#windowBytes = Math.min(windowMaxBytes, Math.max(least, bytes));
  }
}
