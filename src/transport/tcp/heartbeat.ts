import { Accrual } from "../detector/accrual.ts";
import type { Sleeper } from "../detector/deadlines.ts";
import { Lateness } from "../detector/lateness.ts";
import { roundFails } from "../detector/silence-history.ts";
import { peerLate, silentDeathUs, type TimedPeer } from "../detector/silent-death.ts";
import { probeDelayUs } from "../detector/watch-timer.ts";
import { FRAME_PING } from "./frames.ts";
import type { HeartbeatEvents } from "./heartbeat-events.ts";
import { PathLoss } from "./path-loss.ts";
import { RoundTrips } from "./round-trips.ts";
import type { Vigil } from "./vigil.ts";

const NEVER = Number.POSITIVE_INFINITY;
/** Length of a round to a peer whose round trip nobody knows. */
const FIRST_ROUND_US = 300_000;
/** An answer that took less was no later than programs are. */
const PROMPT_US = 25_000;
/** A chance below which greetings lost one after the other are no explanation. */
const GREETINGS_LOST = 1e-3;
/** The kernel dials again after so long (RFC 6298: 1 s). */
const REDIALLED_US = 1_000_000;

/**
 * Whether the peer's program answers. It is asked by messages, or by a ping if it is watched and was
 * not heard for a while. Silence is counted in rounds. The first is the question's; in each further
 * one the program is asked on a new connection, for on the silent one the kernel repeats itself at ever
 * longer intervals: so every round is a try of its own, and their number says how sure we are.
 *
 * Under the policy `os` it measures and does not judge.
 */
export class Heartbeat implements Sleeper, TimedPeer {
  heapPlace = -1;
  dueUs = NEVER;
  state: "up" | "suspect" = "up";
  lastHeardUs: number | undefined;
  readonly host: string;
  readonly accrual: Accrual;
  readonly lateness: Lateness;
  readonly #vigil: Vigil;
  readonly #events: HeartbeatEvents;
  readonly trips = new RoundTrips();
  readonly #loss: PathLoss;
  /** When the present round began; `Infinity`: the peer owes nothing. */
  #roundStartUs = NEVER;
  /** When the peer is asked next, if it is silent until then and somebody wants to know. */
  #askUs = NEVER;
  /** A loss was seen in this silence. */
  #lossSeen = false;

  constructor(vigil: Vigil, host: string, events: HeartbeatEvents) {
    const { options } = vigil;
    this.#vigil = vigil;
    this.#events = events;
    this.host = host;
    this.accrual = new Accrual(options, vigil.noSilences);
    this.lateness = new Lateness(options);
    this.#loss = new PathLoss(options);
  }

  get srttUs(): number {
    return this.trips.srttUs ?? FIRST_ROUND_US;
  }
  /** Length of the first round: the answer may wait behind others. */
  get rtoUs(): number {
    const { srttUs, rtoUs } = this.trips;
    return srttUs === undefined ? FIRST_ROUND_US : this.#floored(srttUs + rtoUs);
  }
  get loss(): number {
    return this.#loss.loss;
  }
  /** Watched, and owes no answer: can be asked how things are. */
  get isAtRest(): boolean {
    return this.#roundStartUs === NEVER && this.#events.watched();
  }

  /** Somebody wants to know from now on. */
  start(): void {
    if (!this.#judges) return;
    const nowUs = this.#vigil.world.nowUs();
    if (this.#events.connection()?.state !== "open") this.#asked(nowUs);
    else if (this.#askUs === NEVER) this.#restart(nowUs);
    this.#schedule(nowUs);
  }

  stop(): void {
    this.#vigil.forget(this);
    this.accrual.reset();
    this.state = "up";
    this.#roundStartUs = NEVER;
    this.#askUs = NEVER;
    this.onConnectionLost();
  }

  /** The dial reached the peer's kernel; its program gets whole rounds to greet us. */
  onConnected(dialUs: number): void {
    this.trips.sample(dialUs);
    if (!this.#judges) return;
    this.accrual.reset();
    this.#roundStartUs = NEVER;
    this.#asked(this.#vigil.world.nowUs());
  }

  /** Bytes of whatever kind arrived on the connection in use. */
  onHeard(): void {
    const nowUs = this.#vigil.world.nowUs();
    this.#lossSeen = false;
    this.#alive(nowUs, this.#owes);
  }

  /** A greeting on another connection than the one in use: the program runs. */
  onHeardElsewhere(): void {
    this.#alive(this.#vigil.world.nowUs(), false);
  }

  /** What was asked on another connection was answered, `tookUs` after the dial. */
  onEnquiryAnswered(tookUs: number): void {
    const { srttUs, rttVarUs = 0 } = this.trips;
    const promptUs = Math.max(PROMPT_US, 2 * (srttUs ?? 0) + 4 * rttVarUs);
    // A program that answers at once here was there, so what was asked on the silent connection is lost.
    if (tookUs <= promptUs && this.#roundStartUs !== NEVER && !this.#lossSeen) {
      this.#lossSeen = true;
      this.#loss.failed();
      this.accrual.lost();
    }
    // Longer than that, the kernel may have dialled twice.
    if (tookUs < REDIALLED_US) this.trips.sample(tookUs / 2);
    this.onHeardElsewhere();
  }

  /** The peer says that its program has lately run so late. */
  onLate(us: number): void {
    this.#late(us);
  }

  onPong(nonce: number): void {
    const lateUs = this.trips.pong(nonce, this.#vigil.world.nowUs());
    if (lateUs === undefined) return;
    this.#loss.answered();
    this.#late(lateUs);
    this.settle();
  }

  /** A message was transmitted for the first time. */
  onTransmit(id: number): void {
    const nowUs = this.#vigil.world.nowUs();
    this.trips.transmitted(id, nowUs);
    if (!this.#judges || this.#roundStartUs !== NEVER) return;
    this.#asked(nowUs);
    this.#schedule(nowUs);
  }

  onConnectionLost(): void {
    this.trips.connectionLost();
    this.#lossSeen = false;
  }

  onAck(id: number): void {
    this.trips.acknowledged(id, this.#vigil.world.nowUs());
  }

  /** Asks the peer whether it is there. */
  ask(): void {
    const nowUs = this.#vigil.world.nowUs();
    const connection = this.#events.connection();
    if (connection?.state === "open" && !this.trips.awaitsPong) {
      connection.probe(FRAME_PING, this.trips.ping(nowUs, !this.#events.awaits()));
    }
    this.#asked(nowUs);
    this.#schedule(nowUs);
  }

  /** Our own process stood still for so long: that was no silence of the peer's. */
  stalled(us: number): void {
    this.accrual.stalled(us);
    this.#roundStartUs += us;
    this.trips.stalled(us);
  }

  /** Does what is due. */
  wake(nowUs: number): void {
    if (!this.#events.wanted()) {
      this.stop();
      return;
    }
    this.settle();
    if (this.#roundEndUs <= nowUs) this.#unanswered(nowUs);
    else if (this.#roundStartUs !== NEVER) this.#judge(nowUs);
    if (this.#askUs <= nowUs) {
      this.#restart(nowUs);
      if (this.#roundStartUs === NEVER && (this.#events.watched() || this.#owes)) this.ask();
    }
    if (this.#events.wanted()) this.#schedule(nowUs);
  }

  get #judges(): boolean {
    return this.#vigil.options.policy !== "os";
  }

  /** Whether an answer is still to come on the connection in use. */
  get #owes(): boolean {
    return this.trips.awaitsPong || this.#events.awaits();
  }

  get #roundEndUs(): number {
    const { roundGrowth, maxRoundUs } = this.#vigil.options;
    const { rounds } = this.accrual;
    const { greetingUs } = this.trips;
    const firstUs =
      rounds === 0 || greetingUs === undefined ? this.rtoUs : this.#floored(greetingUs);
    const roundUs = Math.round(firstUs * roundGrowth ** rounds);
    return this.#roundStartUs + Math.min(Math.max(maxRoundUs, firstUs), roundUs);
  }

  /** Something was answered. If nothing is to be answered any more, there is no silence. */
  settle(): void {
    if (this.accrual.rounds > 0 || this.#owes) return;
    if (this.#events.connection()?.state !== "open") return;
    this.#roundStartUs = NEVER;
    this.accrual.settled();
  }

  #floored(us: number): number {
    return Math.max(this.#vigil.options.minRoundUs, Math.round(us));
  }

  #asked(nowUs: number): void {
    if (this.#roundStartUs === NEVER) this.#roundStartUs = nowUs;
    this.accrual.asked(nowUs);
  }

  #alive(nowUs: number, owesMore: boolean): void {
    this.lastHeardUs = nowUs;
    if (!this.#judges) return;
    this.#restart(nowUs);
    if (this.#roundStartUs !== NEVER) {
      const isLate = this.accrual.rounds > 0 && this.#tally();
      this.#roundStartUs = owesMore ? nowUs : NEVER;
      const lateUs = this.accrual.answered(nowUs, owesMore, this.loss);
      if (isLate) this.#late(lateUs);
    }
    if (this.state === "up") return;
    this.state = "up";
    this.#events.onAgain();
    this.#vigil.outage.recovered(nowUs);
  }

  /**
   * Kernels answer whatever their programs do: what they did not is lost. Where they all did and their
   * program did not, so often that losses do not explain it, it was late: then true.
   */
  #tally(): boolean {
    const { answered, unanswered } = this.#events.endEnquiries(this.srttUs);
    for (let i = 0; i < answered; i++) this.#loss.answered();
    for (let i = 0; i < unanswered; i++) this.#loss.failed();
    if (unanswered > 0) this.accrual.lost();
    return unanswered === 0 && roundFails(this.loss) ** answered < GREETINGS_LOST;
  }

  #late(us: number): void {
    if (us > 0) peerLate(this, this.#vigil, us, this.#vigil.world.nowUs());
  }

  #restart(nowUs: number): void {
    this.#askUs = nowUs + probeDelayUs(this.#vigil.options.probeIntervalUs, this.#vigil.random);
  }

  /** A round ended, and nothing was heard in it. */
  #unanswered(nowUs: number): void {
    // A new connection takes two exchanges before its program has said anything.
    const loss = this.accrual.rounds === 0 ? this.loss : 1 - (1 - this.loss) ** 2;
    this.accrual.unanswered(nowUs, loss);
    this.#roundStartUs = nowUs;
    this.trips.ambiguous();
    this.#events.enquire();
    this.#judge(nowUs);
  }

  #judge(nowUs: number): void {
    if (this.accrual.isSuspect && this.state === "up") {
      this.state = "suspect";
      this.#events.onSuspect();
      this.#vigil.outage.suspected(this, nowUs);
    }
    if (this.#deathUs(nowUs) <= nowUs) this.#events.onSilent();
  }

  /** When the peer is dead if it stays silent and no further round is needed; else `Infinity`. */
  #deathUs(nowUs: number): number {
    if (this.#events.connection() !== undefined) return silentDeathUs(this, this.#vigil, nowUs);
    return nowUs + this.#vigil.options.connectTimeoutUs - this.#events.triedUs();
  }

  #schedule(nowUs: number): void {
    const judgedUs = this.#roundStartUs === NEVER ? NEVER : this.#deathUs(nowUs);
    const dueUs = Math.min(this.#roundEndUs, judgedUs, this.#askUs);
    this.#vigil.wakeAt(this, Math.max(dueUs, nowUs + 1));
  }
}
