import { minSilenceUs } from "../../detector/accrual.ts";
import type { Peer } from "../../transport.ts";
import type { Question } from "../packet/help-frames.ts";
import { ASK_FRAME_BYTES, HEADER_BYTES, HOST_TEXT_MAX } from "../packet/packet.ts";
import type { DatagramSink, PortContext } from "../port-context.ts";
import { sendLonePacket } from "../session/lone-packet.ts";
import type { Session } from "../session/session.ts";

/** Peers about which others are asked at one time; about more nobody is. */
const INQUIRIES_MAX = 1_024;
/** Questions of one inquiry; after them it waits for its end. */
const QUESTIONS_MAX = 64;
/** Helpers looked at for one question. */
const CANDIDATES_MAX = 64;
const BYTES = HEADER_BYTES + ASK_FRAME_BYTES;
const WORD = 2 ** 32;
const NEVER = Number.POSITIVE_INFINITY;

/** Who may know whether a peer lives, the likeliest first. Called when a peer is suspected. */
export type HelpersOf = (peer: Peer) => readonly Peer[];

/** What is asked about one suspect peer. */
interface Inquiry {
  readonly id: number;
  readonly about: Session;
  /** When each question was asked. BOUNDED: `QUESTIONS_MAX`. */
  readonly askedUs: number[];
  /** Who was asked. BOUNDED: `CANDIDATES_MAX` for each question. */
  readonly asked: Set<Session>;
  /** Who has vouched for the peer. */
  readonly vouchers: Set<Session>;
  /** When the newest question was asked that somebody has vouched in answer to; `-Infinity`: none. */
  vouchedUs: number;
  /** When the peer would have been down, had nobody vouched; `Infinity`: not yet. */
  heldSinceUs: number;
}

/** What of a port is needed to ask. */
type InquiriesContext = Pick<PortContext, "options" | "counters" | "random" | "writer">;

interface Ask extends Question {
  readonly helper: Session;
  readonly about: Session;
}

/**
 * Others are asked about a suspect peer, before it is down: a few of those that the program names, each by one small
 * packet, to ask it in turn. Who answers "it has answered me since you asked" vouches for it: the peer lives, and it
 * is our path to it that is broken. So `down` is put off while somebody goes on vouching, for `vouchHoldUs` at most,
 * as there may never be a path; the peer stays suspect meanwhile. A liar gains no more than that either.
 * Source: SWIM (Das, Gupta, Motivala 2002), §3.1, ping-req.
 */
export class Inquiries {
  readonly #context: InquiriesContext;
  readonly #sessionOf: (peer: Peer) => Session | undefined;
  /** BOUNDED: `INQUIRIES_MAX`. Ended when the peer answers or is down, or when room is needed. */
  readonly #byPeer = new Map<Session, Inquiry>();
  readonly #byId = new Map<number, Inquiry>();
  /** BOUNDED: taken out by the next flush, which follows. */
  readonly #asks: Ask[] = [];
  /** Where helpers come from; `undefined`: there are none. */
  helpersOf: HelpersOf | undefined;

  constructor(context: InquiriesContext, sessionOf: (peer: Peer) => Session | undefined) {
    this.#context = context;
    this.#sessionOf = sessionOf;
  }

  get hasOutput(): boolean {
    return this.#asks.length > 0;
  }

  /** The peer is suspect from now on: others are asked about it. */
  begin(about: Session, nowUs: number): void {
    this.end(about);
    this.#endOver();
    const isKnown = about.confirmed && about.host.length <= HOST_TEXT_MAX;
    if (this.helpersOf === undefined || !isKnown) return;
    if (this.#context.options.indirectProbes === 0 || this.#byId.size >= INQUIRIES_MAX) return;
    const inquiry: Inquiry = {
      id: this.#newId(),
      about,
      askedUs: [],
      asked: new Set(),
      vouchers: new Set(),
      vouchedUs: -NEVER,
      heldSinceUs: NEVER,
    };
    this.#byPeer.set(about, inquiry);
    this.#byId.set(inquiry.id, inquiry);
    this.#ask(inquiry, nowUs);
  }

  /** The peer has answered, or is down. */
  end(about: Session): void {
    const inquiry = this.#byPeer.get(about);
    if (inquiry === undefined) return;
    this.#byPeer.delete(about);
    this.#byId.delete(inquiry.id);
  }

  /** When the next question about the peer is due; `Infinity`: none is. */
  dueUs(about: Session): number {
    const inquiry = this.#byPeer.get(about);
    const lastUs = inquiry?.askedUs.at(-1);
    if (lastUs === undefined || inquiry?.askedUs.length === QUESTIONS_MAX) return NEVER;
    return lastUs + patienceUs(about) / 2;
  }

  /** Asks again. */
  askAgain(about: Session, nowUs: number): void {
    const inquiry = this.#byPeer.get(about);
    if (inquiry !== undefined) this.#ask(inquiry, nowUs);
  }

  /** Until when the peer, which would be down now, is not: others hear it. In the past: they do not. */
  heldUntilUs(about: Session, nowUs: number): number {
    const inquiry = this.#byPeer.get(about);
    if (inquiry === undefined || inquiry.vouchers.size === 0) return 0;
    inquiry.heldSinceUs = Math.min(inquiry.heldSinceUs, nowUs);
    return Math.min(
      inquiry.heldSinceUs + this.#context.options.vouchHoldUs,
      inquiry.vouchedUs + 2 * patienceUs(about),
    );
  }

  /** Somebody says that a peer has answered since this question. */
  vouched(from: Session, { inquiry: id, question }: Question): void {
    const inquiry = this.#byId.get(id);
    const askedUs = inquiry?.askedUs[question];
    if (inquiry === undefined || askedUs === undefined || !inquiry.asked.has(from)) {
      this.#context.counters.strayVouches++;
      return;
    }
    this.#context.counters.vouched++;
    inquiry.vouchers.add(from);
    inquiry.vouchedUs = Math.max(inquiry.vouchedUs, askedUs);
  }

  /** Our own process stood still for so long: answers may have waited as long. */
  stalled(us: number): void {
    for (const inquiry of this.#byId.values()) {
      for (let i = 0; i < inquiry.askedUs.length; i++)
        inquiry.askedUs[i] = (inquiry.askedUs[i] as number) + us;
      inquiry.vouchedUs += us;
      inquiry.heldSinceUs += us;
    }
  }

  flush(nowUs: number, sink: DatagramSink): void {
    const { writer, counters } = this.#context;
    for (const { helper, about, inquiry, question } of this.#asks.splice(0)) {
      if (!canHelp(helper)) continue;
      const asked = { host: about.host, port: about.port, incarnation: about.peerIncarnation };
      const write = (): void => writer.ask({ inquiry, question }, asked);
      counters.indirectProbes++;
      counters.probeBytes += sendLonePacket(helper, BYTES, nowUs, sink, write);
    }
  }

  #ask(inquiry: Inquiry, nowUs: number): void {
    const question = inquiry.askedUs.push(nowUs) - 1;
    for (const helper of this.#helpersFor(inquiry, question)) {
      inquiry.asked.add(helper);
      this.#asks.push({ helper, about: inquiry.about, inquiry: inquiry.id, question });
    }
  }

  /** Those who vouched before; then others in turn, as not everybody knows the peer. */
  #helpersFor({ about, vouchers }: Inquiry, question: number): readonly Session[] {
    const { indirectProbes } = this.#context.options;
    const chosen = new Set<Session>();
    const candidates = this.#candidates(about);
    const first = candidates.length === 0 ? 0 : (question * indirectProbes) % candidates.length;
    for (const helper of [...vouchers, ...candidates.slice(first), ...candidates.slice(0, first)]) {
      if (chosen.size < indirectProbes && canHelp(helper)) chosen.add(helper);
    }
    return [...chosen];
  }

  #candidates(about: Session): readonly Session[] {
    const candidates: Session[] = [];
    for (const name of about.names()) {
      for (const peer of this.helpersOf?.(name) ?? []) {
        if (candidates.length === CANDIDATES_MAX) return candidates;
        const helper = this.#sessionOf(peer);
        if (helper !== undefined && helper !== about && canHelp(helper)) candidates.push(helper);
      }
    }
    return candidates;
  }

  #newId(): number {
    for (;;) {
      const id = this.#context.random.below(WORD);
      if (!this.#byId.has(id)) return id;
    }
  }

  /** Those that ended without a word: the peer restarted, or was forgotten. */
  #endOver(): void {
    for (const about of this.#byPeer.keys()) if (about.state !== "suspect") this.end(about);
  }
}

/** In half of this others are asked again: what a path like this one is given before silence means anything. */
const patienceUs = ({ context, srttUs }: Session): number =>
  minSilenceUs(context.options, srttUs, 0);

/** Whether the peer answers us now, from an address that is its own. */
const canHelp = ({ state, heard, confirmed, remoteId, path }: Session): boolean =>
  state === "up" && heard && confirmed && remoteId !== 0 && path.check === undefined;
