import type { PeerReason, PeerState } from "../transport.ts";
import type { PeerRecord } from "./peers.ts";

interface Watcher {
  count: number;
  told: PeerState;
}

/** Tells a state change of a peer to the port that watches it. */
export type OnPeerState = (record: PeerRecord, state: PeerState, reason: PeerReason) => void;

/** Who is watched over one link: the lives of one address, and how often each. */
export class Watchers {
  readonly #onState: OnPeerState;
  readonly #isOver: (record: PeerRecord) => boolean;
  /** BOUNDED: peers that the application watches. */
  readonly #watchers = new Map<PeerRecord, Watcher>();

  /** `isOver`: whether a peer cannot come back. */
  constructor(onState: OnPeerState, isOver: (record: PeerRecord) => boolean) {
    this.#onState = onState;
    this.#isOver = isOver;
  }

  /** Whether anybody still waits for news; a peer that is down has no more. */
  get any(): boolean {
    for (const { told } of this.#watchers.values()) if (told !== "down") return true;
    return false;
  }

  add(record: PeerRecord): void {
    const known = this.#watchers.get(record);
    if (known !== undefined) known.count++;
    else {
      this.#watchers.set(record, { count: 1, told: "up" });
      record.watchers++;
    }
  }

  remove(record: PeerRecord): void {
    const known = this.#watchers.get(record);
    if (known === undefined) return;
    known.count--;
    if (known.count === 0) this.forget(record);
  }

  forget(record: PeerRecord): void {
    if (this.#watchers.delete(record)) record.watchers--;
  }

  /** Up or suspect, as heard or not heard from the address. */
  tellAll(state: "up" | "suspect", reason: PeerReason): void {
    for (const [record, watcher] of [...this.#watchers]) {
      if (watcher.told === state) continue;
      if (watcher.told === "down" && (state !== "up" || this.#isOver(record))) continue;
      watcher.told = state;
      this.#onState(record, state, reason);
    }
  }

  tellDown(record: PeerRecord, reason: PeerReason): void {
    const watcher = this.#watchers.get(record);
    if (watcher === undefined || watcher.told === "down") return;
    watcher.told = "down";
    this.#onState(record, "down", reason);
  }
}
