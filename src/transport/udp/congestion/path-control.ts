import type { Random } from "../../../core/random.ts";
import type { UdpOptions } from "../options.ts";
import { BandwidthProbe } from "./bandwidth-probe.ts";
import { CompetitionWindow } from "./competition.ts";
import type { CongestionControl, PacketOnWay } from "./control.ts";
import { DeliveryRate } from "./delivery-rate.ts";
import { PathModel } from "./path-model.ts";

/** Acknowledgements wait and processes take turns: so much more may be in flight than the path holds. */
const SLACK_US = 2_000;
/** A loss while we only cruise, and the round trip is so much longer than the shortest, is not ours. */
const CROWDED_RTT = 1.4;

/**
 * Control by delivery rate and delay: chance losses do not slow it down. While the queue runs empty
 * whenever we hold back, we are alone, and `BandwidthProbe` keeps it empty; where it does not,
 * somebody fills it, and `CompetitionWindow` takes the share that TCP would.
 * Mode switching: Copa (Arun, Balakrishnan, NSDI 2018), §2.2.
 */
export class PathControl implements CongestionControl {
  readonly #options: UdpOptions;
  readonly #rate = new DeliveryRate();
  readonly #path: PathModel;
  readonly #probe: BandwidthProbe;
  /** There while somebody else fills the queue. */
  #competition: CompetitionWindow | undefined;
  #ackedBytes = 0;
  inFlightBytes = 0;

  constructor(options: UdpOptions, random: Random, minRttUs: number) {
    this.#options = options;
    this.#path = new PathModel(minRttUs);
    this.#probe = new BandwidthProbe(this.#path, random);
  }

  /** A program that never needed more than the first window has shown nothing of the path. */
  get isLikeNew(): boolean {
    if (this.#competition !== undefined || this.#probe.isFull) return false;
    return this.#pathBytes <= this.#options.windowInitialBytes;
  }

  get windowBytes(): number {
    const { windowInitialBytes, windowMaxBytes } = this.#options;
    if (this.#competition !== undefined) {
      return Math.min(windowMaxBytes, this.#competition.windowBytes);
    }
    return Math.min(windowMaxBytes, Math.max(windowInitialBytes, this.#pathBytes));
  }

  /** What fills the path as it is known. */
  get #pathBytes(): number {
    const { bandwidth, bdpBytes } = this.#path;
    const slackBytes = (bandwidth * SLACK_US) / 1e6 + 2 * this.#options.datagramBytes;
    return this.#probe.windowGain * bdpBytes + slackBytes;
  }

  get bytesPerSecond(): number {
    const path = this.#path;
    const { paceUs, initialRtoUs, windowInitialBytes } = this.#options;
    // Timers are coarser than such a path: its acknowledgements alone set the pace.
    if (path.minRttUs < paceUs) return Number.POSITIVE_INFINITY;
    if (this.#competition !== undefined) return this.#competition.bytesPerSecond;
    const rate = this.#probe.pacingGain * path.bandwidth;
    if (this.#probe.isFull) return rate;
    // A program that never filled the path has shown nothing of its bandwidth.
    const rttUs = Math.min(path.minRttUs, initialRtoUs);
    return Math.max(rate, (this.#probe.pacingGain * windowInitialBytes * 1e6) / rttUs);
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
    // A program that sends less than it might has not filled any queue.
    if (packet.appLimited) return;
    if (this.#competition !== undefined) {
      this.#competition.lost(packet.sentUs, nowUs);
      return;
    }
    const path = this.#path;
    if (!path.queueShows(0.5)) return;
    if (this.#probe.isCruising && path.lastRttUs > CROWDED_RTT * path.minRttUs) {
      this.#compete(nowUs).lost(packet.sentUs, nowUs);
    } else this.#probe.overflowed(nowUs);
  }

  judged(nowUs: number, rttUs: number | undefined): void {
    const bytes = this.#ackedBytes;
    this.#ackedBytes = 0;
    const path = this.#path;
    if (rttUs !== undefined) path.sampleRtt(rttUs, nowUs);
    const sample = this.#rate.sample(nowUs, path.minRttUs);
    if (sample === undefined) return;
    path.sampleRate(sample, this.#rate.delivered);
    if (this.#competition !== undefined) {
      if (!sample.appLimited && this.#competition.grow(bytes, nowUs)) {
        this.#competition = undefined;
        this.#probe.resume(nowUs);
      }
      return;
    }
    this.#probe.advance(nowUs, this.inFlightBytes, sample.appLimited);
    if (this.#probe.hasCompany) this.#compete(nowUs);
  }

  appLimited(): void {
    this.#rate.appLimited(this.inFlightBytes);
  }

  #compete(nowUs: number): CompetitionWindow {
    const bytes = Math.max(this.inFlightBytes, this.#path.bdpBytes);
    const { datagramBytes } = this.#options;
    this.#competition = new CompetitionWindow(this.#path, datagramBytes, bytes, nowUs);
    return this.#competition;
  }
}
