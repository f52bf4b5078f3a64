import type { Endpoint } from "../core/address.ts";
import { type ContactTable, NO_REF, type Ref } from "../core/contacts.ts";
import type { SkipnetError } from "../core/errors.ts";

/** Nodes asked to insert a joiner that are remembered; the first are forgotten first. */
const ASKED_MAX = 64;
const NOBODY: readonly Ref[] = [];

/** How a join ended: joined, or why not. */
export type JoinEnd = (error: SkipnetError | undefined) => void;

/** One join under way: what has been found so far, and what it waits for. */
export class OpenJoin {
  readonly seeds: readonly Endpoint[];
  readonly endsUs: number;
  readonly onEnd: JoinEnd;
  /** Of the present attempt; 0 between two. */
  id = 0;
  tries = 0;
  seed: Endpoint;
  /** How the last attempt failed. */
  last = "";
  /** Tag of the answer that counts now; 0: none, it pauses. */
  waitsFor = 0;
  waitUs = 0;
  /** The neighbours found, as in `overlay.joinSearch`; kept in the contact table. */
  found: readonly Ref[] = NOBODY;
  /** Who was asked last to insert the joiner, and how many were in this attempt. */
  left: Ref = NO_REF;
  linkSteps = 0;
  /** All who were asked: told if the joiner gives up. BOUNDED: `ASKED_MAX`. */
  readonly asked: Ref[] = [];

  constructor(seeds: readonly Endpoint[], endsUs: number, onEnd: JoinEnd) {
    this.seeds = seeds;
    this.seed = seeds[0] as Endpoint;
    this.endsUs = endsUs;
    this.onEnd = onEnd;
  }

  keepFound(contacts: ContactTable, found: readonly Ref[]): void {
    for (const ref of found) contacts.keep(ref);
    this.found = found;
  }

  releaseFound(contacts: ContactTable): void {
    for (const ref of this.found) contacts.release(ref);
    this.found = NOBODY;
  }

  remember(contacts: ContactTable, node: Ref): void {
    const { asked } = this;
    if (asked.includes(node)) return;
    if (asked.length === ASKED_MAX) contacts.release(asked.shift() as Ref);
    contacts.keep(node);
    asked.push(node);
  }

  releaseAsked(contacts: ContactTable): void {
    for (const ref of this.asked) contacts.release(ref);
    this.asked.length = 0;
  }
}
