/** Samples after which an old one counts half as much, about 0.7 times these. */
const ROUNDS_MEMORY = 64;
const SILENCES_MEMORY = 32;
/** Rounds of one silence that count: a long one teaches no more about chances. */
const ROUNDS_COUNTED_MAX = 64;
/** What the share of failed rounds is taken to be at first counts as so many samples. */
const PRIOR_ROUNDS = 6;
/** A path of fewer silences than these is taken to be as bad as all paths of the port together. */
const SILENCES_LEAST = 16;
/** Deviations above the mean: in 97 of 100 cases the chance is no higher. */
const DEVIATIONS = 2;
/** A burst fades from memory once silences without one sum up to this. */
const FADING_US = 1_000;

/** The chance that a packet or its answer is lost: `1 - (1 - loss)^2`. */
export const roundFails = (loss: number): number => 1 - (1 - loss) ** 2;

/** Sums in which what is old counts less. */
interface Learnt {
  rounds: number;
  failed: number;
  beyondUs: number;
  beyondSquared: number;
}

const NOTHING: Readonly<Learnt> = { rounds: 0, failed: 0, beyondUs: 0, beyondSquared: 0 };

/**
 * What silences of a path that ended well say about the next one: losses come in bursts, so a round
 * after a lost one fails more often than the first.
 *
 * Two things are learnt. The share of rounds that failed after one had failed, taken high by two
 * deviations. And how long silences last beyond their second round: of independent losses hardly
 * any do, of a burst the rest of it. `mean of squares / 2 means` gives the mean of an exponential
 * length whatever share of silences has length zero (Gilbert-Elliott: states that last in time).
 *
 * What is not known of a path yet is taken from all paths of the port together.
 */
export class SilenceHistory {
  readonly #all: SilenceHistory | undefined;
  readonly #isShared: boolean;
  #silences = 0;
  /** Nothing before the first silence: most paths have none. */
  #learnt: Learnt | undefined;

  /**
   * `all`: the history of all paths of the port; it learns what each of them does. `isShared`: by all paths that had no
   * silence yet.
   */
  constructor(all?: SilenceHistory, isShared = false) {
    this.#all = all;
    this.#isShared = isShared;
  }

  /** The history to teach: this one, or where paths share it, one of its own for the path that asks. */
  ofThisPath(): SilenceHistory {
    return this.#isShared ? new SilenceHistory(this.#all) : this;
  }

  /** A silence ended with an answer, and packets were lost in it. `beyondUs`: after its second round. */
  ended(rounds: number, beyondUs: number): void {
    this.#all?.ended(rounds, beyondUs);
    this.#silences++;
    this.#learnt ??= { ...NOTHING };
    const learnt = this.#learnt;
    const keep = 1 - 1 / ROUNDS_MEMORY;
    for (let i = 1; i <= Math.min(rounds, ROUNDS_COUNTED_MAX); i++) {
      learnt.rounds = learnt.rounds * keep + 1;
      learnt.failed = learnt.failed * keep + (i < rounds ? 1 : 0);
    }
    const keepSilence = 1 - 1 / SILENCES_MEMORY;
    learnt.beyondUs = learnt.beyondUs * keepSilence + beyondUs;
    learnt.beyondSquared = learnt.beyondSquared * keepSilence + beyondUs * beyondUs;
  }

  /** The chance that a round fails after one has failed, where `loss` of the packets are lost. */
  failsAgain(loss: number): number {
    const prior = Math.max(roundFails(loss), this.#all?.failedShare ?? 0);
    const { rounds, failed } = this.#learnt ?? NOTHING;
    const samples = rounds + PRIOR_ROUNDS;
    const mean = (failed + PRIOR_ROUNDS * prior) / samples;
    return mean + DEVIATIONS * Math.sqrt((mean * (1 - mean)) / (samples + 1));
  }

  /** How long, beyond the second round, a burst may last but for a chance of `10^-phi`. */
  burstUs(phi: number): number {
    const { beyondUs, beyondSquared } = this.#learnt ?? NOTHING;
    const meanUs = beyondSquared / (2 * (beyondUs + FADING_US));
    const ownUs = meanUs * phi * Math.LN10;
    if (this.#all === undefined || this.#silences >= SILENCES_LEAST) return ownUs;
    return Math.max(ownUs, this.#all.burstUs(phi));
  }

  /** The share of rounds after a failed one that failed; 0 before much is known. */
  get failedShare(): number {
    const { rounds, failed } = this.#learnt ?? NOTHING;
    return this.#silences < SILENCES_LEAST ? 0 : failed / rounds;
  }
}
