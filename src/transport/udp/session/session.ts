import { ANY_INCARNATION, type Incarnation } from "../../../core/address.ts";
import { Accrual } from "../../detector/accrual.ts";
import type { Sleeper } from "../../detector/deadlines.ts";
import type { Lateness } from "../../detector/lateness.ts";
import { WatchTimer } from "../../detector/watch-timer.ts";
import type { Peer, PeerReason, PeerState, Verdict } from "../../transport.ts";
import { refused, unknown } from "../../transport.ts";
import { SendGate } from "../congestion/send-gate.ts";
import { judgeSilence, nextJudgementUs, peerLate, roundUnanswered } from "../failure/silence.ts";
import type { OrderedInbox } from "../messages/ordered-inbox.ts";
import { Outbox } from "../messages/outbox.ts";
import type { OutMessage } from "../messages/outbox-lane.ts";
import type { Reassembly } from "../messages/reassembly.ts";
import { SessionPath } from "../path/path.ts";
import { type PortContext, report } from "../port-context.ts";
import { DuplicateWindow } from "./duplicates.ts";
import { SentLedger, type SentPacket } from "./ledger.ts";
import { LossEstimator } from "./loss.ts";
import { NumberedSession } from "./numbered-session.ts";
import { ReceivedPackets } from "./received.ts";
import { RttEstimator } from "./rtt.ts";
import type { Refusal } from "./session-output.ts";
import { roundEndUs, tailDueUs } from "./session-timers.ts";
import type { TailProbe } from "./tail-probe.ts";

const NEVER = Number.POSITIVE_INFINITY;
/** Shared by all who have none: most sessions are idle, and should cost little. */
const NOBODY: readonly Peer[] = [];
const NO_REFUSALS: readonly Refusal[] = [];
const SESSION_ID_MAX = 0xffff_ffff;

/**
 * Everything between one local port and one life of a remote one: both directions, numbering, timers,
 * verdicts. `session-input.ts` and `session-output.ts` are its two hands, `session-ends.ts` its
 * ends, `session-timers.ts` says when it wakes; here are its state and what it does then.
 */
export class Session extends NumberedSession implements Sleeper {
  heapPlace = -1;
  /** Stands in the list of sessions to be flushed. */
  dirty = false;

  readonly context: PortContext;
  peer: Peer;
  /** Other names that the program has for this peer: asked for as any incarnation. */
  aliases: readonly Peer[] = NOBODY;
  host: string;
  port: number;
  /** It is the one that its address stands for. Kept by the session table. */
  standsForAddress = false;
  /** Whether `host` is an address rather than a name. */
  resolved = true;
  /** Known to be there: it has answered in this life. */
  heard = false;
  /** The peer uses our session id: hellos are over, and its address is its own. */
  confirmed = false;
  state: PeerState = "up";
  downReason: PeerReason | undefined;
  /** When it went down. */
  downUs = 0;
  /** Called down for its silence although it had been heard, and not heard since. */
  givenUp = false;
  /** There while somebody watches. */
  watch: WatchTimer | undefined;

  serial = 0;
  remoteSerial = 0;

  readonly path = new SessionPath(this.numbers);
  readonly rtt: RttEstimator;
  readonly loss: LossEstimator;
  readonly accrual: Accrual;
  /** How late the peer answers and says that it runs; nothing until it is late. */
  lateness: Lateness | undefined;
  readonly congestion: SendGate;
  readonly outbox: Outbox;
  /** There while packets are on the way. */
  tail: TailProbe | undefined;
  /** There while a message of the peer's is not yet whole. */
  reassembly: Reassembly | undefined;
  ledger: SentLedger;
  received: ReceivedPackets;
  duplicates = new DuplicateWindow();
  /** There once the peer sends in order. */
  ordered: OrderedInbox | undefined;
  /** BOUNDED: `REFUSALS_MAX` in session-output; a refusal forgotten is made again by the next copy. */
  refusals: readonly Refusal[] = NO_REFUSALS;
  /** Chunks that came in two packets of the peer's: so many in all, and as last told to it. */
  repeated = 0;
  repeatedTold = 0;

  /** A round ended unanswered: ask again. */
  wantsProbe = false;
  /** The end of a flight went unanswered: ask about it. */
  wantsTailProbe = false;
  /** A watched peer was silent: ask whether it is there. */
  wantsPing = false;

  constructor(context: PortContext, peer: Peer, host: string, port: number, life: Incarnation) {
    super();
    const { options } = context;
    this.context = context;
    this.peer = peer;
    this.host = host;
    this.port = port;
    this.peerIncarnation = life;
    this.rtt = new RttEstimator(options, this.numbers);
    this.loss = new LossEstimator(options, this.rtt, this.numbers);
    this.accrual = new Accrual(options, context.noSilences);
    this.congestion = new SendGate(this, context);
    this.outbox = new Outbox(options, context.firstNumber, this.numbers);
    this.ledger = new SentLedger(context.firstNumber);
    this.received = new ReceivedPackets(options, this.numbers);
    this.identify();
  }

  get isDown(): boolean {
    return this.state === "down";
  }

  /** Nothing to do and nobody interested: may be forgotten. */
  get isIdle(): boolean {
    return this.watch === undefined && this.outbox.messages === 0 && this.ledger.inFlight === 0;
  }

  get srttUs(): number {
    return this.rtt.srttUs ?? this.context.options.initialRtoUs;
  }

  addWatcher(nowUs: number): void {
    this.watch ??= new WatchTimer(this.context.options.probeIntervalUs, this.context.random);
    if (!this.watch.add() || this.isDown) return;
    if (this.heard) this.watch.restart(nowUs);
    else this.wantsPing = true;
  }

  removeWatcher(): void {
    if (this.watch?.remove() !== true) return;
    this.watch = undefined;
    this.wantsPing = false;
  }

  /** Does what is due by now; packets that follow from it are built by the next flush. */
  wake(nowUs: number): void {
    if (this.isDown) return;
    for (const message of this.outbox.deadlineCheckUs <= nowUs ? this.outbox.overdue(nowUs) : []) {
      this.settle(message, message.number < 0 ? refused("neverSent") : unknown("deadline"));
    }
    if (this.reassembly !== undefined) {
      for (const message of this.reassembly.expire(nowUs)) this.duplicates.refuse(message, 3);
      this.ordered?.release();
    }
    if (this.outbox.credit.askDueUs <= nowUs) {
      this.outbox.credit.ask();
      this.wantsPing = true;
    }
    if (this.lossDueUs <= nowUs) this.giveUpOvertaken(nowUs);
    if (tailDueUs(this) <= nowUs) {
      this.wantsTailProbe = true;
      this.tail?.done();
      this.roundStartUs = nowUs;
    }
    if (roundEndUs(this) <= nowUs) roundUnanswered(this, nowUs);
    else if (nextJudgementUs(this, nowUs) <= nowUs) judgeSilence(this, nowUs);
    if (this.watch !== undefined && this.ledger.inFlight === 0 && this.watch.dueUs <= nowUs) {
      this.wantsPing = true;
      this.watch.restart(nowUs);
    }
  }

  /** Something that we sent was answered. */
  answered(nowUs: number): void {
    const owesMore = this.ledger.inFlight > 0;
    const lateUs = this.accrual.answered(nowUs, owesMore, this.loss.loss);
    if (lateUs > 0) peerLate(this, lateUs, nowUs);
    if (owesMore) this.tail?.answered();
    else this.tail = undefined;
    this.wantsProbe = false;
    this.roundStartUs = owesMore ? nowUs : NEVER;
    if (this.state !== "suspect") return;
    this.become("up", "heard");
    this.context.inquiries.end(this);
    this.context.outage.recovered(nowUs);
  }

  /** The first packet of this life arrived. */
  noteHeard(nowUs: number): void {
    this.lastHeardUs = nowUs;
    this.watch?.restart(nowUs);
    if (this.heard) return;
    this.heard = true;
    if (this.givenUp) this.context.counters.revived++;
    this.givenUp = false;
    this.context.directory.lives(this.peer);
    this.tell("up", "heard");
  }

  giveUpOvertaken(nowUs: number): void {
    this.lossDueUs = this.ledger.giveUp(nowUs, this.loss.reorderAgeUs, (packet) => {
      this.packetLost(packet, nowUs);
    });
    // A suspect peer is asked again at every round's end, whatever is in flight.
    if (this.ledger.inFlight > 0 || this.state !== "up") return;
    this.roundStartUs = NEVER;
    this.accrual.settled();
  }

  packetLost(packet: SentPacket, nowUs: number): void {
    this.loss.lost(packet.sentUs, nowUs);
    this.accrual.lost();
    this.congestion.lost(packet, nowUs);
    for (const chunk of packet.chunks) this.outbox.lost(chunk, packet.number);
  }

  /** Our own process stood still for so long: that was no silence of the peer's. */
  stalled(us: number): void {
    this.accrual.stalled(us);
    if (this.roundStartUs !== NEVER) this.roundStartUs += us;
  }

  settle(message: OutMessage, verdict: Verdict): void {
    if (message.settled) return;
    const { context } = this;
    this.outbox.settle(message);
    // Those behind it wait at the peer, which has to learn that it will not come.
    if (context.options.order === "peer" && verdict.outcome !== "delivered") this.wantsPing = true;
    report(context, message.to, message.token, message.bytes, verdict);
    context.backPressure.settled(this, message.bytes.length);
  }

  /** Another session id, which the peer has to be told. */
  identify(): void {
    this.localId = 1 + this.context.random.below(SESSION_ID_MAX);
    this.serial = ++this.context.sessionsOpened;
    this.remoteId = 0;
    this.remoteSerial = 0;
    this.confirmed = false;
  }

  become(state: PeerState, reason: PeerReason): void {
    this.state = state;
    this.tell(state, reason);
  }

  tell(state: PeerState, reason: PeerReason): void {
    for (const peer of this.names()) {
      this.context.events.push({ kind: "peer", peer, state, reason });
    }
  }

  /** All peers that stand for this session, the usual one first. */
  *names(): Generator<Peer> {
    yield this.peer;
    yield* this.aliases;
  }

  /** Whether this session stands for whichever life is there. */
  get wantsAny(): boolean {
    return this.peerIncarnation === ANY_INCARNATION;
  }
}
