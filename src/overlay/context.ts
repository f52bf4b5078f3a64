import { type ContactTable, NO_REF, type Ref } from "../core/contacts.ts";
import type { World } from "../core/world.ts";
import type { Peer, Port, SendResult, Token, Transport } from "../transport/transport.ts";
import { NO_TOKEN } from "../transport/transport.ts";
import type { Message } from "../wire/message.ts";
import { Digits } from "./digits.ts";
import { hopsMax, levelsFor, type OverlayOptions } from "./options.ts";
import type { Member } from "./overlay.ts";
import { Peers } from "./peers.ts";
import { CLOCKWISE, COUNTER_CLOCKWISE, type Direction, RingOrder } from "./ring-order.ts";
import { ShortcutTables } from "./shortcuts/shortcut-tables.ts";
import { Suspects } from "./suspects.ts";
import { LeafSet, RTable } from "./tables.ts";

/** Repair periods for which a dead node stays dead whatever others say: they all have noticed by then. */
const DEAD_PERIODS = 12;

/** A member's life: `joining` answers no routes yet. */
export type MemberState = (typeof MEMBER_STATES)[number];
const MEMBER_STATES = ["absent", "joining", "in", "leaving"] as const;

/** Words of a member: what every message asks of it stands together in memory. */
const STRIDE = 4;
const SELF = 0;
const PORT = 1;
const STATE = 2;

/** Messages of each phase of joining, over all members. */
export interface JoinPhases {
  start: number;
  climb: number;
  descend: number;
  link: number;
  notify: number;
  leaf: number;
}

/** What the parts of a `SkipNet` share: tables, contacts and the way to send. */
export class Context {
  readonly world: World;
  readonly contacts: ContactTable;
  readonly transport: Transport;
  readonly options: OverlayOptions;
  readonly hopsMax: number;
  readonly order: RingOrder;
  readonly digits: Digits;
  readonly table: RTable;
  readonly leaves: LeafSet;
  readonly shortcuts: ShortcutTables;
  readonly peers: Peers;
  readonly suspects: Suspects;
  /** Nodes that the transport declared down: hearsay does not bring them back for a while. */
  readonly dead: Suspects;
  /** Nodes that said that they leave: what they sent before and arrives now does not bring them back. */
  readonly departed: Suspects;
  readonly phases: JoinPhases = { start: 0, climb: 0, descend: 0, link: 0, notify: 0, leaf: 0 };
  /** Told when a member's tables changed. */
  onTablesChanged: (member: Member, node: Ref, isGone: boolean) => void = () => undefined;
  #members = new Int32Array(STRIDE);
  #memberCount = 0;
  /** By port: ports are small numbers. BOUNDED: one entry a member. */
  #byPort = new Int32Array(1);

  constructor(parts: {
    readonly world: World;
    readonly contacts: ContactTable;
    readonly transport: Transport;
    readonly options: OverlayOptions;
  }) {
    this.world = parts.world;
    this.contacts = parts.contacts;
    this.transport = parts.transport;
    this.options = parts.options;
    this.hopsMax = hopsMax(parts.options);
    const levels = levelsFor(parts.options);
    const { k, dense, leafSetSize, repairPeriodMs, firstTryMs } = parts.options;
    this.order = new RingOrder(this.contacts);
    this.digits = new Digits(this.contacts, k, levels, parts.options.truncatedIds);
    const listener = {
      // Once for a node, however many slots it fills.
      onEnter: (member: Member, ref: Ref): void => {
        if (this.slotsHolding(member, ref) > 1) return;
        this.contacts.keep(ref);
        this.transport.watch(this.port(member), this.peers.peerOf(ref));
      },
      onExit: (member: Member, ref: Ref): void => {
        if (this.slotsHolding(member, ref) > 0) return;
        this.transport.unwatch(this.port(member), this.peers.peerOf(ref));
        this.contacts.release(ref);
      },
    };
    this.table = new RTable(levels, dense ? k - 1 : 1, listener);
    this.leaves = new LeafSet(leafSetSize, listener);
    this.shortcuts = new ShortcutTables({
      options: parts.options,
      digits: this.digits,
      levels,
      width: this.table.width,
      watched: listener,
      kept: {
        onEnter: (_member, ref) => this.contacts.keep(ref),
        onExit: (_member, ref) => this.contacts.release(ref),
      },
    });
    this.peers = new Peers(this.contacts, this.transport);
    this.suspects = new Suspects(() => this.world.nowUs(), repairPeriodMs * 1000);
    this.departed = new Suspects(() => this.world.nowUs(), firstTryMs * 1000);
    this.dead = new Suspects(() => this.world.nowUs(), repairPeriodMs * DEAD_PERIODS * 1000);
  }

  addMember(port: Port, self: Ref): Member {
    const member = this.#memberCount++ as Member;
    this.#members = withRoomFor(this.#members, (member + 1) * STRIDE);
    this.#members[member * STRIDE + SELF] = self;
    this.#members[member * STRIDE + PORT] = port;
    this.#byPort = withRoomFor(this.#byPort, port + 1);
    this.#byPort[port] = member;
    this.contacts.keep(self);
    this.table.reserve(member);
    this.leaves.reserve(member);
    this.shortcuts.reserve(member);
    return member;
  }

  /** How many slots of a member's tables hold the node. */
  slotsHolding(member: Member, ref: Ref): number {
    const { table, leaves, shortcuts } = this;
    return (
      table.holding(member, ref) + leaves.holding(member, ref) + shortcuts.holding(member, ref)
    );
  }

  get memberCount(): number {
    return this.#memberCount;
  }

  self(member: Member): Ref {
    return this.#members[member * STRIDE + SELF] as Ref;
  }

  port(member: Member): Port {
    return this.#members[member * STRIDE + PORT] as Port;
  }

  memberAt(port: Port): Member {
    // Mostly they are numbered alike, and the member's words are read next anyway.
    const alike = (port as number) < this.#memberCount;
    if (alike && this.#members[port * STRIDE + PORT] === port) return port as number as Member;
    return this.#byPort[port] as Member;
  }

  state(member: Member): MemberState {
    return MEMBER_STATES[this.#members[member * STRIDE + STATE] as number] ?? "absent";
  }

  setState(member: Member, state: MemberState): void {
    this.#members[member * STRIDE + STATE] = MEMBER_STATES.indexOf(state);
  }

  send(member: Member, to: Ref, message: Message, token: Token = NO_TOKEN): SendResult {
    return this.transport.send(this.port(member), this.peers.peerOf(to), message, token);
  }

  sendToPeer(member: Member, to: Peer, message: Message): void {
    this.transport.send(this.port(member), to, message);
  }

  /** Forgets the transport's peer for a node that it gave up, unless another member still has it. */
  dropPeer(node: Ref): void {
    // Simulated peers are the hosts themselves: there is nothing to begin anew.
    if (this.transport.capabilities.virtualTime) return;
    for (let m = 0; m < this.memberCount; m++) {
      if (this.slotsHolding(m as Member, node) > 0) return;
    }
    this.peers.drop(node);
  }

  /** Expected time of a message from this peer, one way. */
  oneWayUs(member: Member, from: Peer): number {
    const { transport } = this;
    if (transport.oneWayUs !== undefined) return transport.oneWayUs(this.port(member), from);
    return (transport.health(this.port(member), from)?.srttUs ?? 0) / 2;
  }

  /** Expected time of a message to one of the member's ring neighbours, one way, in the mean. */
  neighbourOneWayUs(member: Member): number {
    let sumUs = 0;
    let count = 0;
    for (let level = this.table.topLevel(member); level >= 0; level--) {
      for (const direction of [CLOCKWISE, COUNTER_CLOCKWISE] as const) {
        const neighbour = this.table.neighbour(member, level, direction);
        if (neighbour === NO_REF) continue;
        sumUs += this.oneWayUs(member, this.peers.peerOf(neighbour));
        count++;
      }
    }
    return count === 0 ? 0 : sumUs / count;
  }

  /** A usable pointer: there is one, and it is not suspected. */
  isUsable(member: Member, ref: Ref): boolean {
    return ref !== NO_REF && !this.suspects.has(member, ref);
  }

  /** The nearest usable neighbour of a ring. */
  usableNeighbour(member: Member, level: number, direction: Direction): Ref {
    for (let i = 0; i < this.table.width; i++) {
      const ref = this.table.pointer(member, level, direction, i);
      if (ref === NO_REF) break;
      if (!this.suspects.has(member, ref)) return ref;
    }
    return NO_REF;
  }
}

function withRoomFor(column: Int32Array<ArrayBuffer>, length: number): Int32Array<ArrayBuffer> {
  if (length <= column.length) return column;
  const longer = new Int32Array(Math.max(length, column.length * 2));
  longer.set(column);
  return longer;
}
