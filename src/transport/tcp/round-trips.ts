import { RttEstimator } from "./rtt.ts";

/** What took longer may have been repeated by the kernel: its least retransmission timeout on Linux. */
const KERNEL_RTO_US = 200_000;
const AMBIGUOUS = Number.NEGATIVE_INFINITY;

/** Round trips of one connection, from pings and from acknowledgements: one of each is timed at once. */
export class RoundTrips {
  readonly #rtt = new RttEstimator();
  /** The same of what waited behind nothing. */
  readonly #bare = new RttEstimator();
  #nonce = 0;
  #awaited = 0;
  #pingUs = 0;
  /** Nothing was in the way of the ping that is awaited. */
  #pingAlone = false;
  #timedId = 0;
  #timedUs = 0;

  get srttUs(): number | undefined {
    return this.#rtt.srttUs;
  }
  get rttVarUs(): number | undefined {
    return this.#rtt.rttVarUs;
  }
  get leastUs(): number {
    return this.#rtt.leastUs;
  }
  get rtoUs(): number {
    return this.#rtt.rtoUs;
  }
  /** Time in which a connection is made and its program answers: two exchanges. Undefined before any. */
  get greetingUs(): number | undefined {
    const { srttUs, rtoUs } = this.#bare;
    return srttUs === undefined ? undefined : Math.round(srttUs + rtoUs);
  }
  /** A ping has no answer yet. */
  get awaitsPong(): boolean {
    return this.#awaited !== 0;
  }

  /** An exchange apart from this connection took so long. */
  sample(us: number): void {
    this.#rtt.sample(us);
    this.#bare.sample(us);
  }

  /** A ping leaves; `alone`: nothing is in its way. Returns its nonce. */
  ping(nowUs: number, alone: boolean): number {
    this.#nonce = (this.#nonce % 0xffff_ffff) + 1;
    this.#awaited = this.#nonce;
    this.#pingUs = nowUs;
    this.#pingAlone = alone;
    return this.#nonce;
  }

  /** How late the pong is, compared with others; undefined if it was not awaited. */
  pong(nonce: number, nowUs: number): number | undefined {
    if (nonce === 0 || nonce !== this.#awaited) return undefined;
    this.#awaited = 0;
    if (this.#pingUs === AMBIGUOUS) return 0;
    const tookUs = nowUs - this.#pingUs;
    this.#rtt.sample(tookUs);
    const { srttUs = 0 } = this.#bare;
    return this.#pingAlone && tookUs < srttUs + KERNEL_RTO_US ? this.#bare.sample(tookUs) : 0;
  }

  /** A message was transmitted for the first time. */
  transmitted(id: number, nowUs: number): void {
    if (this.#timedId !== 0) return;
    this.#timedId = id;
    this.#timedUs = nowUs;
  }

  acknowledged(id: number, nowUs: number): void {
    if (this.#timedId === 0 || id < this.#timedId) return;
    this.#timedId = 0;
    this.#rtt.sample(nowUs - this.#timedUs);
  }

  connectionLost(): void {
    this.#timedId = 0;
    this.#awaited = 0;
  }

  /** Karn's rule: what was on the way for so long, the kernel may have repeated; it is not timed any more. */
  ambiguous(): void {
    this.#timedId = 0;
    this.#pingUs = AMBIGUOUS;
  }

  /** Our own process stood still for so long. */
  stalled(us: number): void {
    this.#pingUs += us;
    this.#timedUs += us;
  }
}
