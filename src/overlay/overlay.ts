import type { Brand } from "../core/brand.ts";
import type { ContactTable, Ref } from "../core/contacts.ts";
import type { NumericId } from "../core/numeric-id.ts";
import type { World } from "../core/world.ts";
import type { DeclineReason } from "../transport/messages.ts";
import type { Message, MessageType } from "../wire/message.ts";

/** One overlay node hosted by this process, from 0. A live process hosts one or several, the simulator all. */
export type Member = Brand<number, "Member">;

/** Recursive: each hop sends the message on. Iterative: the origin asks each hop for the next. */
export type Delivery = "recursive" | "iterative";

export interface OperationOptions {
  /** The caller's whole time for it, from now. It ends by then, whatever happens. */
  readonly deadlineUs: number;
  readonly signal?: AbortSignal | undefined;
}

export interface RouteOptions extends OperationOptions {
  readonly delivery?: Delivery | undefined;
  /** How often the route is tried, each time over another first hop (paper §3.2). */
  readonly tries?: number | undefined;
}

export interface RouteReply {
  /** The node where the route ended and that answered. */
  readonly by: Ref;
  readonly hops: number;
  /** 1: the first try succeeded. */
  readonly tries: number;
  readonly body: Message | undefined;
  /** Numeric routes: the nodes that hold the target, best first, at most three; `by` is the first. */
  readonly holders: readonly Ref[];
}

/** A request that reached its node, by a route or directly. */
export interface ServedRequest<Body> {
  /** Never changes; may be kept. */
  readonly body: Body;
  /** Who asked, where a route carried the request; a direct request's peer has no contact. */
  readonly origin: Ref | undefined;
  /** What is left of the caller's deadline. An answer after that is wasted. */
  readonly remainingUs: number;
  readonly hops: number;
  /** As in `RouteReply`; empty unless a numeric route brought it. */
  readonly holders: readonly Ref[];
  /** Answers, now or later; once. */
  reply(body: Message | undefined): void;
  /** A definite no: the request was not acted upon. Once, instead of `reply`. */
  decline(why: DeclineReason): void;
}

/** A member's neighbourhood (leaf set or rings) gained a node, or lost it altogether. */
export type NeighbourhoodListener = (member: Member, node: Ref, isGone: boolean) => void;

/**
 * What applications see of SkipNet. Refs in arguments and results are contacts of `contacts`; keep
 * one (`contacts.keep`) to hold it past the present turn.
 *
 * Failed operations reject with a `SkipnetError`: `E_NO_ROUTE` or `E_REFUSED` where it certainly did
 * not happen, `E_DEADLINE` or `E_UNREACHABLE` where it may have, `E_NOT_MEMBER` before the join.
 */
export interface Overlay {
  readonly world: World;
  readonly contacts: ContactTable;
  self(member: Member): Ref;
  isMember(member: Member): boolean;
  /** To the node with this name, or else to its predecessor in name order; there `body` is served. */
  routeByName(
    member: Member,
    name: string,
    body: Message,
    options: RouteOptions,
  ): Promise<RouteReply>;
  /** To the node whose numeric ID comes first by (longest common prefix, distance, smaller ID). */
  routeByNumericId(
    member: Member,
    id: NumericId,
    body: Message,
    options: RouteOptions,
  ): Promise<RouteReply>;
  /** Straight to a known node. Resolves with the body of its reply. */
  request(
    member: Member,
    to: Ref,
    body: Message,
    options: OperationOptions,
  ): Promise<Message | undefined>;
  /** Serves requests of this type, routed and direct. One server a type. */
  serve<Body>(
    type: MessageType<Body>,
    server: (member: Member, request: ServedRequest<Message & Body>) => void,
  ): void;
  /** Whether `a` comes before `b` among those who hold what has this ID. */
  isNearer(id: NumericId, a: Ref, b: Ref): boolean;
  onNeighbourhood(listener: NeighbourhoodListener): void;
  /** Called when a member has joined, and again when it has left. */
  onMembership(listener: (member: Member, joined: boolean) => void): void;
}
