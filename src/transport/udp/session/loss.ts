import type { UdpOptions } from "../options.ts";
import { LOSS, newSessionNumbers, type SessionNumbers } from "./numbers.ts";
import type { RttEstimator } from "./rtt.ts";

const GAIN = 1 / 32;
/** A share of losses so long ago that adding it to anything changes nothing. */
const FORGOTTEN = 1e-18;
/** Recoveries in a row without a mistake after which the reorder window shrinks (RFC 8985, §6.2). */
const CLEAN_RECOVERIES = 16;

/**
 * When a packet counts as lost, and how much is lost on this path.
 *
 * A packet is lost if one sent later was acknowledged and it is older than a round trip and the
 * reorder window. The window is `reorderWindow` until reordering is seen: a packet given up is
 * acknowledged after all, which tells how late it was; or the peer reports a duplicate that no such
 * packet explains. It shrinks by half after 16 recoveries without a mistake. Source: RACK, RFC 8985,
 * §6.2, with the lateness measured, since a packet's number tells which copy arrived.
 */
export class LossEstimator {
  readonly #options: UdpOptions;
  readonly #rtt: RttEstimator;
  readonly #numbers: SessionNumbers;
  #extraUs = 0;
  #cleanRecoveries = 0;
  /** Losses of packets sent before this belong to a recovery already counted. */
  #recoveryUs = -1;
  /** Duplicates that the peer will report and that are explained already. */
  #explained = 0;
  #reported = 0;

  constructor(
    options: UdpOptions,
    rtt: RttEstimator,
    numbers: SessionNumbers = newSessionNumbers(),
  ) {
    this.#options = options;
    this.#rtt = rtt;
    this.#numbers = numbers;
    this.#loss = options.lossFloor;
  }

  get #loss(): number {
    return this.#numbers[LOSS] as number;
  }
  set #loss(share: number) {
    this.#numbers[LOSS] = share;
  }

  /** Smoothed share of packets lost, between floor and ceiling. */
  get loss(): number {
    return Math.min(this.#options.lossCeiling, Math.max(this.#options.lossFloor, this.#loss));
  }

  /** Whether this path loses more than any path is assumed to. */
  get isLossy(): boolean {
    return this.#loss > this.#options.lossFloor;
  }

  /** Age at which a packet overtaken by an acknowledged one is given up. */
  get reorderAgeUs(): number {
    const srttUs = this.#srttUs();
    return srttUs + this.#options.reorderWindowUs + Math.min(this.#extraUs, srttUs);
  }

  acknowledged(): void {
    // Numbers too small for their format take a processor a hundred times as long.
    this.#loss = this.#loss < FORGOTTEN ? 0 : this.#loss - this.#loss * GAIN;
  }

  /** A packet sent at `sentUs` was given up. */
  lost(sentUs: number, nowUs: number): void {
    this.#loss += (1 - this.#loss) * GAIN;
    if (sentUs <= this.#recoveryUs) return;
    this.#recoveryUs = nowUs;
    if (this.#extraUs === 0 || ++this.#cleanRecoveries < CLEAN_RECOVERIES) return;
    this.#cleanRecoveries = 0;
    this.#extraUs /= 2;
    if (this.#extraUs < this.#options.reorderWindowUs) this.#extraUs = 0;
  }

  /** A packet given up was acknowledged after all, so many microseconds old: it was only late. */
  spurious(ageUs: number): void {
    this.#loss = Math.max(0, this.#loss - GAIN);
    this.#explained++;
    this.#widen(ageUs - this.#srttUs());
  }

  /** Something was sent again on the chance that it was lost: a duplicate of it proves nothing. */
  probed(): void {
    this.#explained++;
  }

  /** The peer has seen so many duplicates of this session, modulo 2^16. Reports may come out of order. */
  duplicatesReported(total: number): void {
    const more = (total - this.#reported) & 0xffff;
    if (more === 0 || more > 0x7fff) return;
    this.#reported = total;
    const unexplained = more - this.#explained;
    this.#explained = Math.max(0, -unexplained);
    if (unexplained > 0) this.#widen(0);
  }

  /** A new session: the peer counts from zero. */
  restart(): void {
    this.#explained = 0;
    this.#reported = 0;
    this.#recoveryUs = -1;
  }

  #widen(lateUs: number): void {
    this.#cleanRecoveries = 0;
    const stepUs = Math.max(this.#options.reorderWindowUs, this.#rtt.minRttUs / 4);
    this.#extraUs = Math.min(this.#srttUs(), Math.max(this.#extraUs + stepUs, lateUs));
  }

  #srttUs(): number {
    return this.#rtt.srttUs ?? this.#options.initialRtoUs;
  }
}
