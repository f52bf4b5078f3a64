import { NO_REF, type Ref } from "../../core/contacts.ts";
import { RETURN_TO_SENDER } from "../../transport/transport.ts";
import type { MessageOf } from "../../wire/message.ts";
import type { Context } from "../context.ts";
import type { Member } from "../overlay.ts";
import {
  NearEcho,
  NearProbe,
  PJoin,
  PJoinFound,
  ROW_CONTACTS_MAX,
  RowAsked,
  RowTold,
} from "./messages.ts";
import { forEachNeighbour, gather, nextOfSearch } from "./p-search.ts";
import { segmentEnds } from "./p-table.ts";
import { ShortcutPace } from "./pace.ts";

/** The search for near nodes begins at one of so many nearest. */
const SEEDS_MAX = 3;

/**
 * Keeps P-Table and C-Table: asks near nodes whom they know, since who is near to them is near to this
 * member, and measures the round trip to those. Soon after a join, then ever more rarely, for good: so
 * the tables follow the network, and what has died leaves them.
 */
export class Proximity {
  readonly #net: Context;
  readonly #pace: ShortcutPace;
  readonly #random;
  readonly #probe = NearProbe.make({ from: NO_REF });
  readonly #echo = NearEcho.make({ from: NO_REF });

  constructor(net: Context) {
    this.#net = net;
    const kind = "overlay.proximity";
    this.#random = net.world.random(`${kind}.choice`);
    this.#pace = new ShortcutPace(net, kind, net.options.proximityPeriodMs, (member) =>
      this.#turn(member),
    );
  }

  start(member: Member): void {
    if (this.#net.shortcuts.hasNear) this.#pace.start(member);
  }

  stop(member: Member): void {
    this.#pace.stop(member);
  }

  /** A search of another member, or an own one that met a dead node. */
  onSearch(member: Member, message: MessageOf<typeof PJoin>): void {
    const net = this.#net;
    if (net.state(member) !== "in") return;
    const { candidates, unfilled } = gather(net, member, message);
    const next = unfilled === NO_REF ? NO_REF : nextOfSearch(net, member, message, unfilled);
    if (next !== NO_REF) {
      const { from, ends, hops } = message;
      const search = PJoin.make({ from, ends, candidates, hops: hops + 1 });
      net.send(member, next, search, RETURN_TO_SENDER);
    } else if (message.from === net.self(member)) this.measure(member, candidates);
    else net.send(member, message.from, PJoinFound.make({ candidates }));
  }

  onRowAsked(member: Member, { from, row }: MessageOf<typeof RowAsked>): void {
    const net = this.#net;
    if (net.state(member) !== "in") return;
    const nodes = new Set<Ref>();
    const add = (node: Ref): void => {
      if (node === NO_REF || node === from || nodes.size >= ROW_CONTACTS_MAX) return;
      if (net.suspects.has(member, node) || !net.digits.shareRing(from, node, row)) return;
      nodes.add(node);
    };
    const { cTable } = net.shortcuts;
    if (cTable !== undefined && row < cTable.rows) {
      for (let column = 0; column < cTable.columns; column++) add(cTable.at(member, row, column));
    }
    forEachNeighbour(net, member, add);
    net.send(member, from, RowTold.make({ nodes: [...nodes] }));
  }

  /** Nodes were heard of: those that may improve a table are measured. */
  measure(member: Member, nodes: readonly Ref[]): void {
    const net = this.#net;
    if (net.state(member) !== "in") return;
    const self = net.self(member);
    for (const node of nodes) {
      if (node === self || net.dead.has(member, node) || net.suspects.has(member, node)) continue;
      // The transport has measured whom it watches.
      if (net.slotsHolding(member, node) > 0) this.#offer(member, [node]);
      else this.#sendProbe(member, node);
    }
  }

  onProbe(member: Member, { from }: MessageOf<typeof NearProbe>): void {
    const net = this.#net;
    if (net.state(member) !== "in") return;
    this.#echo.from = net.self(member);
    net.send(member, from, this.#echo);
  }

  onEcho(member: Member, node: Ref): void {
    if (this.#net.state(member) === "in" && node !== NO_REF) this.#offer(member, [node]);
  }

  #turn(member: Member): void {
    const net = this.#net;
    if (net.state(member) !== "in") return;
    const { pTable, cTable } = net.shortcuts;
    const neighbours = new Set<Ref>();
    forEachNeighbour(net, member, (node) => neighbours.add(node));
    this.#offer(member, [...neighbours]);
    // Who has died since is found out, and whose way has changed.
    const near = new Set<Ref>();
    net.shortcuts.forEachNear(member, (node) => near.add(node));
    for (const node of near)
      if (net.slotsHolding(member, node) === 0) this.#sendProbe(member, node);
    if (pTable !== undefined) this.#search(member, [...neighbours, ...near]);
    if (cTable !== undefined) this.#askRows(member);
    this.#pace.arm(member);
  }

  /** Begins at a near node: whom it takes for near is near to this member too. */
  #search(member: Member, known: readonly Ref[]): void {
    const net = this.#net;
    const ends = segmentEnds(net, member);
    if (ends.length === 0) return;
    const nearest = known
      .filter((node) => net.isUsable(member, node))
      .map((node) => ({ node, rttUs: this.#rttUs(member, node) ?? Number.POSITIVE_INFINITY }))
      .sort((a, b) => a.rttUs - b.rttUs)
      .slice(0, SEEDS_MAX);
    const seed = nearest[this.#random.below(nearest.length)];
    if (seed === undefined) return;
    const search = PJoin.make({ from: net.self(member), ends, candidates: [], hops: 0 });
    net.send(member, seed.node, search, RETURN_TO_SENDER);
  }

  /** For each row, one of those who share so many digits: they have the same row. */
  #askRows(member: Member): void {
    const net = this.#net;
    const { cTable } = net.shortcuts;
    if (cTable === undefined) return;
    const self = net.self(member);
    for (let row = 0; row <= net.table.topLevel(member) && row < cTable.rows; row++) {
      const peers = new Set<Ref>();
      for (let column = 0; column < cTable.columns; column++) {
        peers.add(cTable.at(member, row, column));
      }
      forEachNeighbour(net, member, (node) => {
        if (net.digits.shareRing(self, node, row)) peers.add(node);
      });
      const usable = [...peers].filter((node) => net.isUsable(member, node));
      const peer = usable[this.#random.below(usable.length)];
      if (peer === undefined) continue;
      net.send(member, peer, RowAsked.make({ from: self, row }), RETURN_TO_SENDER);
    }
  }

  #sendProbe(member: Member, node: Ref): void {
    this.#probe.from = this.#net.self(member);
    this.#net.send(member, node, this.#probe, RETURN_TO_SENDER);
  }

  #offer(member: Member, nodes: readonly Ref[]): void {
    const net = this.#net;
    const { pTable, cTable } = net.shortcuts;
    const ends = pTable === undefined ? [] : segmentEnds(net, member);
    for (const node of nodes) {
      const rttUs = this.#rttUs(member, node);
      if (rttUs === undefined || !net.isUsable(member, node)) continue;
      pTable?.offer(net, member, ends, node, rttUs);
      cTable?.offer(member, net.self(member), node, rttUs);
    }
  }

  #rttUs(member: Member, node: Ref): number | undefined {
    const { transport, peers } = this.#net;
    return transport.health(this.#net.port(member), peers.peerOf(node))?.srttUs;
  }
}
