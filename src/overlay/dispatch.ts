import type { Ref } from "../core/contacts.ts";
import type { Calls } from "../transport/calls.ts";
import type {
  Peer,
  PeerReason,
  PeerState,
  Port,
  PortHandler,
  RefusedReason,
  Token,
  Verdict,
} from "../transport/transport.ts";
import { type AnyMessageType, type Message, type MessageOf, TAG_MAX } from "../wire/message.ts";
import type { Context } from "./context.ts";
import type { Departures } from "./departures.ts";
import type { HandlesMessages } from "./handlers.ts";
import type { Joins } from "./join.ts";
import type { JoinSearches } from "./join-search.ts";
import type { LeafRepair } from "./leaf-repair.ts";
import type { Links } from "./link.ts";
import type { Merging } from "./merge/merging.ts";
import { MERGE_MESSAGES } from "./merge/messages.ts";
import * as messages from "./messages.ts";
import type { Member } from "./overlay.ts";
import type { Requests } from "./requests.ts";
import type { RingRepair } from "./ring-repair.ts";
import { newByNumericId } from "./route-start.ts";
import type { Router } from "./router.ts";
import { NearProbe } from "./shortcuts/messages.ts";

/** Whom the dispatcher hands what it gets to. */
export interface DispatchParts {
  readonly net: Context;
  readonly calls: Calls;
  readonly router: Router;
  readonly requests: Requests;
  readonly joins: Joins;
  readonly searches: JoinSearches;
  readonly links: Links;
  readonly rings: RingRepair;
  readonly leaves: LeafRepair;
  readonly departures: Departures;
  /** Parts with message types of their own. */
  readonly others: readonly HandlesMessages[];
  readonly merging: Merging;
}

/** Sent only to nodes that stand in the sender's tables, or whose neighbour it believes to be. */
const TAKES_FOR_MEMBER: ReadonlySet<AnyMessageType> = new Set([
  messages.RouteByName,
  messages.RouteByNumericId,
  messages.RingHint,
  messages.LeafRequest,
  messages.LeafNotify,
  NearProbe,
]);

type Handler = (member: Member, from: Peer, message: Message) => void;

/** From the transport's events to the part of the overlay that handles each. */
export class Dispatch implements PortHandler {
  readonly #parts: DispatchParts;
  readonly #byTag: (Handler | undefined)[] = new Array(TAG_MAX + 1).fill(undefined);

  constructor(parts: DispatchParts) {
    this.#parts = parts;
    const { net, router, requests, joins, searches, links, rings, leaves, departures, merging } =
      parts;
    this.#on(messages.RouteByName, (m, from, msg) => router.onRouteByName(m, from, msg));
    this.#on(messages.RouteByNumericId, (m, from, msg) => router.onRouteByNumericId(m, from, msg));
    this.#on(messages.RouteAnswer, (_m, _from, msg) => requests.onAnswer(msg));
    this.#on(messages.JoinStart, (m, _from, msg) => this.#startJoin(m, msg));
    this.#on(messages.JoinSearch, (m, _from, msg) => searches.walk(m, msg));
    this.#on(messages.JoinFound, (m, _from, msg) => joins.onAnswer(m, msg));
    this.#on(messages.LinkRequest, (m, _from, msg) => links.onRequest(m, msg));
    this.#on(messages.LinkReply, (m, _from, msg) => joins.onAnswer(m, msg));
    this.#on(messages.LinkLeft, (m, _from, msg) => links.onLeft(m, msg));
    this.#on(messages.RingHint, (m, _from, msg) => rings.onHint(m, msg));
    this.#on(messages.RingCorrection, (m, _from, msg) => rings.onCorrection(m, msg));
    this.#on(messages.RingSearch, (m, _from, msg) => rings.onSearch(m, msg));
    this.#on(messages.RingPointers, (m, _from, msg) => {
      if (net.state(m) === "in") rings.onPointers(m, msg);
    });
    this.#on(messages.LeafNotify, (m, _from, msg) => leaves.onNotify(m, msg));
    this.#on(messages.LeafRequest, (m, _from, msg) => leaves.onRequest(m, msg));
    this.#on(messages.LeafReply, (m, _from, msg) => {
      leaves.onReply(m, msg);
      merging.heard(m, msg.from);
    });
    this.#on(messages.Leave, (m, _from, msg) => departures.onLeave(m, msg));
    for (const other of parts.others) {
      other.register((type, handler) => this.#on(type, (m, from, msg) => handler(m, msg, from)));
    }
    for (const type of MERGE_MESSAGES) this.#on(type, (m, _from, msg) => merging.onMessage(m, msg));
  }

  onMessage(port: Port, from: Peer, message: Message): void {
    const handler = this.#byTag[message.type.tag];
    if (handler === undefined) {
      this.#parts.calls.onMessage(port, from, message);
      return;
    }
    const { net, departures } = this.#parts;
    const member = net.memberAt(port);
    if (net.state(member) !== "in" && TAKES_FOR_MEMBER.has(message.type)) {
      departures.sayAbsent(member, from);
    }
    handler(member, from, message);
  }

  onVerdict(port: Port, token: Token, verdict: Verdict): void {
    if (this.#parts.calls.onVerdict(token, verdict)) return;
    this.#parts.joins.onVerdict(this.#parts.net.memberAt(port), token, verdict);
  }

  onReturn(port: Port, to: Peer, message: Message, verdict: Verdict): void {
    const { net, router, searches, rings, others, merging } = this.#parts;
    const member = net.memberAt(port);
    if (verdict.outcome === "refused" && isMessagesFault(verdict.reason)) {
      router.onUndeliverable(member, message);
      return;
    }
    const node = net.peers.refOf(to);
    if (node !== undefined) net.suspects.add(member, node);
    if (messages.JoinSearch.is(message)) searches.walk(member, message);
    else if (messages.RingSearch.is(message)) rings.onReturn(member, message);
    else if (!merging.onReturn(member, message)) {
      const isDoubtful = verdict.outcome === "unknown";
      const returned = { message, node, isDoubtful };
      if (others.some((other) => other.onReturn(member, returned))) return;
      router.onReturn(member, to, node, message, isDoubtful);
    }
  }

  onPeer(port: Port, peer: Peer, state: PeerState, reason: PeerReason): void {
    const { net, departures } = this.#parts;
    const member = net.memberAt(port);
    const node: Ref | undefined = net.peers.refOf(peer);
    if (node === undefined) return;
    if (state === "suspect") {
      // Who still joins has no tables to go round anybody with, and may not know who its seed is.
      if (net.state(member) === "in") net.suspects.add(member, node);
    } else if (state === "up") {
      net.suspects.forget(member, node);
      net.dead.forget(member, node);
      this.#parts.merging.heard(member, node);
    } else departures.onDown(member, node, reason === "silent" || reason === "refused");
  }

  onDrain(_port: Port, _peer: Peer): void {}

  #on<Type extends AnyMessageType>(
    type: Type,
    handler: (member: Member, from: Peer, message: MessageOf<Type>) => void,
  ): void {
    // The tag decides: a message with this tag is of this type.
    this.#byTag[type.tag] = handler as Handler;
  }

  /** A joiner asked this member: the climb to its top ring begins here. */
  #startJoin(member: Member, { id, joiner }: MessageOf<typeof messages.JoinStart>): void {
    const { net, router } = this.#parts;
    if (net.state(member) !== "in") {
      net.phases.link++;
      const failed = messages.JoinFound.make({ id, outcome: "failed", top: 0, found: [] });
      net.send(member, joiner, failed);
      return;
    }
    const carried = { id, origin: joiner, attempt: 1, body: undefined };
    const deadlineUs = net.options.joinSearchMs * 1000;
    router.climb(member, newByNumericId(joiner, true, deadlineUs, carried));
  }
}

/** Refused for what it is: another way would not help, and the peer is not to blame. */
function isMessagesFault(reason: RefusedReason): boolean {
  return reason === "invalid" || reason === "tooLarge";
}
