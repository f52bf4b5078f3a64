import type { DetectorOptions } from "./options.ts";
import { roundFails, type SilenceHistory } from "./silence-history.ts";

/** A chance below which answers lost in a row are no explanation. */
const ANSWERS_LOST = 1e-3;
const NEVER = Number.POSITIVE_INFINITY;

/** What speaks against a peer in the silence that is. */
interface Doubts {
  phi: number;
  /** Unanswered rounds in a row. */
  rounds: number;
  /** The peer's host was asked about it. */
  hostAsked: boolean;
  /** When the second round ended. */
  secondEndUs: number;
  /** When the peer's host said that nobody listens; `Infinity`: it did not. */
  refusedUs: number;
}

const NO_DOUBTS: Readonly<Doubts> = {
  phi: 0,
  rounds: 0,
  hostAsked: false,
  secondEndUs: NEVER,
  refusedUs: NEVER,
};

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
  readonly #options: DetectorOptions;
  #history: SilenceHistory;
  /** Since when the peer owes an answer; `Infinity`: it owes none. */
  #owedSinceUs = NEVER;
  /** Something sent in this silence was lost. */
  #lossy = false;
  /** There once a round went unanswered: most peers are never doubted. */
  #doubts: Doubts | undefined;

  constructor(options: DetectorOptions, history: SilenceHistory) {
    this.#options = options;
    this.#history = history;
  }

  /** Unanswered rounds in a row. */
  get rounds(): number {
    return this.#doubts?.rounds ?? 0;
  }

  get phi(): number {
    return this.#doubts?.phi ?? 0;
  }

  /** Something that asks for an answer left. */
  asked(nowUs: number): void {
    if (this.#owedSinceUs === NEVER) this.#owedSinceUs = nowUs;
  }

  /** Whether the peer owes an answer, or its host said that it is gone. */
  get isOwed(): boolean {
    return this.#owedSinceUs !== NEVER || this.isRefused;
  }

  /** Nothing that is on the way asks for an answer any more. */
  settled(): void {
    if (this.rounds === 0) this.#owedSinceUs = NEVER;
  }

  /** A packet was lost. */
  lost(): void {
    this.#lossy = true;
  }

  /** A round ended without an answer. */
  unanswered(nowUs: number, loss: number): void {
    const doubts = this.#begin();
    doubts.phi += doubts.rounds === 0 ? roundWeight(loss) : this.#laterWeight(loss);
    doubts.rounds++;
    if (doubts.rounds === 2) doubts.secondEndUs = nowUs;
  }

  /**
   * The peer answered; `owesMore`: not yet everything. Returns how long it was late where no loss
   * explains its silence, else 0: nothing of ours was lost, and so many answers are not lost in a row.
   */
  answered(nowUs: number, owesMore: boolean, loss: number): number {
    const { rounds, secondEndUs } = this.#doubts ?? NO_DOUBTS;
    const isLate = rounds >= 2 && !this.#lossy && loss ** rounds < ANSWERS_LOST;
    const lateUs = isLate ? this.silenceUs(nowUs) : 0;
    if (this.#lossy && rounds > 0) {
      this.#history = this.#history.ofThisPath();
      this.#history.ended(rounds, Math.max(0, nowUs - secondEndUs));
    }
    this.reset();
    if (owesMore) this.asked(nowUs);
    return lateUs;
  }

  /** A new conversation. */
  reset(): void {
    this.#owedSinceUs = NEVER;
    this.#lossy = false;
    this.#doubts = undefined;
  }

  /** How long the peer has been silent. */
  silenceUs(nowUs: number): number {
    return this.#owedSinceUs === NEVER ? 0 : nowUs - this.#owedSinceUs;
  }

  /** When the peer's host is asked about it, if it takes longer than so long to answer. */
  doubtAtUs(usualUs: number): number {
    return this.#doubts?.hostAsked === true ? NEVER : this.#owedSinceUs + usualUs;
  }

  /** Whether its host was asked, and it has not answered since. */
  get isDoubted(): boolean {
    return this.#doubts?.hostAsked === true;
  }

  /** The host was asked. */
  doubted(): void {
    this.#begin().hostAsked = true;
  }

  /** The peer's host says that nobody listens there: anybody can forge that, so it is asked once more. */
  refused(nowUs: number): void {
    const doubts = this.#begin();
    doubts.refusedUs = Math.min(doubts.refusedUs, nowUs);
  }

  get isRefused(): boolean {
    return this.#doubts !== undefined && this.#doubts.refusedUs !== NEVER;
  }

  /** Our own process stood still for so long. */
  stalled(us: number): void {
    this.#owedSinceUs += us;
    if (this.#doubts === undefined) return;
    this.#doubts.secondEndUs += us;
    this.#doubts.refusedUs += us;
  }

  /** What was silence until now was not the peer's: it begins anew. */
  pardon(nowUs: number): void {
    if (this.#owedSinceUs === NEVER) return;
    this.#owedSinceUs = nowUs;
    const doubts = this.#doubts;
    if (doubts !== undefined && doubts.secondEndUs !== NEVER) doubts.secondEndUs = nowUs;
  }

  /** Whether there is reason to route around the peer. */
  get isSuspect(): boolean {
    return this.rounds > 0 && this.#enough(this.#options.phiSuspect);
  }

  /**
   * When a refused peer is `down`: `confirmUs` is the time in which it would answer, had its host been
   * wrong about it. `Infinity`: it was not refused.
   */
  refusedAtUs(confirmUs: number): number {
    return (this.#doubts ?? NO_DOUBTS).refusedUs + confirmUs;
  }

  /**
   * When the peer is `down` if it stays silent and no further round is needed; else `Infinity`.
   * `lateUs`: how late we or the peer have lately run.
   */
  silentAtUs(srttUs: number, lateUs: number): number {
    const { rounds, secondEndUs } = this.#doubts ?? NO_DOUBTS;
    if (rounds === 0 || !this.#enough(this.#options.phiDown)) return NEVER;
    const atUs = this.#owedSinceUs + minSilenceUs(this.#options, srttUs, lateUs);
    if (rounds < 2 || this.#options.retries !== "auto") return atUs;
    const { phiDown, burstMaxUs } = this.#options;
    const burstUs = Math.min(burstMaxUs, this.#history.burstUs(phiDown));
    return Math.max(atUs, secondEndUs + burstUs);
  }

  #begin(): Doubts {
    this.#doubts ??= { ...NO_DOUBTS };
    return this.#doubts;
  }

  #laterWeight(loss: number): number {
    const ceiling = roundFails(this.#options.lossCeiling);
    return -Math.log10(Math.min(ceiling, this.#history.failsAgain(loss)));
  }

  #enough(phi: number): boolean {
    const { retries, phiDown } = this.#options;
    if (retries === "auto") return this.phi >= phi;
    // Told how often to try: suspicion after the same share of the tries.
    const tries = phi === phiDown ? retries + 1 : Math.max(1, Math.floor((retries + 1) / 2));
    return this.rounds >= tries;
  }
}

/** What the first unanswered round adds to phi at this loss, and any at the ceiling of the loss. */
export function roundWeight(loss: number): number {
  return -Math.log10(roundFails(loss));
}

/** The silence that may mean `down`, on this path, with everybody so late. */
export function minSilenceUs(options: DetectorOptions, srttUs: number, lateUs: number): number {
  const { minSilenceUs, minSilenceRtts, lateFactor, lateSilenceUs } = options;
  const forLateUs = Math.min(lateSilenceUs, lateFactor * lateUs);
  return Math.max(minSilenceUs, minSilenceRtts * srttUs, forLateUs);
}
