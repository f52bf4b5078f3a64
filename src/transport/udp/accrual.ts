import type { UdpOptions } from "./options.ts";

export type Judgement = "up" | "suspect" | "down";

/**
 * How sure we are that a peer is gone. Each round that it does not answer (one RTO, not one packet)
 * adds `-log10` of the chance that the round failed by loss alone, `q = 1 - (1 - loss)^2`; so the
 * number of rounds follows the loss measured on this path. `down` also needs a silence of some
 * length, for losses come in bursts; where processes run late, a longer one.
 *
 * Time in which our own process stood still is taken out: it is no silence of the peer's. The place
 * of indirect probes, of the loss after a loss, and of a hold when many peers are suspect at once.
 */
export class Accrual {
  readonly #options: UdpOptions;
  #phi = 0;
  #rounds = 0;
  #silentSinceUs = 0;
  /** In which round the peer's host said that nobody listens; -1: it did not. */
  #refusedInRound = -1;

  constructor(options: UdpOptions) {
    this.#options = options;
  }

  /** Unanswered rounds in a row. */
  get rounds(): number {
    return this.#rounds;
  }

  get phi(): number {
    return this.#phi;
  }

  /** A round that began at `sinceUs` ended without an answer. */
  unanswered(sinceUs: number, loss: number): void {
    if (this.#rounds === 0) this.#silentSinceUs = sinceUs;
    this.#rounds++;
    this.#phi += roundWeight(loss);
  }

  answered(): void {
    this.#phi = 0;
    this.#rounds = 0;
    this.#refusedInRound = -1;
  }

  /** The peer's host says that nobody listens there: anybody can forge that, so one more round decides. */
  refused(): void {
    if (this.#refusedInRound < 0) this.#refusedInRound = this.#rounds;
  }

  /** Whether it was refused and did not answer the round after. */
  get isRefused(): boolean {
    return this.#refusedInRound >= 0 && this.#rounds > this.#refusedInRound;
  }

  /** Our own process stood still for so long. */
  stalled(us: number): void {
    this.#silentSinceUs += us;
  }

  /** `lateUs`: how late we or the peer have lately run. */
  judge(nowUs: number, srttUs: number, lateUs: number): Judgement {
    if (this.#rounds === 0) return "up";
    if (this.isRefused) return "down";
    if (nowUs >= this.downAtUs(srttUs, lateUs)) return "down";
    return this.#enough(this.#options.phiSuspect) ? "suspect" : "up";
  }

  /** When the peer is `down` if it stays silent and no further round is needed; else `Infinity`. */
  downAtUs(srttUs: number, lateUs: number): number {
    if (this.#rounds === 0 || !this.#enough(this.#options.phiDown)) return Number.POSITIVE_INFINITY;
    return this.#silentSinceUs + minSilenceUs(this.#options, srttUs, lateUs);
  }

  #enough(phi: number): boolean {
    const { retries, phiDown } = this.#options;
    if (retries === "auto") return this.#phi >= phi;
    // Told how often to try: suspicion after the same share of the tries.
    const tries = phi === phiDown ? retries + 1 : Math.max(1, Math.floor((retries + 1) / 2));
    return this.#rounds >= tries;
  }
}

/** What one unanswered round adds to phi at this loss. */
export function roundWeight(loss: number): number {
  return -Math.log10(1 - (1 - loss) ** 2);
}

/** The silence that may mean `down`, on this path, with everybody so late. */
export function minSilenceUs(options: UdpOptions, srttUs: number, lateUs: number): number {
  const { minSilenceUs, minSilenceRtts, lateFactor, lateSilenceUs } = options;
  const forLateUs = Math.min(lateSilenceUs, lateFactor * lateUs);
  return Math.max(minSilenceUs, minSilenceRtts * srttUs, forLateUs);
}
