import type { NamingBounds } from "../apps/naming/bounds.ts";
import type { NamingCounters } from "../apps/naming/context.ts";
import type { HeldDirectory, NamingService } from "../apps/naming/service.ts";
import type { Ref } from "../core/contacts.ts";
import { NO_REF } from "../core/contacts.ts";
import type { Member } from "../overlay/overlay.ts";
import { CLOCKWISE, COUNTER_CLOCKWISE, type Direction } from "../overlay/ring-order.ts";
import type { SkipNet } from "../overlay/skipnet.ts";
import type {
  PeerHealth,
  Transport,
  TransportBounds,
  TransportStats,
} from "../transport/transport.ts";

/** Directories that `/state` lists; a node may hold a million. */
export const DIRECTORIES_SHOWN = 1_000;

/** A ring of the member: neighbours to the left and right, nearest first. */
export interface RingState {
  readonly level: number;
  readonly left: readonly string[];
  readonly right: readonly string[];
}

/** A neighbour, and what the transport knows of the way to it. */
export interface PeerReport {
  readonly name: string;
  readonly address: string;
  readonly incarnation: number;
  readonly health: PeerHealth | undefined;
}

/** What `/state` shows. Names are node names, nearest first; times in microseconds. */
export interface NodeState {
  readonly name: string;
  readonly numericId: string;
  readonly address: string;
  readonly incarnation: number;
  readonly joined: boolean;
  readonly leafSet: { readonly left: readonly string[]; readonly right: readonly string[] };
  readonly rTable: readonly RingState[];
  readonly peers: readonly PeerReport[];
  readonly transport: {
    readonly name: string;
    readonly bounds: TransportBounds;
    readonly stats: TransportStats;
  };
  readonly overlay: {
    readonly bounds: ReturnType<SkipNet["bounds"]>;
    readonly answeredByTries: readonly number[];
  };
  readonly naming: {
    readonly bounds: NamingBounds;
    readonly counters: Readonly<NamingCounters>;
    readonly established: boolean;
    /** Copies of directories held here, the first `DIRECTORIES_SHOWN`. */
    readonly directories: readonly HeldDirectory[];
  };
  readonly contacts: { readonly rows: number; readonly kept: number };
}

/** The parts of a node that its pages read. */
export interface StateParts {
  readonly net: SkipNet;
  readonly naming: NamingService;
  readonly member: Member;
  readonly transport: Transport;
}

/** Everything that a person asks of a node that misbehaves, at this moment. */
export function nodeState(parts: StateParts): NodeState {
  const { net, naming, member, transport } = parts;
  const { contacts } = net;
  const self = contacts.contact(net.self(member));
  const port = net.context.port(member);
  const neighbours = neighboursOf(net, member);
  return {
    name: self.name,
    numericId: self.numericId ?? "",
    address: self.address,
    incarnation: self.incarnation,
    joined: net.isMember(member),
    leafSet: {
      left: leafNamesOf(net, member, COUNTER_CLOCKWISE),
      right: leafNamesOf(net, member, CLOCKWISE),
    },
    rTable: ringsOf(net, member),
    peers: neighbours.map((ref) => {
      const { name, address, incarnation } = contacts.contact(ref);
      const health = transport.health(port, net.context.peers.peerOf(ref));
      return { name, address, incarnation, health };
    }),
    transport: { name: transport.name, bounds: transport.bounds(), stats: transport.stats() },
    overlay: { bounds: net.bounds(), answeredByTries: net.answeredByTries },
    naming: {
      bounds: naming.bounds({ detectUs: net.bounds().repairUs }),
      counters: naming.counters,
      established: naming.isEstablished(member),
      directories: firstOf(naming.held(member), DIRECTORIES_SHOWN),
    },
    contacts: contacts.stats,
  };
}

function firstOf<T>(items: Iterable<T>, most: number): readonly T[] {
  const first: T[] = [];
  for (const item of items) {
    if (first.length === most) break;
    first.push(item);
  }
  return first;
}

/** The rings of a member, from the root up to the highest on which it is not alone. */
export function ringsOf(net: SkipNet, member: Member): readonly RingState[] {
  const rings: RingState[] = [];
  for (let level = 0; level <= net.context.table.topLevel(member); level++) {
    rings.push({
      level,
      left: namesOf(net, pointersOf(net, member, level, COUNTER_CLOCKWISE)),
      right: namesOf(net, pointersOf(net, member, level, CLOCKWISE)),
    });
  }
  return rings;
}

/** The leaf set of a member on one side, nearest first. */
export function leafNamesOf(net: SkipNet, member: Member, direction: Direction): readonly string[] {
  return namesOf(net, leavesOf(net, member, direction));
}

/** All nodes of the leaf set and the R-Table, each once. */
export function neighboursOf(net: SkipNet, member: Member): readonly Ref[] {
  const refs = new Set<Ref>();
  for (const direction of [CLOCKWISE, COUNTER_CLOCKWISE] as const) {
    for (const ref of leavesOf(net, member, direction)) refs.add(ref);
    for (let level = 0; level <= net.context.table.topLevel(member); level++) {
      for (const ref of pointersOf(net, member, level, direction)) refs.add(ref);
    }
  }
  return [...refs];
}

function leavesOf(net: SkipNet, member: Member, direction: Direction): readonly Ref[] {
  const { leaves } = net.context;
  return Array.from({ length: leaves.count(member, direction) }, (_, i) =>
    leaves.at(member, direction, i),
  );
}

function pointersOf(
  net: SkipNet,
  member: Member,
  level: number,
  direction: Direction,
): readonly Ref[] {
  const { table } = net.context;
  return Array.from({ length: table.width }, (_, i) =>
    table.pointer(member, level, direction, i),
  ).filter((ref) => ref !== NO_REF);
}

function namesOf(net: SkipNet, refs: readonly Ref[]): readonly string[] {
  return refs.map((ref) => net.contacts.name(ref));
}
