import { ANY_INCARNATION, formatSocketAddress, type Incarnation } from "../../../core/address.ts";
import { isHostAddress } from "../../host-address.ts";
import type { Peer } from "../../transport.ts";
import type { PortContext } from "../port-context.ts";
import { Session } from "./session.ts";
import { mayTryAgain } from "./session-ends.ts";
import type { SessionTable } from "./session-table.ts";

/** Which session stands for a peer that the program names, under as many names as it has. */
export class PeerSessions {
  readonly #context: PortContext;
  readonly #sessions: SessionTable;

  constructor(context: PortContext, sessions: SessionTable) {
    this.#context = context;
    this.#sessions = sessions;
  }

  /** The session through which this peer is reached; opened if there is none. */
  forPeer(peer: Peer): Session | undefined {
    const known = this.#sessions.byPeer(peer);
    if (known !== undefined) return mayTryAgain(known) ? this.#tryAgain(known) : known;
    const row = this.#context.directory.place(peer);
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
    session.rtt.foretoldUs = this.#context.places.rttUs(row.host, row.port);
    // What others say of a newer life does not end the one that answers us.
    this.#sessions.add(session, session.resolved && (there === undefined || there.isDown));
    if (!session.resolved) this.#context.events.push({ kind: "resolve", peer, host: row.host });
    return session;
  }

  /** A peer that was down for a while is reached for again: by a session that it has begun, or as at first. */
  #tryAgain(down: Session): Session {
    const there = this.#sessions.byAddress(down.host, down.port);
    const isThere =
      there !== undefined &&
      there !== down &&
      !there.isDown &&
      (down.wantsAny || there.wantsAny || down.peerIncarnation === there.peerIncarnation);
    if (!isThere) {
      this.#sessions.revive(down);
      return down;
    }
    for (const peer of down.names()) this.#shareSession(there, peer, down.peerIncarnation);
    while (down.watch !== undefined) {
      down.removeWatcher();
      there.addWatcher(this.#context.nowUs);
    }
    this.#sessions.remove(down);
    return there;
  }

  /** A session that asked for whoever is there has found out who it is. */
  adopt(session: Session, incarnation: Incarnation): void {
    const { directory } = this.#context;
    session.peerIncarnation = incarnation;
    const address = formatSocketAddress({ scheme: "udp", host: session.host, port: session.port });
    const peer = directory.adopt(session.peer, address, incarnation);
    if (peer === session.peer) return;
    session.aliases = [...session.aliases, session.peer];
    session.peer = peer;
    this.#sessions.alias(peer, session);
  }

  /** Those asked for as any incarnation have found theirs. */
  adoptAliases(session: Session): void {
    const { host, port, peerIncarnation } = session;
    if (session.aliases.length === 0) return;
    const address = formatSocketAddress({ scheme: "udp", host, port });
    for (const alias of session.aliases) {
      this.#context.directory.adopt(alias, address, peerIncarnation);
    }
  }

  /** Two names for one remote end: one of them was asked for as any incarnation. */
  #shareSession(session: Session, peer: Peer, incarnation: Incarnation): Session {
    const { directory } = this.#context;
    if (incarnation === ANY_INCARNATION) {
      session.aliases = [...session.aliases, peer];
      if (!session.wantsAny) {
        directory.adopt(peer, directory.endpointOf(session.peer).address, session.peerIncarnation);
      }
    } else {
      session.aliases = [...session.aliases, session.peer];
      session.peer = peer;
      session.peerIncarnation = incarnation;
    }
    this.#sessions.alias(peer, session);
    return session;
  }
}
