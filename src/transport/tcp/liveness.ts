import type { TcpOptions } from "./options.ts";

export type LiveState = "up" | "suspect" | "down";

/** Weight of the newest round in the smoothed share of unanswered rounds. */
const LOSS_GAIN = 1 / 8;

/**
 * Judges a peer by rounds: a round in which nothing was heard is missed. Counting rounds rather
 * than retransmissions keeps a short loss burst from looking like a death.
 */
export class Liveness {
  readonly #suspectMissed: number;
  readonly #downMissed: number;
  #missed = 0;
  #heard = false;
  #loss = 0;

  constructor({ suspectMissed, downMissed }: Pick<TcpOptions, "suspectMissed" | "downMissed">) {
    this.#suspectMissed = suspectMissed;
    this.#downMissed = downMissed;
  }

  get state(): LiveState {
    if (this.#missed >= this.#downMissed) return "down";
    return this.#missed >= this.#suspectMissed ? "suspect" : "up";
  }

  /** Smoothed share of rounds without an answer, 0 to 1. */
  get loss(): number {
    return this.#loss;
  }

  /** Any bytes from the peer. True: it was suspected until now. */
  heard(): boolean {
    this.#heard = true;
    const suspected = this.#missed >= this.#suspectMissed;
    this.#missed = 0;
    return suspected;
  }

  /** A round is over: the peer had a whole round to answer, and the answers were looked for. */
  endRound(): LiveState {
    if (!this.#heard) this.#missed++;
    this.#loss += ((this.#heard ? 0 : 1) - this.#loss) * LOSS_GAIN;
    this.#heard = false;
    return this.state;
  }

  /** Begins anew: another connection, whose peer has had no round to answer yet. */
  reset(): void {
    this.#missed = 0;
    this.#heard = false;
  }
}
