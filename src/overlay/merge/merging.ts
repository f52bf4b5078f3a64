import type { Endpoint } from "../../core/address.ts";
import type { Ref } from "../../core/contacts.ts";
import type { Message } from "../../wire/message.ts";
import type { Context } from "../context.ts";
import type { LeafRepair } from "../leaf-repair.ts";
import type { Neighbourhood } from "../neighbourhood.ts";
import type { Member } from "../overlay.ts";
import { CLOCKWISE, type Direction } from "../ring-order.ts";
import { Bridges } from "./bridges.ts";
import { PartitionDetection } from "./detection.ts";
import { MergeCounters, type MergeFigures } from "./figures.ts";
import { LeafNewsSpread } from "./leaf-news.ts";
import { RingLinks } from "./links.ts";
import * as messages from "./messages.ts";
import { Newcomers } from "./newcomers.ts";
import { Places } from "./places.ts";
import { Zip } from "./zip.ts";

/**
 * Disconnects of whole organisations, and the merge of rings that were apart: who notices, who finds
 * whom, the link at level 0, and the levels above in the background.
 */
export class Merging {
  readonly #net: Context;
  readonly #counters = new MergeCounters();
  readonly #places: Places;
  readonly #links: RingLinks;
  readonly #zip: Zip;
  readonly #bridges: Bridges;
  readonly #news: LeafNewsSpread;
  readonly #newcomers: Newcomers;
  readonly #detection: PartitionDetection;
  /** A message of a merge is being handled. */
  #isMerge = false;

  constructor(net: Context, neighbourhood: Neighbourhood, leaves: LeafRepair) {
    const counters = this.#counters;
    this.#net = net;
    this.#newcomers = new Newcomers(net);
    this.#places = new Places(net, counters, this.#newcomers);
    this.#links = new RingLinks(net, neighbourhood, counters);
    const zipped = { places: this.#places, links: this.#links, newcomers: this.#newcomers };
    this.#zip = new Zip(net, zipped, counters);
    this.#bridges = new Bridges(net, this.#links, counters);
    this.#news = new LeafNewsSpread(net, neighbourhood, leaves, counters);
    this.#detection = new PartitionDetection(net, this.#places, counters);
    this.#detection.isMerging = (member) => this.#zip.isBusy(member);
    this.#places.onFound = (member, found) => this.#zip.onFound(member, found);
    this.#detection.onSeam = (member, direction, node) => {
      this.#links.offer(member, 0, direction, node);
    };
    this.#links.onLinked = (member, link, other) => this.#onLinked(member, link, other);
  }

  get figures(): MergeFigures {
    return this.#counters;
  }

  /** Seeds that the member joined through. */
  remember(member: Member, seeds: readonly Endpoint[]): void {
    this.#detection.remember(member, seeds);
  }

  /** A node was called down, may only be out of reach, and is about to leave the tables. */
  losing(member: Member, node: Ref): void {
    this.#detection.losing(member, node);
  }

  /** A node entered the member's tables: worth remembering while somebody is gone. */
  entered(member: Member, node: Ref): void {
    if (this.#isMerge || !this.#detection.gone.isEmpty(member))
      this.#newcomers.entered(member, node);
  }

  /** A node spoke that may have been gone. */
  heard(member: Member, node: Ref): void {
    this.#detection.heard(member, node);
  }

  /** It left, or is known to be dead: nobody waits for it. */
  forget(member: Member, node: Ref): void {
    this.#detection.gone.forget(member, node);
  }

  /** Merges the member's ring with the one of these addresses, if that is another. */
  seekThrough(member: Member, seeds: readonly Endpoint[]): void {
    this.#detection.seekThrough(member, seeds);
  }

  /** The member leaves. */
  clear(member: Member): void {
    this.#places.clear(member);
    this.#zip.clear(member);
    this.#bridges.clear(member);
    this.#newcomers.clear(member);
    this.#news.clear(member);
    this.#detection.clear(member);
  }

  /** A message of `MERGE_MESSAGES`. */
  onMessage(member: Member, message: Message): void {
    if (messages.RingProbe.is(message)) this.#places.onProbe(member, message);
    else if (messages.RingPlace.is(message)) {
      this.heard(member, message.from);
      this.#places.onPlace(member, message);
    } else if (messages.RingZip.is(message)) this.#zip.onZip(member, message);
    else if (messages.RingLink.is(message)) this.#merge(() => this.#links.onLink(member, message));
    else if (messages.BridgeWalk.is(message)) this.#bridges.onWalk(member, message);
    else if (messages.BridgeOffer.is(message)) this.#bridges.onOffer(member, message);
    else if (messages.LeafNews.is(message)) this.#merge(() => this.#news.onNews(member, message));
  }

  /** A question or a walk met a node that does not answer. True if it was one. */
  onReturn(member: Member, message: Message): boolean {
    if (messages.RingProbe.is(message)) this.#places.onReturn(member, message);
    else if (messages.BridgeWalk.is(message)) this.#bridges.onReturn(member, message);
    else return false;
    return true;
  }

  /** Whoever enters by this message is a newcomer. */
  #merge(handle: () => void): void {
    this.#isMerge = true;
    handle();
    this.#isMerge = false;
  }

  #onLinked(
    member: Member,
    { level, direction, isNew }: { level: number; direction: Direction; isNew: boolean },
    other: Ref,
  ): void {
    if (level === 0) this.#news.arm(member);
    if (direction !== CLOCKWISE) return;
    // On the root ring an offer says enough: where two rings met, the rings above are walked once.
    if (level > 0 && !isNew && !this.#newcomers.isOne(member, other)) return;
    // Not while others still take the dead for their neighbours, or look for their places in another ring.
    this.#bridges.add(member, level, other, level === 0 ? this.#net.options.seamMs : 0);
  }
}
