import { ANY_INCARNATION, type Incarnation } from "../../core/address.ts";
import type {
  Peer,
  PeerHealth,
  PeerReason,
  PeerState,
  RefusedReason,
  Token,
  UnknownReason,
  Verdict,
} from "../transport.ts";
import { RETURN_TO_SENDER, refused, unknown } from "../transport.ts";
import { Accrual } from "./accrual.ts";
import { CongestionWindow } from "./congestion.ts";
import type { Sleeper } from "./deadlines.ts";
import { DuplicateWindow } from "./duplicates.ts";
import { SentLedger, type SentPacket } from "./ledger.ts";
import { LossEstimator } from "./loss.ts";
import { Outbox, type OutMessage } from "./outbox.ts";
import { type PortContext, report } from "./port-context.ts";
import { Reassembly } from "./reassembly.ts";
import { ReceivedPackets } from "./received.ts";
import { RttEstimator } from "./rtt.ts";

const NEVER = Number.POSITIVE_INFINITY;
const SESSION_ID_MAX = 0xffff_ffff;

/** A message that was declined, still to be told to its sender. */
export interface Refusal {
  readonly packet: number;
  readonly message: number;
  readonly reason: number;
}

/** What the sender of an unanswered message is told when the peer goes down. */
const UNKNOWN_FOR: Readonly<Record<PeerReason, UnknownReason>> = {
  heard: "silent",
  silent: "silent",
  refused: "silent",
  restarted: "restarted",
  reset: "reset",
  closed: "closed",
  conflict: "reset",
};

/**
 * Everything between one local port and one life of a remote one: both directions, numbering, timers,
 * verdicts. `session-input.ts` and `session-output.ts` are its two hands; here are its state, its
 * timers and its ends.
 */
export class Session implements Sleeper {
  heapPlace = -1;
  wakeUs = NEVER;
  /** Stands in the list of sessions to be flushed. */
  dirty = false;

  readonly context: PortContext;
  peer: Peer;
  /** Other names that the program has for this peer: asked for as any incarnation. */
  readonly aliases: Peer[] = [];
  host: string;
  readonly port: number;
  /** Whether `host` is an address rather than a name. */
  resolved: boolean;
  peerIncarnation: Incarnation;
  /** Known to be there: it has answered in this life. */
  heard = false;
  /** The peer uses our session id: hellos are over, and its address is its own. */
  confirmed = false;
  state: PeerState = "up";
  downReason: PeerReason | undefined;
  /** Was heard again after it was declared down. */
  revived = false;
  watchers = 0;
  lastHeardUs: number | undefined;

  localId = 0;
  serial = 0;
  remoteId = 0;
  remoteSerial = 0;

  readonly rtt: RttEstimator;
  readonly loss: LossEstimator;
  readonly accrual: Accrual;
  readonly congestion: CongestionWindow;
  readonly outbox: Outbox;
  ledger: SentLedger;
  received: ReceivedPackets;
  duplicates: DuplicateWindow;
  reassembly: Reassembly;
  /** BOUNDED: `REFUSALS_MAX` in session-output; a refusal forgotten is made again by the next copy. */
  readonly refusals: Refusal[] = [];

  /** When the present round began; `Infinity`: nothing is unanswered. */
  roundStartUs = NEVER;
  lossDueUs = NEVER;
  /** A round ended unanswered: ask again. */
  wantsProbe = false;
  /** A watched peer was silent: ask whether it is there. */
  wantsPing = false;
  /** The sender was told to wait. */
  slowed = false;
  #probeAtUs = NEVER;

  constructor(context: PortContext, peer: Peer, host: string, port: number, life: Incarnation) {
    const { options } = context;
    this.context = context;
    this.peer = peer;
    this.host = host;
    this.port = port;
    this.resolved = true;
    this.peerIncarnation = life;
    this.rtt = new RttEstimator(options);
    this.loss = new LossEstimator(options, this.rtt);
    this.accrual = new Accrual(options);
    this.congestion = new CongestionWindow(options);
    this.outbox = new Outbox(options, context.firstNumber);
    this.ledger = new SentLedger(context.firstNumber);
    this.received = new ReceivedPackets(options);
    this.duplicates = new DuplicateWindow();
    this.reassembly = new Reassembly(options, context.reassembly, context.codec.messageBytesMax);
    this.#identify();
  }

  get isDown(): boolean {
    return this.state === "down";
  }

  /** Nothing to do and nobody interested: may be forgotten. */
  get isIdle(): boolean {
    return this.watchers === 0 && this.outbox.messages === 0 && this.ledger.inFlight === 0;
  }

  get srttUs(): number {
    return this.rtt.srttUs ?? this.context.options.initialRtoUs;
  }

  enqueue(to: Peer, bytes: Uint8Array, token: Token, nowUs: number): void {
    this.outbox.push(to, bytes, token, nowUs);
    this.context.queued.usedBytes += bytes.length;
  }

  watch(nowUs: number): void {
    this.watchers++;
    if (this.watchers > 1 || this.isDown) return;
    if (this.heard) this.scheduleProbe(nowUs);
    else this.wantsPing = true;
  }

  unwatch(): void {
    if (this.watchers === 0) return;
    this.watchers--;
    if (this.watchers > 0) return;
    this.wantsPing = false;
    this.#probeAtUs = NEVER;
  }

  /** The peer was heard: the next probe waits. Somewhat at random, so that two watchers take turns. */
  scheduleProbe(nowUs: number): void {
    if (this.watchers === 0) return;
    const share = 0.75 + 0.25 * this.context.random.float();
    this.#probeAtUs = nowUs + Math.round(this.context.options.probeIntervalUs * share);
  }

  /** When the round that is running ends. */
  get roundEndUs(): number {
    if (this.roundStartUs === NEVER) return NEVER;
    const { backoff, maxRtoUs } = this.context.options;
    const { rtoUs } = this.rtt;
    if (this.state === "suspect") return this.roundStartUs + rtoUs;
    return (
      this.roundStartUs + Math.min(maxRtoUs, Math.round(rtoUs * backoff ** this.accrual.rounds))
    );
  }

  /** When something is due here at the earliest. */
  nextWakeUs(): number {
    if (this.isDown) return NEVER;
    const probeUs = this.ledger.inFlight === 0 ? this.#probeAtUs : NEVER;
    let wakeUs = Math.min(this.roundEndUs, this.lossDueUs, probeUs, this.outbox.deadlineCheckUs);
    wakeUs = Math.min(wakeUs, this.received.dueUs);
    if (this.reassembly.size > 0) wakeUs = Math.min(wakeUs, this.reassembly.expiryUs());
    return Math.min(wakeUs, this.accrual.downAtUs(this.srttUs));
  }

  /** Does what is due by now; packets that follow from it are built by the next flush. */
  wake(nowUs: number): void {
    if (this.isDown) return;
    for (const message of this.outbox.deadlineCheckUs <= nowUs ? this.outbox.overdue(nowUs) : []) {
      this.settle(message, message.number < 0 ? refused("neverSent") : unknown("deadline"));
    }
    if (this.reassembly.size > 0) {
      for (const message of this.reassembly.expire(nowUs)) this.duplicates.refuse(message, 3);
    }
    if (this.lossDueUs <= nowUs) this.giveUpOvertaken(nowUs);
    if (this.roundEndUs <= nowUs) this.#roundUnanswered(nowUs);
    else if (this.accrual.downAtUs(this.srttUs) <= nowUs) this.#judge(nowUs);
    if (this.ledger.inFlight === 0 && this.#probeAtUs <= nowUs) {
      this.wantsPing = true;
      this.scheduleProbe(nowUs);
    }
  }

  /** Something that we sent was answered. */
  answered(nowUs: number): void {
    this.accrual.answered();
    this.wantsProbe = false;
    this.roundStartUs = this.ledger.inFlight > 0 ? nowUs : NEVER;
    if (this.state === "suspect") this.#become("up", "heard");
  }

  /** The first packet of this life arrived. */
  noteHeard(nowUs: number): void {
    this.lastHeardUs = nowUs;
    this.scheduleProbe(nowUs);
    if (this.heard) return;
    this.heard = true;
    this.context.directory.lives(this.peer);
    this.#tell("up", "heard");
  }

  giveUpOvertaken(nowUs: number): void {
    this.lossDueUs = this.ledger.giveUp(nowUs, this.loss.reorderAgeUs, (packet) => {
      this.packetLost(packet, nowUs);
    });
    // A suspect peer is asked again at every round's end, whatever is in flight.
    if (this.ledger.inFlight === 0 && this.state === "up") this.roundStartUs = NEVER;
  }

  packetLost(packet: SentPacket, nowUs: number): void {
    this.loss.lost();
    this.congestion.lost(packet.bytes, packet.sentUs, nowUs);
    for (const chunk of packet.chunks) this.outbox.lost(chunk);
  }

  /** Our own process stood still for so long: that was no silence of the peer's. */
  stalled(us: number): void {
    this.accrual.stalled(us);
    if (this.roundStartUs !== NEVER) this.roundStartUs += us;
  }

  /** The peer's host says that nobody listens there. */
  refusedByHost(): void {
    if (this.isDown || this.accrual.rounds === 0) return;
    this.accrual.refused();
    this.wantsProbe = true;
  }

  settle(message: OutMessage, verdict: Verdict): void {
    if (message.settled) return;
    const { context } = this;
    this.outbox.settle(message);
    context.queued.usedBytes -= message.bytes.length;
    report(context, message.to, message.token, message.bytes, verdict);
    if (!this.slowed || !this.outbox.isDrained || this.isDown) return;
    if (context.queued.usedBytes * 2 > context.queued.maxBytes) return;
    this.slowed = false;
    for (const peer of this.#names()) context.events.push({ kind: "drain", peer });
  }

  /** The end of this life, or of our interest in it. Final. */
  down(reason: PeerReason): void {
    if (this.isDown) return;
    this.state = "down";
    this.downReason = reason;
    this.#settleAll(
      unknown(UNKNOWN_FOR[reason]),
      reason === "silent" || reason === "refused" ? "neverSent" : "peerDown",
    );
    this.#forgetConversation();
    this.context.directory.died(this.peer);
    this.#tell("down", reason);
  }

  /** We close: everything gets its verdict. */
  close(): void {
    if (this.isDown) return;
    this.#settleAll(unknown("closed"), "closed");
    this.state = "down";
  }

  /**
   * The peer has forgotten this session, or begun a new one; it is the same life. What was on the
   * network is of unknown fate; what was not goes out in a new session.
   */
  renew(): void {
    for (const message of this.outbox.unsettled()) {
      if (message.number >= 0) this.settle(message, unknown("reset"));
    }
    this.#forgetConversation();
    this.outbox.restart(this.context.firstNumber);
    this.remoteId = 0;
    this.remoteSerial = 0;
    this.confirmed = false;
    this.accrual.answered();
    if (this.state === "suspect") this.#become("up", "heard");
    if (this.watchers > 0) this.wantsPing = true;
    this.#identify();
  }

  health(): PeerHealth {
    return {
      state: this.state,
      srttUs: this.rtt.srttUs,
      rttVarUs: this.rtt.rttVarUs,
      rtoUs: this.rtt.rtoUs,
      loss: this.loss.loss,
      inFlight: this.ledger.inFlight,
      queued: this.outbox.messages,
      lastHeardUs: this.lastHeardUs,
    };
  }

  #roundUnanswered(nowUs: number): void {
    const first = this.accrual.rounds === 0;
    this.accrual.unanswered(this.roundStartUs, this.loss.loss);
    this.roundStartUs = nowUs;
    this.wantsProbe = true;
    this.#judge(nowUs);
    if (first && !this.isDown) {
      this.context.events.push({ kind: "doubt", host: this.host, port: this.port });
    }
  }

  #judge(nowUs: number): void {
    const judgement = this.accrual.judge(nowUs, this.srttUs);
    if (judgement === "down") this.down(this.accrual.isRefused ? "refused" : "silent");
    else if (judgement === "suspect" && this.state === "up") {
      this.#become("suspect", "silent");
      for (const message of this.outbox.unsettled()) {
        if (message.token !== RETURN_TO_SENDER) continue;
        this.settle(message, message.number < 0 ? refused("neverSent") : unknown("silent"));
      }
    }
  }

  #become(state: PeerState, reason: PeerReason): void {
    this.state = state;
    this.#tell(state, reason);
  }

  #tell(state: PeerState, reason: PeerReason): void {
    for (const peer of this.#names())
      this.context.events.push({ kind: "peer", peer, state, reason });
  }

  *#names(): Generator<Peer> {
    yield this.peer;
    yield* this.aliases;
  }

  #settleAll(sent: Verdict, unsent: RefusedReason): void {
    for (const message of this.outbox.unsettled()) {
      this.settle(message, message.number < 0 ? refused(unsent) : sent);
    }
  }

  #forgetConversation(): void {
    const { options, firstNumber, reassembly, codec } = this.context;
    this.congestion.restart();
    this.ledger = new SentLedger(firstNumber);
    this.received = new ReceivedPackets(options);
    this.duplicates = new DuplicateWindow();
    this.reassembly.dropAll();
    this.reassembly = new Reassembly(options, reassembly, codec.messageBytesMax);
    this.refusals.length = 0;
    this.roundStartUs = NEVER;
    this.lossDueUs = NEVER;
    this.wantsProbe = false;
    this.wantsPing = false;
  }

  #identify(): void {
    this.localId = 1 + this.context.random.below(SESSION_ID_MAX);
    this.serial = ++this.context.sessionsOpened;
  }

  /** Whether this session stands for whichever life is there. */
  get wantsAny(): boolean {
    return this.peerIncarnation === ANY_INCARNATION;
  }
}
