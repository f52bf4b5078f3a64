import type { Peer } from "../../transport.ts";
import { Departed } from "../admission/departed.ts";
import type { PacketReader } from "../packet/packet-reader.ts";
import type { PortContext } from "../port-context.ts";
import type { Session } from "./session.ts";
import { beginAnew, closeSession, renewSession } from "./session-ends.ts";

/** Sessions looked at when one has to make room. */
const EVICTION_SAMPLE = 64;

/** How a former session is remembered by its peer's id of it: copies may come from anywhere. */
const sessionKey = (remoteId: number): string => `#${remoteId}`;

/** By the peer's own id and, as strangers may choose the same, some of its incarnation. */
const remoteKey = (remoteId: number, incarnation: number): number =>
  remoteId * 2 ** 20 + (incarnation % 2 ** 20);

/** Joined, not added: what is added stays in two pieces for as long as it is a key. */
export const addressKey = (host: string, port: number): string => [host, port].join("|");

/**
 * The sessions of a port, by session id, by peer and by address. BOUNDED: `sessionsMax`, and of those
 * that strangers opened and never confirmed `halfOpenMax`.
 */
export class SessionTable {
  readonly #context: PortContext;
  readonly #byId = new Map<number, Session>();
  readonly #byPeer = new Map<Peer, Session>();
  /** The session that an address stands for now; former lives are found by peer alone. */
  readonly #byAddress = new Map<string, Session>();
  /** By `remoteKey`. */
  readonly #byRemote = new Map<number, Session>();
  readonly #all = new Set<Session>();
  /** Opened from outside, address never proven. BOUNDED: `halfOpenMax`, oldest out first. */
  readonly #halfOpen = new Set<Session>();
  readonly departed = new Departed();

  constructor(context: PortContext) {
    this.#context = context;
  }

  get size(): number {
    return this.#all.size;
  }

  [Symbol.iterator](): Iterator<Session> {
    return this.#all[Symbol.iterator]();
  }

  byId(id: number): Session | undefined {
    return this.#byId.get(id);
  }

  byPeer(peer: Peer): Session | undefined {
    return this.#byPeer.get(peer);
  }

  byAddress(host: string, port: number): Session | undefined {
    return this.#byAddress.get(addressKey(host, port));
  }

  /** Makes room for one more; false if every session is wanted. */
  makeRoom(): boolean {
    if (this.#all.size < this.#context.options.sessionsMax) return true;
    let victim: Session | undefined;
    let looked = 0;
    for (const session of this.#all) {
      if (looked++ >= EVICTION_SAMPLE) break;
      const wanted = !session.isDown && (!session.isIdle || this.#isClaimed(session));
      if (wanted) continue;
      const heardUs = session.lastHeardUs ?? 0;
      if (victim === undefined || heardUs < (victim.lastHeardUs ?? 0)) victim = session;
    }
    if (victim !== undefined) this.remove(victim);
    return victim !== undefined;
  }

  add(session: Session, standsForAddress: boolean): void {
    this.#all.add(session);
    this.#register(session);
    this.alias(session.peer, session);
    if (standsForAddress) this.standForAddress(session);
  }

  /** A stranger opened it; whether it is where it says is not known yet. */
  openedFromOutside(session: Session): void {
    session.path.limit();
    this.#halfOpen.add(session);
    if (this.#halfOpen.size <= this.#context.options.halfOpenMax) return;
    for (const oldest of this.#halfOpen) {
      this.#halfOpen.delete(oldest);
      if (!oldest.isIdle || this.#isClaimed(oldest)) continue;
      this.remove(oldest);
      return;
    }
  }

  /** The peer has used our session id: it is where it says. */
  confirm(session: Session): void {
    session.confirmed = true;
    session.path.prove();
    this.#halfOpen.delete(session);
  }

  /** The peer has said under which id it knows this session. */
  introduced(session: Session): void {
    const key = remoteKey(session.remoteId, session.peerIncarnation);
    // Who came first is protected from those who copy it.
    if (this.#byRemote.get(key)?.isDown !== false) this.#byRemote.set(key, session);
  }

  /** Whether the hello just read is a copy, from elsewhere, of one that opened a session. */
  isCopy(
    { helloSession, helloSerial, helloIncarnation }: PacketReader,
    host: string,
    port: number,
  ): boolean {
    const known = this.#byRemote.get(remoteKey(helloSession, helloIncarnation));
    if (known !== undefined && known.peerIncarnation === helloIncarnation) {
      return known.remoteSerial === helloSerial && (known.host !== host || known.port !== port);
    }
    return this.departed.isStale(sessionKey(helloSession), helloIncarnation, helloSerial);
  }

  /** Whether the hello just read is of a conversation with this peer that is over. */
  isLate({ host, port }: Session, { helloIncarnation, helloSerial }: PacketReader): boolean {
    return this.departed.isStale(addressKey(host, port), helloIncarnation, helloSerial);
  }

  /** Another name for the same peer. */
  alias(peer: Peer, session: Session): void {
    this.#byPeer.set(peer, session);
    this.#context.directory.hold(peer);
  }

  standForAddress(session: Session): void {
    const key = addressKey(session.host, session.port);
    const former = this.#byAddress.get(key);
    if (former !== undefined) former.standsForAddress = false;
    session.standsForAddress = true;
    this.#byAddress.set(key, session);
  }

  /** The peer is at another address now. */
  move(session: Session, host: string, port: number): void {
    this.#forgetAddress(session);
    session.host = host;
    session.port = port;
    const there = this.byAddress(host, port);
    if (there === undefined || there.isDown) this.standForAddress(session);
  }

  /** The session begins anew, under another id. */
  renew(session: Session): void {
    this.#endConversation(session);
    renewSession(session);
    this.#register(session);
  }

  /** It was down, and there is reason to believe, or to find out, that it lives. */
  revive(session: Session): void {
    this.#endConversation(session);
    beginAnew(session);
    this.#register(session);
    const there = this.byAddress(session.host, session.port);
    if (session.resolved && (there === undefined || there.isDown)) this.standForAddress(session);
  }

  /** No packet reaches it any more; the program may still ask for it. */
  retire(session: Session): void {
    this.#byId.delete(session.localId);
    this.#leaveAddress(session);
  }

  /** Forgets it, and its peers where nobody else holds them. */
  remove(session: Session): void {
    this.retire(session);
    closeSession(session);
    this.#all.delete(session);
    this.#halfOpen.delete(session);
    for (const peer of [session.peer, ...session.aliases]) {
      if (this.#byPeer.get(peer) === session) this.#byPeer.delete(peer);
      this.#context.directory.unhold(peer);
    }
  }

  #register(session: Session): void {
    while (this.#byId.has(session.localId)) renewSession(session);
    this.#byId.set(session.localId, session);
  }

  #isClaimed(session: Session): boolean {
    const { directory } = this.#context;
    return directory.isClaimed(session.peer) || session.aliases.some((p) => directory.isClaimed(p));
  }

  #endConversation(session: Session): void {
    this.#byId.delete(session.localId);
    this.#rememberEnd(session);
    this.#leaveRemote(session);
  }

  /** So that what is late of this conversation does not begin it again. */
  #rememberEnd({ host, port, peerIncarnation, remoteId, remoteSerial, givenUp }: Session): void {
    if (remoteSerial === 0) return;
    const { nowUs } = this.#context;
    const key = addressKey(host, port);
    this.departed.remember(key, peerIncarnation, remoteSerial, nowUs, givenUp);
    this.departed.remember(sessionKey(remoteId), peerIncarnation, remoteSerial, nowUs);
  }

  #leaveAddress(session: Session): void {
    this.#rememberEnd(session);
    this.#leaveRemote(session);
    this.#forgetAddress(session);
  }

  #forgetAddress(session: Session): void {
    if (!session.standsForAddress) return;
    session.standsForAddress = false;
    this.#byAddress.delete(addressKey(session.host, session.port));
  }

  #leaveRemote(session: Session): void {
    const key = remoteKey(session.remoteId, session.peerIncarnation);
    if (this.#byRemote.get(key) === session) this.#byRemote.delete(key);
  }
}
