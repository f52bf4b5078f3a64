import { TokenBucket } from "../admission/token-bucket.ts";
import type { AskedAbout, Question } from "../packet/help-frames.ts";
import { HEADER_BYTES, VOUCH_FRAME_BYTES } from "../packet/packet.ts";
import type { DatagramSink, PortContext } from "../port-context.ts";
import { sendLonePacket } from "../session/lone-packet.ts";
import type { Session } from "../session/session.ts";
import { sendPing } from "../session/session-output.ts";

/** Questions of others that wait for an answer; more are declined. */
const ERRANDS_MAX = 512;
/** A question is forgotten after so long: who asked has asked again, or no longer wants to know. */
const ERRAND_US = 2_000_000;
/** The share of `errandsPerSecond` that one peer may have. */
const PEER_SHARE = 0.25;
/** Questions that may come at once after a pause, as a share of a second's. */
const BURST_SHARE = 0.5;
const BYTES = HEADER_BYTES + VOUCH_FRAME_BYTES;

/** What of a port is needed to answer. */
type ErrandsContext = Pick<PortContext, "options" | "counters" | "writer" | "touch">;

/** Somebody wants to know whether a peer of ours lives. */
interface Errand extends Question {
  readonly from: Session;
  readonly about: Session;
  readonly askedUs: number;
}

/**
 * What others ask us about peers of ours that do not answer them: we ping the peer, and tell who asked if it
 * acknowledges something that we sent after the question. Nothing is told otherwise.
 *
 * It cannot be turned against anybody: questions count only from peers whose address is proven, only about peers that
 * we talk to, so many a second in all and from each; and a question is as long as ping, acknowledgement
 * and answer together.
 */
export class Errands {
  readonly #context: ErrandsContext;
  readonly #sessionAt: (host: string, port: number) => Session | undefined;
  readonly #all: TokenBucket;
  /** BOUNDED: one a session that has asked. */
  readonly #byAsker = new WeakMap<Session, TokenBucket>();
  /** By the peer that is asked about, oldest first. BOUNDED: `ERRANDS_MAX` in all. */
  readonly #open = new Map<Session, Errand[]>();
  #openCount = 0;
  #newestUs = 0;
  /** BOUNDED: as `#open`; taken out by the next flush. */
  readonly #pings = new Set<Session>();
  readonly #vouches: Errand[] = [];

  constructor(
    context: ErrandsContext,
    sessionAt: (host: string, port: number) => Session | undefined,
  ) {
    this.#context = context;
    this.#sessionAt = sessionAt;
    this.#all = bucket(context.options.errandsPerSecond);
  }

  get hasOutput(): boolean {
    return this.#pings.size > 0 || this.#vouches.length > 0;
  }

  /** A peer asks about another. */
  asked(from: Session, { inquiry, question }: Question, whom: AskedAbout, nowUs: number): void {
    const about = this.#sessionAt(whom.host, whom.port);
    const isKnown =
      about !== undefined &&
      about !== from &&
      about.peerIncarnation === whom.incarnation &&
      isEstablished(about);
    if (!isKnown || !isEstablished(from) || !this.#admits(from, nowUs)) {
      this.#context.counters.errandsDeclined++;
      return;
    }
    const errand = { from, about, inquiry, question, askedUs: nowUs };
    const known = this.#open.get(about);
    if (known === undefined) this.#open.set(about, [errand]);
    else known.push(errand);
    this.#openCount++;
    this.#newestUs = nowUs;
    this.#pings.add(about);
    this.#context.touch(about);
  }

  /** The peer has acknowledged what was sent then. */
  answered(about: Session, sentUs: number): void {
    if (this.#openCount === 0) return;
    if (sentUs - this.#newestUs >= ERRAND_US) {
      this.#open.clear();
      this.#openCount = 0;
      return;
    }
    const errands = this.#open.get(about);
    if (errands === undefined) return;
    const rest = errands.filter((errand) => errand.askedUs > sentUs);
    this.#keep(about, errands, rest);
    // Who asked more than once wants the newest.
    const newest = new Map<Session, Errand>();
    for (const errand of errands) if (errand.askedUs <= sentUs) newest.set(errand.from, errand);
    this.#vouches.push(...newest.values());
  }

  flush(nowUs: number, sink: DatagramSink): void {
    for (const about of this.#pings) {
      // A suspect peer is asked again and again as it is.
      const isFree = about.state === "up" && about.path.check === undefined;
      if (isFree && about.ledger.hasRoom) sendPing(about, nowUs, sink);
    }
    this.#pings.clear();
    const { counters, writer } = this.#context;
    for (const errand of this.#vouches.splice(0)) {
      if (!isEstablished(errand.from)) continue;
      counters.vouchesSent++;
      counters.probeBytes += sendLonePacket(errand.from, BYTES, nowUs, sink, () =>
        writer.vouch(errand),
      );
    }
  }

  #admits(from: Session, nowUs: number): boolean {
    if (this.#openCount >= ERRANDS_MAX) this.#expire(nowUs);
    if (this.#openCount >= ERRANDS_MAX) return false;
    let own = this.#byAsker.get(from);
    if (own === undefined) {
      own = bucket(this.#context.options.errandsPerSecond * PEER_SHARE);
      this.#byAsker.set(from, own);
    }
    return own.take(nowUs) && this.#all.take(nowUs);
  }

  #expire(nowUs: number): void {
    for (const [about, errands] of this.#open) {
      this.#keep(
        about,
        errands,
        errands.filter(({ askedUs }) => nowUs - askedUs < ERRAND_US),
      );
    }
  }

  #keep(about: Session, all: readonly Errand[], rest: Errand[]): void {
    this.#openCount -= all.length - rest.length;
    if (rest.length === 0) this.#open.delete(about);
    else this.#open.set(about, rest);
  }
}

const bucket = (perSecond: number): TokenBucket =>
  new TokenBucket(perSecond, Math.ceil(perSecond * BURST_SHARE));

/** The peer is there, and its address is its own. */
const isEstablished = ({ isDown, heard, confirmed, remoteId, path }: Session): boolean =>
  !isDown && heard && confirmed && remoteId !== 0 && path.check === undefined;
