import { formatSocketAddress, type Incarnation } from "../../../core/address.ts";
import { RESET_CONFLICT } from "../packet/packet.ts";
import type { PacketReader } from "../packet/packet-reader.ts";
import type { PortContext } from "../port-context.ts";
import { Session } from "../session/session.ts";
import { takeDown } from "../session/session-ends.ts";
import { addressKey, type SessionTable } from "../session/session-table.ts";
import type { Cookies } from "./cookies.ts";
import { HelloGate } from "./hello-gate.ts";
import type { Resets } from "./resets.ts";

/** What strangers are let in with. */
export interface StrangersParts {
  readonly context: PortContext;
  readonly sessions: SessionTable;
  readonly reader: PacketReader;
  readonly resets: Resets;
  readonly cookies: Cookies;
}

/**
 * Lives without a session here: the first of its address, or a restarted one. As long as few come they
 * enter with their first datagram. Who comes when many do, or claims to be older than the life known
 * at its address, has to prove with a cookie that it is there, now.
 */
export class Strangers {
  readonly #context: PortContext;
  readonly #sessions: SessionTable;
  readonly #reader: PacketReader;
  readonly #resets: Resets;
  readonly #cookies: Cookies;
  readonly #gate: HelloGate;

  constructor({ context, sessions, reader, resets, cookies }: StrangersParts) {
    this.#context = context;
    this.#sessions = sessions;
    this.#reader = reader;
    this.#resets = resets;
    this.#cookies = cookies;
    this.#gate = new HelloGate(context.options);
  }

  /** The session of the hello just read; `former` stands for its address. */
  welcome(
    former: Session | undefined,
    bytes: number,
    host: string,
    port: number,
    nowUs: number,
  ): Session | undefined {
    const { helloIncarnation, helloSerial } = this.#reader;
    if (this.#sessions.isCopy(this.#reader, host, port)) {
      this.#context.counters.stale++;
      return undefined;
    }
    const older =
      former !== undefined &&
      !former.isDown &&
      former.heard &&
      helloIncarnation < former.peerIncarnation;
    const key = addressKey(host, port);
    const { departed } = this.#sessions;
    const late =
      older ||
      departed.isGivenUp(key, helloIncarnation) ||
      departed.isStale(key, helloIncarnation, helloSerial);
    const cookieAgeUs = this.#cookies.ageUs(this.#reader, host, port, nowUs);
    // A cookie from before the end of the last session came with a datagram that may be as old.
    if (cookieAgeUs === undefined || (late && nowUs - cookieAgeUs < departed.endedUs(key))) {
      if (late) this.#context.counters.stale++;
      if (late || !this.#gate.admits(host, nowUs)) {
        this.#cookies.ask(this.#reader, bytes, host, port, nowUs);
        return undefined;
      }
    } else if (older) {
      this.#rivals(former, nowUs - cookieAgeUs, bytes, host, port, nowUs);
      return undefined;
    }
    if (departed.returned(key, helloIncarnation)) this.#context.counters.revived++;
    if (!this.#sessions.makeRoom()) {
      this.#context.counters.turnedAway++;
      return undefined;
    }
    if (former?.heard === true) this.restarted(former);
    return this.#open(helloIncarnation as Incarnation, host, port, cookieAgeUs !== undefined);
  }

  /**
   * A life that was called down for its silence greets anew. True if it has proven with a cookie made
   * since then that it lives, and not only its datagram; else it is asked for one.
   */
  returns(down: Session, bytes: number, nowUs: number): boolean {
    const { host, port } = down;
    const ageUs = this.#cookies.ageUs(this.#reader, host, port, nowUs);
    if (ageUs !== undefined && nowUs - ageUs >= down.downUs) return true;
    this.#cookies.ask(this.#reader, bytes, host, port, nowUs);
    return false;
  }

  restarted(session: Session): void {
    takeDown(session, "restarted");
    this.#sessions.retire(session);
  }

  #open(
    incarnation: Incarnation,
    host: string,
    port: number,
    proven: boolean,
  ): Session | undefined {
    const address = formatSocketAddress({ scheme: "udp", host, port });
    const peer = this.#context.directory.intern({ address, incarnation });
    const known = this.#sessions.byPeer(peer);
    if (known !== undefined) return known.isDown ? undefined : known;
    const session = new Session(this.#context, peer, host, port, incarnation);
    this.#sessions.add(session, true);
    if (!proven) this.#sessions.openedFromOutside(session);
    return session;
  }

  /**
   * An older life than the one known at this address was there at `thenUs`. If the known one has been
   * heard since, two processes claim one address. If not, it is asked, and the other comes again: a
   * process that restarted with its clock set back gets in once the former life is known to be silent.
   */
  #rivals(
    known: Session,
    thenUs: number,
    bytes: number,
    host: string,
    port: number,
    nowUs: number,
  ): void {
    const { helloSession } = this.#reader;
    if ((known.lastHeardUs ?? 0) <= thenUs) {
      if (known.ledger.inFlight === 0) known.wantsPing = true;
      this.#context.touch(known);
      this.#cookies.ask(this.#reader, bytes, host, port, nowUs);
      return;
    }
    this.#context.counters.conflicts++;
    if (!known.path.hasRival) known.tell(known.state, "conflict");
    known.path.hasRival = true;
    this.#resets.answer(this.#reader, bytes, host, port, helloSession, RESET_CONFLICT, nowUs);
  }
}
