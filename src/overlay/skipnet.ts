import type { Address, Endpoint } from "../core/address.ts";
import type { ContactTable, Ref } from "../core/contacts.ts";
import { assertNodeName } from "../core/names.ts";
import type { NumericId } from "../core/numeric-id.ts";
import type { World } from "../core/world.ts";
import { Calls } from "../transport/calls.ts";
import type { Port, PortHandler } from "../transport/transport.ts";
import type { Message, MessageType } from "../wire/message.ts";
import { type OverlayBounds, overlayBounds } from "./bounds.ts";
import { Context, type JoinPhases } from "./context.ts";
import { Departures } from "./departures.ts";
import { Dispatch } from "./dispatch.ts";
import { Domains } from "./domains/domains.ts";
import { assistTransport } from "./helpers.ts";
import { Joins } from "./join.ts";
import { JoinSearches } from "./join-search.ts";
import { LeafRepair } from "./leaf-repair.ts";
import { Links } from "./link.ts";
import { Merging } from "./merge/merging.ts";
import { Neighbourhood } from "./neighbourhood.ts";
import { NewcomerRings } from "./newcomer-rings.ts";
import type { JoinEnd } from "./open-join.ts";
import { overlayOptions } from "./options.ts";
import type {
  Member,
  NeighbourhoodListener,
  OperationOptions,
  Overlay,
  RouteOptions,
  RouteReply,
  ServedRequest,
} from "./overlay.ts";
import type { MemberOptions, SkipNetParts } from "./parts.ts";
import { Ranges } from "./ranges/ranges.ts";
import { Requests } from "./requests.ts";
import { RingRepair } from "./ring-repair.ts";
import { type RouteObserver, Router } from "./router.ts";
import { Routes } from "./routes.ts";
import { Servers, serveCall } from "./served.ts";
import { Shortcuts } from "./shortcuts/shortcuts.ts";
import { virtualId } from "./virtual.ts";
import { listWatchedFor } from "./watched.ts";

/**
 * The SkipNet overlay (Harvey, Jones, Saroiu, Theimer, Wolman, USITS 2003) over any transport. One
 * instance hosts any number of members: a live process one or a few, the simulator all.
 */
export class SkipNet implements Overlay {
  readonly world: World;
  readonly contacts: ContactTable;
  readonly #net: Context;
  readonly #requests: Requests;
  readonly #servers: Servers;
  readonly #router: Router;
  readonly #routes: Routes;
  readonly #joins: Joins;
  /** The repair of rings, whose pace is saved with the tables. */
  readonly rings: RingRepair;
  readonly #neighbourhood: Neighbourhood;
  readonly #departures: Departures;
  /** Disconnects and merges: what was found, and how another overlay is sought. */
  readonly merging: Merging;
  /** Routes that stay within a name prefix. */
  readonly domains: Domains;
  /** Questions to all nodes of a piece of the name space. */
  readonly ranges: Ranges;
  readonly #calls: Calls;
  readonly #shortcuts: Shortcuts;
  readonly #onNeighbourhood: NeighbourhoodListener[] = [];
  readonly #onMembership: ((member: Member, joined: boolean) => void)[] = [];
  /** What all ports of this overlay's members report to. */
  readonly handler: PortHandler;

  constructor({ world, transport, contacts, options }: SkipNetParts) {
    this.world = world;
    this.contacts = contacts;
    const net = new Context({ world, transport, contacts, options: overlayOptions(options) });
    this.#net = net;
    assistTransport(net);
    listWatchedFor(net);
    const neighbourhood = new Neighbourhood(net);
    this.#neighbourhood = neighbourhood;
    const leaves = new LeafRepair(net, neighbourhood);
    const rings = new RingRepair(net, neighbourhood, leaves);
    this.rings = rings;
    leaves.onFoundWrong = (member) => rings.alarm(member, 0);
    const merging = new Merging(net, neighbourhood, leaves);
    this.merging = merging;
    this.#departures = new Departures(net, { neighbourhood, rings, leaves, merging });
    const forget = (member: Member, ref: Ref) => this.#departures.onDown(member, ref, false);
    this.#requests = new Requests(net);
    this.#servers = new Servers(net, this.#requests);
    const searches = new JoinSearches(net, forget);
    this.#router = new Router(net, this.#requests, this.#servers, (member, climb) => {
      searches.climb(member, climb);
    });
    this.#routes = new Routes(net, this.#requests, this.#router, (m, to, message, o) =>
      this.request(m, to, message, o),
    );
    const newcomers = new NewcomerRings(net, this.#neighbourhood, this.rings, leaves);
    this.#joins = new Joins(net, this.#neighbourhood, newcomers, (member) => {
      this.#tellMembership(member, true);
    });
    this.#calls = new Calls(world, transport, (call) => serveCall(net, this.#servers, call));
    this.#shortcuts = new Shortcuts(net);
    net.onTablesChanged = (member, node, isGone) => {
      this.#shortcuts.changed(member);
      if (!isGone) merging.entered(member, node);
      for (const listener of this.#onNeighbourhood) listener(member, node, isGone);
    };
    this.domains = new Domains(net, this.#requests, this.#servers, this.#routes);
    this.ranges = new Ranges(net, this.#servers);
    this.handler = new Dispatch({
      net,
      calls: this.#calls,
      router: this.#router,
      requests: this.#requests,
      joins: this.#joins,
      searches,
      links: new Links(net, this.#neighbourhood, forget),
      rings: this.rings,
      leaves,
      departures: this.#departures,
      others: [this.#shortcuts, this.domains, this.ranges],
      merging,
    });
  }

  /** The state behind: for checkers, reports and the admin page. */
  get context(): Context {
    return this.#net;
  }

  /** Opens a port and makes a member of it, which has then to `create` or `join`. */
  async addMember(listen: Address, options: MemberOptions): Promise<Member> {
    assertNodeName(options.name);
    const port = await this.#net.transport.open(listen, this.handler);
    return this.addMemberAt(port, options);
  }

  /** As `addMember`, on a port that is open already with this overlay's `handler`. */
  addMemberAt(port: Port, options: MemberOptions): Member {
    const { name } = options;
    const numericId = options.numericId ?? virtualId(this.#net, options);
    const endpoint = this.#net.transport.localEndpoint(port);
    const self = this.contacts.intern({ name, numericId, ...endpoint });
    return this.#net.addMember(port, self);
  }

  self(member: Member): Ref {
    return this.#net.self(member);
  }

  isMember(member: Member): boolean {
    return this.#net.state(member) === "in";
  }

  /** Begins a new overlay of one. */
  create(member: Member): void {
    this.#net.setState(member, "in");
    this.rings.start(member);
    this.#tellMembership(member, true);
  }

  /** Joins an overlay through any of the seeds. Rejects with `E_NAME_TAKEN` or `E_JOIN`. */
  async join(member: Member, seeds: readonly Endpoint[], options: OperationOptions): Promise<void> {
    const joined = this.world.deferred<void>();
    this.merging.remember(member, seeds);
    this.startJoin(member, seeds, options, (e) => (e ? joined.reject(e) : joined.resolve()));
    return joined.promise;
  }

  /** As `join`, without a promise: for callers with a hundred thousand under way. Throws `E_OPTIONS`. */
  startJoin(
    member: Member,
    seeds: readonly Endpoint[],
    options: OperationOptions,
    onEnd: JoinEnd,
  ): void {
    this.#joins.start(member, seeds, options, onEnd);
  }

  /** Leaves politely: neighbours close the gap at once. */
  leave(member: Member): void {
    if (this.#net.state(member) !== "in") return;
    this.#departures.leave(member);
    this.#tellMembership(member, false);
  }

  /** Fails what is open. The transport is the caller's to close. */
  close(): void {
    for (let m = 0; m < this.#net.memberCount; m++) {
      this.rings.stop(m as Member);
      this.#shortcuts.stop(m as Member);
    }
    this.#joins.closeAll();
    this.#requests.closeAll();
    this.ranges.closeAll();
    this.#calls.closeAll();
  }

  routeByName(
    member: Member,
    name: string,
    body: Message,
    options: RouteOptions,
  ): Promise<RouteReply> {
    return this.routeToName(member, this.contacts.nameOnly(name), body, options);
  }

  /** As `routeByName`; the target is a contact or a bare name, and the body may be left out: a lookup. */
  routeToName(
    member: Member,
    target: Ref,
    body: Message | undefined,
    options: RouteOptions,
  ): Promise<RouteReply> {
    return this.#routes.toName(member, target, body, options);
  }

  routeByNumericId(
    member: Member,
    id: NumericId,
    body: Message | undefined,
    options: RouteOptions,
  ): Promise<RouteReply> {
    return this.#routes.toNumericId(member, id, body, options);
  }

  request(
    member: Member,
    to: Ref,
    body: Message,
    { deadlineUs, signal }: OperationOptions,
  ): Promise<Message | undefined> {
    const net = this.#net;
    return this.#calls.request(net.port(member), net.peers.peerOf(to), body, {
      member,
      deadlineUs,
      signal,
    });
  }

  serve<Body>(
    type: MessageType<Body>,
    server: (member: Member, request: ServedRequest<Message & Body>) => void,
  ): void {
    // The registry pairs a message with its type, so the body is of the type that is served.
    this.#servers.register(
      type,
      server as (member: Member, request: ServedRequest<Message>) => void,
    );
  }

  isNearer(id: NumericId, a: Ref, b: Ref): boolean {
    return this.#net.digits.compareFor(this.contacts.numericOnly(id), a, b) < 0;
  }

  onNeighbourhood(listener: NeighbourhoodListener): void {
    this.#onNeighbourhood.push(listener);
  }

  onMembership(listener: (member: Member, joined: boolean) => void): void {
    this.#onMembership.push(listener);
  }

  /** Sees every step of every route. */
  observeRoutes(observer: RouteObserver): void {
    this.#router.observer = observer;
  }

  bounds(): OverlayBounds {
    return overlayBounds(this.#net.transport.bounds(), this.#net.options);
  }

  /** Messages of joins by phase, since the start. */
  get joinPhases(): Readonly<JoinPhases> {
    return this.#net.phases;
  }

  /** Answered requests by number of tries; index 0: one try. */
  get answeredByTries(): readonly number[] {
    return this.#requests.answeredByTries;
  }

  /** How many table slots of a member hold this node. */
  slotsHolding(member: Member, ref: Ref): number {
    return this.#net.slotsHolding(member, ref);
  }

  #tellMembership(member: Member, joined: boolean): void {
    if (joined) this.#shortcuts.start(member);
    else this.#shortcuts.stop(member);
    for (const listener of this.#onMembership) listener(member, joined);
  }
}
