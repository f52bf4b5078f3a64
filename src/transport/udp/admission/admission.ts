import type { Incarnation } from "../../../core/address.ts";
import {
  RESET_CONFLICT,
  RESET_GIVEN_UP,
  RESET_OTHER_INCARNATION,
  RESET_UNKNOWN_SESSION,
} from "../packet/packet.ts";
import type { PacketReader } from "../packet/packet-reader.ts";
import type { PathChecks } from "../path/path-checks.ts";
import type { PortContext } from "../port-context.ts";
import type { PeerSessions } from "../session/peer-sessions.ts";
import type { Session } from "../session/session.ts";
import { mayReturn, takeBack, takeDown } from "../session/session-ends.ts";
import type { SessionTable } from "../session/session-table.ts";
import type { Resets } from "./resets.ts";
import { Strangers, type StrangersParts } from "./strangers.ts";

/** What admission works on. */
export interface AdmissionParts extends StrangersParts {
  readonly peers: PeerSessions;
  readonly paths: PathChecks;
}

/**
 * Which session a packet belongs to, and which life of its sender: notices restarts, turns away what is
 * late. `strangers.ts` lets new lives in, `path-checks.ts` knows of peers whose address changed.
 */
export class Admission {
  readonly #context: PortContext;
  readonly #sessions: SessionTable;
  readonly #reader: PacketReader;
  readonly #resets: Resets;
  readonly #strangers: Strangers;
  readonly #peers: PeerSessions;
  readonly #paths: PathChecks;

  constructor(parts: AdmissionParts) {
    this.#context = parts.context;
    this.#sessions = parts.sessions;
    this.#reader = parts.reader;
    this.#resets = parts.resets;
    this.#peers = parts.peers;
    this.#paths = parts.paths;
    this.#strangers = new Strangers(parts);
  }

  /** The session of an established packet. */
  ofPacket(bytes: number, host: string, port: number, nowUs: number): Session | undefined {
    const reader = this.#reader;
    const session = this.#sessions.byId(reader.session);
    if (session === undefined) {
      this.#context.counters.strayed++;
      this.#resets.answer(
        this.#reader,
        bytes,
        host,
        port,
        reader.session,
        RESET_UNKNOWN_SESSION,
        nowUs,
      );
      return undefined;
    }
    if (session.port !== port || session.host !== host) {
      if (this.#paths.fromElsewhere(session, reader, host, port, nowUs)) return session;
      this.#context.counters.strayed++;
      return undefined;
    }
    if (session.path.check !== undefined) this.#paths.fromHome(session, reader);
    if (session.isDown) {
      this.#sayGivenUp(session, bytes, reader.session, nowUs);
      return undefined;
    }
    if (reader.hasHello ? !this.#learn(session, false) : session.remoteId === 0) return undefined;
    if (!session.confirmed) this.#sessions.confirm(session);
    this.#answeredFrom(session);
    return session;
  }

  /** The session of a packet whose sender does not know ours yet. */
  ofHello(bytes: number, host: string, port: number, nowUs: number): Session | undefined {
    const reader = this.#reader;
    if (!reader.hasHello) {
      // A bare header is a knock: it asks the host, not us.
      if (reader.frameCount > 0 || reader.hasAck) this.#context.counters.malformed++;
      return undefined;
    }
    const { helloSession, helloPeerIncarnation, helloIncarnation } = reader;
    if (helloPeerIncarnation !== 0 && helloPeerIncarnation !== this.#context.incarnation) {
      this.#context.counters.stale++;
      this.#resets.answer(
        this.#reader,
        bytes,
        host,
        port,
        helloSession,
        RESET_OTHER_INCARNATION,
        nowUs,
      );
      return undefined;
    }
    const known = this.#sessions.byAddress(host, port);
    const isSame =
      known !== undefined && (known.wantsAny || known.peerIncarnation === helloIncarnation);
    if (isSame && !known.isDown) return this.#learn(known, false) ? known : undefined;
    if (isSame && mayReturn(known)) return this.#returned(known, bytes, nowUs);
    const session = this.#strangers.welcome(known, bytes, host, port, nowUs);
    return session !== undefined && this.#learn(session, true) ? session : undefined;
  }

  /** A life that we called down for its silence greets: it begins anew, once it has proven that it lives. */
  #returned(down: Session, bytes: number, nowUs: number): Session | undefined {
    const { helloSession, helloSerial } = this.#reader;
    if (helloSerial <= down.remoteSerial) {
      this.#sayGivenUp(down, bytes, helloSession, nowUs);
      return undefined;
    }
    if (!this.#strangers.returns(down, bytes, nowUs)) return undefined;
    this.#sessions.revive(down);
    return this.#learn(down, true) ? down : undefined;
  }

  /**
   * Takes what a hello says of its sender, which is known not to be late, or not. False: the packet is
   * of a session or life that is over.
   */
  #learn(session: Session, isFresh: boolean): boolean {
    const { helloSession, helloSerial, helloIncarnation, helloAckDelayUs } = this.#reader;
    const incarnation = helloIncarnation as Incarnation;
    if (session.wantsAny) this.#peers.adopt(session, incarnation);
    else if (session.peerIncarnation !== incarnation) {
      this.#context.counters.stale++;
      if (incarnation > session.peerIncarnation) this.#strangers.restarted(session);
      return false;
    }
    if (session.remoteId === 0 && !isFresh && this.#sessions.isLate(session, this.#reader)) {
      this.#context.counters.stale++;
      return false;
    }
    if (session.remoteId !== helloSession && session.remoteId !== 0) {
      if (helloSerial <= session.remoteSerial) {
        this.#context.counters.stale++;
        return false;
      }
      // The peer has forgotten what we had, so what we know of it is void as well.
      this.#sessions.renew(session);
    }
    if (!session.heard) this.#peers.adoptAliases(session);
    session.remoteId = helloSession;
    session.remoteSerial = helloSerial;
    session.path.letIn();
    this.#sessions.introduced(session);
    session.rtt.peerAckDelayUs = Math.min(helloAckDelayUs, 1_000_000);
    this.#answeredFrom(session);
    return true;
  }

  /** This session's peer has answered: it is what its address stands for. */
  #answeredFrom(session: Session): void {
    if (session.standsForAddress) return;
    const other = this.#sessions.byAddress(session.host, session.port);
    if (other !== undefined && !other.isDown && other.peerIncarnation < session.peerIncarnation) {
      this.#strangers.restarted(other);
    }
    this.#sessions.standForAddress(session);
  }

  /** Something came from a peer that we called down for its silence: if it lives, it may begin anew. */
  #sayGivenUp(session: Session, bytes: number, theirs: number, nowUs: number): void {
    if (!mayReturn(session)) return;
    const { host, port } = session;
    this.#resets.answer(this.#reader, bytes, host, port, theirs, RESET_GIVEN_UP, nowUs);
  }

  /**
   * A reset counts only if it names the session that we used, which nobody off the path knows.
   * Returns the session that it changed.
   */
  ofReset(host: string, port: number): Session | undefined {
    const { session: named, resetIncarnation, resetReason } = this.#reader;
    const theirs = this.#sessions.byAddress(host, port);
    const session = this.#sessions.byId(named) ?? (theirs?.remoteId === named ? theirs : undefined);
    if (session === undefined || session.host !== host || session.port !== port || session.isDown) {
      this.#context.counters.strayed++;
      return undefined;
    }
    if (session.wantsAny) return undefined;
    if (resetReason === RESET_CONFLICT) {
      takeDown(session, "conflict");
    } else if (resetIncarnation !== session.peerIncarnation) {
      if (resetIncarnation < session.peerIncarnation && session.heard) {
        this.#context.counters.stale++;
        return undefined;
      }
      this.#strangers.restarted(session);
    } else if (resetReason === RESET_GIVEN_UP || session.remoteId === named) {
      // It was wrong about us, or knows nothing of us: a new session proves that we live.
      this.#sessions.renew(session);
    }
    return session;
  }

  /**
   * A peer wants a proof of our address before it lets us in: everything so far was lost on it. Counts
   * only if it names a session of ours that nobody has answered yet. Returns that session.
   */
  ofCookie(host: string, port: number, nowUs: number): Session | undefined {
    const reader = this.#reader;
    const session = this.#sessions.byId(reader.session);
    const expected =
      session !== undefined &&
      session.remoteId === 0 &&
      !session.isDown &&
      session.host === host &&
      session.port === port;
    if (!expected) {
      this.#context.counters.strayed++;
      return undefined;
    }
    if (session.path.takeCookie(reader.path.cookie)) takeBack(session, reader.packetLow, nowUs);
    // It is there, whatever it thinks of us.
    session.answered(nowUs);
    return session;
  }
}
