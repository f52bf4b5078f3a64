import { roundFails } from "./loss.ts";
import type { UdpOptions } from "./options.ts";
import type { SilenceHistory } from "./silence-history.ts";

export type Judgement = "up" | "suspect" | "down";

const NEVER = Number.POSITIVE_INFINITY;

/**
 * How sure we are that a peer is gone. Each round that it does not answer (one RTO, not one packet)
 * adds `-log10` of the chance that the round failed by loss alone: for the first round
 * `1 - (1 - loss)^2`, for the others what the path's history says of rounds after a failed one; so
 * the number of rounds follows the loss measured on this path. `down` also needs a silence of some
 * length: longer than bursts of losses last on this path, and where processes run late, longer still.
 *
 * Time in which our own process stood still is taken out: it is no silence of the peer's.
 */
export class Accrual {
  readonly #options: UdpOptions;
  readonly #history: SilenceHistory;
  #phi = 0;
  #rounds = 0;
  #silentSinceUs = 0;
  /** When the second round ended. */
  #secondEndUs = NEVER;
  /** When the peer's host said that nobody listens; `Infinity`: it did not. */
  #refusedUs = NEVER;

  constructor(options: UdpOptions, history: SilenceHistory) {
    this.#options = options;
    this.#history = history;
  }

  /** Unanswered rounds in a row. */
  get rounds(): number {
    return this.#rounds;
  }

  get phi(): number {
    return this.#phi;
  }

  /** A round that began at `sinceUs` ended without an answer. */
  unanswered(sinceUs: number, nowUs: number, loss: number): void {
    if (this.#rounds === 0) this.#silentSinceUs = sinceUs;
    this.#phi += this.#rounds === 0 ? roundWeight(loss) : this.#laterWeight(loss);
    this.#rounds++;
    if (this.#rounds === 2) this.#secondEndUs = nowUs;
  }

  /** The peer answered. `lossy`: something sent in the silence was lost, so loss explains it. */
  answered(nowUs: number, lossy: boolean): void {
    if (lossy && this.#rounds > 0) {
      this.#history.ended(this.#rounds, Math.max(0, nowUs - this.#secondEndUs));
    }
    this.reset();
  }

  /** A new conversation. */
  reset(): void {
    this.#phi = 0;
    this.#rounds = 0;
    this.#secondEndUs = NEVER;
    this.#refusedUs = NEVER;
  }

  /** How long the peer has been silent. */
  silenceUs(nowUs: number): number {
    return this.#rounds === 0 ? 0 : nowUs - this.#silentSinceUs;
  }

  /** The peer's host says that nobody listens there: anybody can forge that, so it is asked once more. */
  refused(nowUs: number): void {
    this.#refusedUs = Math.min(this.#refusedUs, nowUs);
  }

  get isRefused(): boolean {
    return this.#refusedUs !== NEVER;
  }

  /** Our own process stood still for so long. */
  stalled(us: number): void {
    this.#silentSinceUs += us;
    this.#secondEndUs += us;
    this.#refusedUs += us;
  }

  /** Whether there is reason to route around the peer. */
  get isSuspect(): boolean {
    return this.#rounds > 0 && this.#enough(this.#options.phiSuspect);
  }

  /**
   * When the peer is `down` if it stays silent and no further round is needed; else `Infinity`.
   * `lateUs`: how late we or the peer have lately run. `confirmUs`: the time in which it would
   * answer, had its host been wrong about it.
   */
  downAtUs(srttUs: number, lateUs: number, confirmUs: number): number {
    return Math.min(this.#refusedUs + confirmUs, this.silentAtUs(srttUs, lateUs));
  }

  /** The same, but for refusals. */
  silentAtUs(srttUs: number, lateUs: number): number {
    if (this.#rounds === 0 || !this.#enough(this.#options.phiDown)) return NEVER;
    const atUs = this.#silentSinceUs + minSilenceUs(this.#options, srttUs, lateUs);
    if (this.#rounds < 2 || this.#options.retries !== "auto") return atUs;
    const { phiDown, lateSilenceUs } = this.#options;
    const burstUs = Math.min(lateSilenceUs, this.#history.burstUs(phiDown));
    return Math.max(atUs, this.#secondEndUs + burstUs);
  }

  #laterWeight(loss: number): number {
    const ceiling = roundFails(this.#options.lossCeiling);
    return -Math.log10(Math.min(ceiling, this.#history.failsAgain(loss)));
  }

  #enough(phi: number): boolean {
    const { retries, phiDown } = this.#options;
    if (retries === "auto") return this.#phi >= phi;
    // Told how often to try: suspicion after the same share of the tries.
    const tries = phi === phiDown ? retries + 1 : Math.max(1, Math.floor((retries + 1) / 2));
    return this.#rounds >= tries;
  }
}

/** What the first unanswered round adds to phi at this loss, and any at the ceiling of the loss. */
export function roundWeight(loss: number): number {
  return -Math.log10(roundFails(loss));
}

/** The silence that may mean `down`, on this path, with everybody so late. */
export function minSilenceUs(options: UdpOptions, srttUs: number, lateUs: number): number {
  const { minSilenceUs, minSilenceRtts, lateFactor, lateSilenceUs } = options;
  const forLateUs = Math.min(lateSilenceUs, lateFactor * lateUs);
  return Math.max(minSilenceUs, minSilenceRtts * srttUs, forLateUs);
}
