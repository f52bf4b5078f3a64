import { SkipnetError } from "../../core/errors.ts";
import type { Message } from "../../wire/message.ts";
import { Deadlines } from "../detector/deadlines.ts";
import { Outage } from "../detector/outage.ts";
import type { Peer, PeerHealth, SendResult, Token } from "../transport.ts";
import { RETURN_TO_SENDER, refused } from "../transport.ts";
import { Admission } from "./admission/admission.ts";
import { Cookies } from "./admission/cookies.ts";
import { Resets } from "./admission/resets.ts";
import { Counters } from "./counters.ts";
import { EventQueue } from "./events.ts";
import type { HelpersOf } from "./failure/inquiries.ts";
import { refusedByHost, witnesses } from "./failure/silence.ts";
import { KIND_COOKIE, KIND_DATA, KIND_RESET } from "./packet/packet.ts";
import type { PacketReader } from "./packet/packet-reader.ts";
import type { Coordinate } from "./path/coordinate.ts";
import { PathChecks } from "./path/path-checks.ts";
import { type DatagramSink, type PortContext, report } from "./port-context.ts";
import {
  newPacketScratch,
  newPortContext,
  secretsOf,
  type UdpProtocolSetup,
} from "./protocol-setup.ts";
import { DirtySessions } from "./session/dirty-sessions.ts";
import { PeerSessions } from "./session/peer-sessions.ts";
import type { Session } from "./session/session.ts";
import { closeSession, takeDown } from "./session/session-ends.ts";
import { healthOf } from "./session/session-health.ts";
import { receivePacket } from "./session/session-input.ts";
import { sendClose } from "./session/session-output.ts";
import { SessionTable } from "./session/session-table.ts";
import { nextWakeUs } from "./session/session-timers.ts";

/**
 * The reliable UDP protocol of one port, as a state machine without I/O: datagrams, sends and the
 * time go in; datagrams come out of `poll`, and what happened out of `events`. Nothing in it waits,
 * throws at what strangers send, or calls the program. The same object runs on a socket and in the
 * simulator's packet network.
 */
export class UdpProtocol {
  readonly events = new EventQueue();
  readonly counters = new Counters();
  readonly #context: PortContext;
  readonly #sessions: SessionTable;
  readonly #deadlines = new Deadlines<Session>();
  readonly #reader: PacketReader;
  readonly #resets: Resets;
  readonly #cookies: Cookies;
  readonly #peers: PeerSessions;
  readonly #paths: PathChecks;
  readonly #admission: Admission;
  readonly #dirty = new DirtySessions((session, nowUs) => this.#schedule(session, nowUs));
  #closed = false;

  constructor(setup: UdpProtocolSetup) {
    const scratch = setup.scratch ?? newPacketScratch();
    this.#reader = scratch.reader;
    this.#context = newPortContext(setup, scratch.writer, () => this.#sessions, {
      events: this.events,
      counters: this.counters,
      outage: new Outage(
        setup.options,
        this.counters,
        witnesses(() => this.#sessions),
      ),
      touch: (session) => this.#dirty.add(session),
    });
    const context = this.#context;
    const sessions = new SessionTable(context);
    this.#sessions = sessions;
    this.#resets = new Resets(context);
    this.#cookies = new Cookies(context, secretsOf(setup));
    this.#peers = new PeerSessions(context, sessions);
    this.#paths = new PathChecks(context, sessions);
    this.#admission = new Admission({
      context,
      sessions,
      reader: this.#reader,
      resets: this.#resets,
      cookies: this.#cookies,
      peers: this.#peers,
      paths: this.#paths,
    });
  }

  /** Whether `poll` has something to do before `nextDeadlineUs`. */
  get hasOutput(): boolean {
    const { sharedWindow, inquiries, errands } = this.#context;
    const helps = inquiries.hasOutput || errands.hasOutput;
    const waiting = this.#dirty.size > 0 || sharedWindow.hasNews || helps;
    return waiting || this.#resets.hasOutput || this.#cookies.hasOutput;
  }

  /** When `poll` is to be called at the latest; `Infinity` if nothing is due ever. */
  get nextDeadlineUs(): number {
    return this.#deadlines.firstUs;
  }

  get sessionCount(): number {
    return this.#sessions.size;
  }

  /** Where this process is in network space. */
  get coordinate(): Coordinate {
    return this.#context.places.own;
  }

  /** Bytes held for peers: unsettled messages, and messages that are not yet whole. */
  get heldBytes(): number {
    return this.#context.backPressure.usedBytes + this.#context.reassembly.usedBytes;
  }

  /** A datagram arrived. */
  input(datagram: Uint8Array, host: string, port: number, nowUs: number): void {
    this.#context.nowUs = nowUs;
    this.counters.datagramsReceived++;
    this.counters.bytesReceived += datagram.length;
    if (this.#closed) return;
    const reader = this.#reader;
    if (reader.parse(datagram) !== undefined) {
      this.counters.malformed++;
      return;
    }
    const session = this.#sessionOf(reader, datagram.length, host, port, nowUs);
    if (session === undefined) return;
    session.path.received(datagram.length);
    if (reader.kind === KIND_DATA && !receivePacket(session, reader, datagram, nowUs)) {
      this.counters.malformed++;
    }
    this.#dirty.add(session);
  }

  send(to: Peer, message: Message, token: Token, nowUs: number): SendResult {
    this.#context.nowUs = nowUs;
    const { backPressure, codec } = this.#context;
    const session = this.#closed ? undefined : this.#peers.forPeer(to);
    if (session !== undefined && !session.isDown && backPressure.isFull(session)) return "full";
    let bytes: Uint8Array;
    try {
      bytes = codec.encode(message);
    } catch (error) {
      if (!(error instanceof SkipnetError)) throw error;
      const reason = error.code === "E_TOO_LARGE" ? "tooLarge" : "invalid";
      this.#refuseUnsent(to, token, message, reason);
      return "sent";
    }
    this.counters.sent(message.type, bytes.length);
    if (session === undefined || session.isDown) {
      report(this.#context, to, token, bytes, refused(this.#closed ? "closed" : "peerDown"));
      return "sent";
    }
    if (token === RETURN_TO_SENDER && session.state === "suspect") {
      report(this.#context, to, token, bytes, refused("neverSent"));
      return "sent";
    }
    session.outbox.push(to, bytes, token, nowUs);
    this.#dirty.add(session);
    return backPressure.taken(session, bytes.length);
  }

  watch(peer: Peer, nowUs: number): void {
    this.#context.nowUs = nowUs;
    const session = this.#closed ? undefined : this.#peers.forPeer(peer);
    if (session === undefined) return;
    session.addWatcher(nowUs);
    this.#dirty.add(session);
  }

  unwatch(peer: Peer): void {
    this.#sessions.byPeer(peer)?.removeWatcher();
  }

  /** Others may be asked about a peer that is suspected: those that it gives. */
  assistedBy(helpersOf: HelpersOf): void {
    this.#context.inquiries.helpersOf = helpersOf;
  }

  health(peer: Peer): PeerHealth | undefined {
    const session = this.#sessions.byPeer(peer);
    if (session === undefined) return undefined;
    const { host, port } = session;
    return { ...healthOf(session), foretoldRttUs: this.#context.places.rttUs(host, port) };
  }

  /** Nobody asks for this peer any more. A dead one is forgotten; a live one when room is needed. */
  released(peer: Peer): void {
    const session = this.#sessions.byPeer(peer);
    if (session?.isDown === true) this.#sessions.remove(session);
  }

  /** The name of this peer's host was looked up; `undefined`: there is no such host. */
  resolved(peer: Peer, host: string | undefined): void {
    const session = this.#sessions.byPeer(peer);
    if (session === undefined || session.resolved) return;
    if (host === undefined) {
      takeDown(session, "refused");
      return;
    }
    session.host = host;
    session.resolved = true;
    if (this.#sessions.byAddress(host, session.port) === undefined) {
      this.#sessions.standForAddress(session);
    }
    if (session.watch !== undefined) session.wantsPing = true;
    this.#dirty.add(session);
  }

  /** Whether a peer at this address has been doubted and has not answered since. */
  isDoubted(host: string, port: number): boolean {
    return this.#sessions.byAddress(host, port)?.accrual.isDoubted === true;
  }

  /** The host at this address says that nobody listens at that port. */
  refusedByHost(host: string, port: number, nowUs: number): void {
    this.#context.nowUs = nowUs;
    const session = this.#sessions.byAddress(host, port);
    if (session === undefined) return;
    refusedByHost(session, nowUs);
    this.#dirty.add(session);
  }

  /** Our own process stood still for so long, and has read since what arrived meanwhile. */
  stalled(us: number, nowUs: number): void {
    this.#context.nowUs = nowUs;
    this.counters.stalls++;
    this.#context.ownLateness.sample(us, nowUs);
    this.#context.inquiries.stalled(us);
    for (const session of this.#sessions) {
      session.stalled(us);
      this.#schedule(session, nowUs);
    }
  }

  /** Does what is due and hands out what is to be sent. Call it at `nextDeadlineUs`, and when there is output. */
  poll(nowUs: number, sink: DatagramSink): void {
    this.#context.nowUs = nowUs;
    let due = this.#deadlines.takeDue(nowUs);
    for (; due !== undefined; due = this.#deadlines.takeDue(nowUs)) {
      due.wake(nowUs);
      if (due.path.decideUs <= nowUs) this.#paths.decide(due, nowUs);
      this.#dirty.add(due);
    }
    const { sharedWindow, inquiries, errands } = this.#context;
    if (sharedWindow.hasNews) sharedWindow.takeWaiting().forEach(this.#context.touch);
    if (this.#resets.hasOutput) this.#resets.flush(sink);
    if (this.#cookies.hasOutput) this.#cookies.flush(sink);
    if (inquiries.hasOutput) inquiries.flush(nowUs, sink);
    if (errands.hasOutput) errands.flush(nowUs, sink);
    this.#dirty.flush(nowUs, sink);
  }

  /** Hands out what would gain nothing by waiting for company; the rest stays for `poll`. */
  pollPrompt(nowUs: number, sink: DatagramSink): void {
    this.#context.nowUs = nowUs;
    this.#dirty.flushPrompt(nowUs, sink);
  }

  /** Settles everything and says farewell. Idempotent. */
  close(nowUs: number, sink: DatagramSink): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const session of this.#sessions) {
      sendClose(session, nowUs, this.#context.options.closeCopies, sink);
      closeSession(session);
      this.#deadlines.remove(session);
    }
    this.#dirty.clear();
    this.#resets.drop();
    this.#cookies.drop();
  }

  #sessionOf(
    reader: PacketReader,
    bytes: number,
    host: string,
    port: number,
    nowUs: number,
  ): Session | undefined {
    if (reader.kind === KIND_RESET) return this.#admission.ofReset(host, port);
    if (reader.kind === KIND_COOKIE) return this.#admission.ofCookie(host, port, nowUs);
    if (reader.session === 0) return this.#admission.ofHello(bytes, host, port, nowUs);
    return this.#admission.ofPacket(bytes, host, port, nowUs);
  }

  #refuseUnsent(to: Peer, token: Token, message: Message, reason: "tooLarge" | "invalid"): void {
    if (token > 0) this.events.push({ kind: "verdict", token, verdict: refused(reason) });
    else if (token === RETURN_TO_SENDER) {
      this.events.push({ kind: "unsent", to, message, verdict: refused(reason) });
    }
  }

  #schedule(session: Session, nowUs: number): void {
    if (!session.isDown) this.#deadlines.set(session, nextWakeUs(session, nowUs));
  }
}
