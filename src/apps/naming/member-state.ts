import type { ContactTable, Ref } from "../../core/contacts.ts";
import { hashName, type NumericId } from "../../core/numeric-id.ts";
import type { Member } from "../../overlay/overlay.ts";
import { KnownHolders } from "./holders.ts";
import { ParentCache } from "./parent-cache.ts";
import type { Settled } from "./settle.ts";
import type { HybridClock } from "./stamp.ts";
import type { DirectoryStore } from "./store.ts";

/** A removal that was told that the directory is empty may still be on its way for so many repairs. */
export const LINK_DOUBT = 3;

/** What a holder knows of a directory besides its entries. */
export class Hosted {
  readonly path: string;
  readonly id: NumericId;
  readonly holders: KnownHolders;
  /** Until when reads may be answered from this copy alone. */
  settledUntilUs = 0;
  /** When settled: whether a name that is not here is nowhere. */
  knowsAbsence = false;
  /** When it is to be repaired next. */
  dueUs = Number.POSITIVE_INFINITY;
  isInRepair = false;
  /** Repairs in a row that did not reach all holders. */
  failures = 0;
  /** How many of the next repairs look whether the directory has its entry in its parent. */
  linkDoubt = LINK_DOUBT;
  repairs = 0;

  constructor(path: string, contacts: ContactTable) {
    this.path = path;
    this.id = hashName(path);
    this.holders = new KnownHolders(contacts);
  }

  isSettledFor(holders: readonly Ref[], nowUs: number): boolean {
    return nowUs < this.settledUntilUs && this.holders.are(holders);
  }

  unsettle(): void {
    this.settledUntilUs = 0;
  }
}

/** All that one member keeps in one life. */
export class MemberState {
  readonly member: Member;
  readonly self: Ref;
  readonly clock: HybridClock;
  readonly store: DirectoryStore;
  readonly parents: ParentCache;
  /** One a directory of the store. BOUNDED: as the store. */
  readonly hosted = new Map<string, Hosted>();
  /** Settlements under way, by path. BOUNDED: `servedAtOnce` and `repairsAtOnce`. */
  readonly settling = new Map<string, { holders: readonly Ref[]; settled: Promise<Settled> }>();
  readonly beganUs: number;
  /** From when on its word that it was given nothing counts: at once, if nobody was there to give. */
  establishedUs: number;
  /** Wall time of the last sign of another member, or of being alone. */
  contactMs: number;
  /** Until when it takes it that there are three members at least. */
  threeUntilUs = 0;
  /** When its repair timer is armed for. */
  wakeUs = Number.POSITIVE_INFINITY;
  serving = 0;
  repairing = 0;
  /** Over: continuations of this life do nothing more. */
  isOver = false;

  constructor(parts: {
    readonly member: Member;
    readonly self: Ref;
    readonly clock: HybridClock;
    readonly store: DirectoryStore;
    readonly parentsCached: number;
    readonly beganUs: number;
    readonly contactMs: number;
  }) {
    this.member = parts.member;
    this.self = parts.self;
    this.clock = parts.clock;
    this.store = parts.store;
    this.parents = new ParentCache(parts.parentsCached);
    this.beganUs = parts.beganUs;
    this.establishedUs = parts.beganUs;
    this.contactMs = parts.contactMs;
  }

  discard(): void {
    for (const hosted of this.hosted.values()) hosted.holders.release();
    this.hosted.clear();
    this.store.clear();
    this.parents.clear();
  }
}
