import type { Incarnation } from "../../core/address.ts";
import { ANY_INCARNATION, formatSocketAddress } from "../../core/address.ts";
import type { Peer } from "../transport.ts";
import { isHostAddress } from "./host-address.ts";
import { RESET_GIVEN_UP, RESET_OTHER_INCARNATION, RESET_UNKNOWN_SESSION } from "./packet.ts";
import type { PacketReader } from "./packet-reader.ts";
import type { PortContext } from "./port-context.ts";
import type { Resets } from "./resets.ts";
import { Session } from "./session.ts";
import { takeDown } from "./session-ends.ts";
import { addressKey, type SessionTable } from "./session-table.ts";

/**
 * Which session a packet or a peer belongs to, and which life of its sender: opens sessions, notices
 * restarts, turns away what is late. The place of cookies, of the limit on answers to unproven
 * addresses, and of moves to another address.
 */
export class Admission {
  readonly #context: PortContext;
  readonly #sessions: SessionTable;
  readonly #reader: PacketReader;
  readonly #resets: Resets;

  constructor(context: PortContext, sessions: SessionTable, reader: PacketReader, resets: Resets) {
    this.#context = context;
    this.#sessions = sessions;
    this.#reader = reader;
    this.#resets = resets;
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
      this.#context.counters.strayed++;
      return undefined;
    }
    if (session.isDown) {
      this.#falseAlarm(session, bytes, reader.session, nowUs);
      return undefined;
    }
    if (reader.hasHello ? !this.#learn(session) : session.remoteId === 0) return undefined;
    this.#sessions.confirm(session);
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
    if (known !== undefined && known.peerIncarnation === helloIncarnation && known.isDown) {
      this.#falseAlarm(known, bytes, helloSession, nowUs);
      return undefined;
    }
    const same =
      known !== undefined &&
      !known.isDown &&
      (known.wantsAny || known.peerIncarnation === helloIncarnation);
    if (same) return this.#learn(known) ? known : undefined;
    return this.#welcome(known, host, port);
  }

  /** A life that has no session here yet: the first of its address, or a restarted one. */
  #welcome(former: Session | undefined, host: string, port: number): Session | undefined {
    const { helloIncarnation, helloSerial } = this.#reader;
    const older =
      former !== undefined &&
      !former.isDown &&
      former.heard &&
      helloIncarnation < former.peerIncarnation;
    const key = addressKey(host, port);
    if (older || this.#sessions.departed.isStale(key, helloIncarnation, helloSerial)) {
      this.#context.counters.stale++;
      return undefined;
    }
    if (!this.#sessions.makeRoom()) {
      this.#context.counters.turnedAway++;
      return undefined;
    }
    if (former?.heard === true) this.#restarted(former);
    const incarnation = helloIncarnation as Incarnation;
    const address = formatSocketAddress({ scheme: "udp", host, port });
    const peer = this.#context.directory.intern({ address, incarnation });
    let session = this.#sessions.byPeer(peer);
    if (session === undefined) {
      session = new Session(this.#context, peer, host, port, incarnation);
      this.#sessions.add(session, true);
      this.#sessions.openedFromOutside(session);
    }
    return session.isDown || !this.#learn(session) ? undefined : session;
  }

  /** Takes what a hello says of its sender. False: the packet is of a session or life that is over. */
  #learn(session: Session): boolean {
    const { helloSession, helloSerial, helloIncarnation, helloAckDelayUs } = this.#reader;
    const incarnation = helloIncarnation as Incarnation;
    if (session.wantsAny) this.#adopt(session, incarnation);
    else if (session.peerIncarnation !== incarnation) {
      this.#context.counters.stale++;
      if (incarnation > session.peerIncarnation) this.#restarted(session);
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
    if (!session.heard) this.#adoptAliases(session);
    session.remoteId = helloSession;
    session.remoteSerial = helloSerial;
    session.rtt.peerAckDelayUs = Math.min(helloAckDelayUs, 1_000_000);
    this.#answeredFrom(session);
    return true;
  }

  /** A session that asked for whoever is there has found out who it is. */
  #adopt(session: Session, incarnation: Incarnation): void {
    const { directory } = this.#context;
    session.peerIncarnation = incarnation;
    const address = formatSocketAddress({ scheme: "udp", host: session.host, port: session.port });
    const peer = directory.adopt(session.peer, address, incarnation);
    if (peer === session.peer) return;
    session.aliases.push(session.peer);
    session.peer = peer;
    this.#sessions.alias(peer, session);
  }

  /** Those asked for as any incarnation have found theirs. */
  #adoptAliases(session: Session): void {
    const { host, port, peerIncarnation } = session;
    const address = formatSocketAddress({ scheme: "udp", host, port });
    for (const alias of session.aliases) {
      this.#context.directory.adopt(alias, address, peerIncarnation);
    }
  }

  /** This session's peer has answered: it is what its address stands for. */
  #answeredFrom(session: Session): void {
    const other = this.#sessions.byAddress(session.host, session.port);
    if (other === session) return;
    if (other !== undefined && !other.isDown && other.peerIncarnation < session.peerIncarnation) {
      this.#restarted(other);
    }
    this.#sessions.standForAddress(session);
  }

  #restarted(session: Session): void {
    takeDown(session, "restarted");
    this.#sessions.retire(session);
  }

  /** Something came from a peer that we declared down: we were wrong, or it was long on its way. */
  #falseAlarm(session: Session, bytes: number, theirs: number, nowUs: number): void {
    if (session.downReason !== "silent" && session.downReason !== "refused") return;
    if (!session.revived) this.#context.counters.revived++;
    session.revived = true;
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
    if (resetIncarnation !== session.peerIncarnation) {
      if (resetIncarnation < session.peerIncarnation && session.heard) {
        this.#context.counters.stale++;
        return undefined;
      }
      this.#restarted(session);
    } else if (resetReason === RESET_GIVEN_UP) {
      takeDown(session, "reset");
    } else if (resetReason === RESET_UNKNOWN_SESSION && session.remoteId === named) {
      this.#sessions.renew(session);
    }
    return session;
  }

  /** The session through which this peer is reached; opened if there is none. */
  forPeer(peer: Peer): Session | undefined {
    const known = this.#sessions.byPeer(peer);
    if (known !== undefined) return known;
    const row = this.#context.directory.row(peer);
    if (row === undefined) return undefined;
    const there = this.#sessions.byAddress(row.host, row.port);
    if (there !== undefined && !there.isDown) {
      const sameLife =
        row.incarnation === ANY_INCARNATION || row.incarnation === there.peerIncarnation;
      if (sameLife || there.wantsAny) return this.#shareSession(there, peer, row.incarnation);
    }
    if (!this.#sessions.makeRoom()) {
      this.#context.counters.turnedAway++;
      return undefined;
    }
    const session = new Session(this.#context, peer, row.host, row.port, row.incarnation);
    session.resolved = isHostAddress(row.host);
    // What others say of a newer life does not end the one that answers us.
    this.#sessions.add(session, session.resolved && (there === undefined || there.isDown));
    if (!session.resolved) this.#context.events.push({ kind: "resolve", peer, host: row.host });
    return session;
  }

  /** Two names for one remote end: one of them was asked for as any incarnation. */
  #shareSession(session: Session, peer: Peer, incarnation: Incarnation): Session {
    const { directory } = this.#context;
    if (incarnation === ANY_INCARNATION) {
      session.aliases.push(peer);
      if (!session.wantsAny) {
        directory.adopt(peer, directory.endpointOf(session.peer).address, session.peerIncarnation);
      }
    } else {
      session.aliases.push(session.peer);
      session.peer = peer;
      session.peerIncarnation = incarnation;
    }
    this.#sessions.alias(peer, session);
    return session;
  }
}
