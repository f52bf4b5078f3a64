import type { PeerReason } from "../transport.ts";
import type { PeerRecord } from "./peers.ts";
import type { Remote } from "./remote.ts";
import { type OnPeerState, Watchers } from "./watchers.ts";

/**
 * The lives of one address that the application knows, each a peer of its own. The death of one is
 * final for its record; a record of any incarnation survives them all.
 */
export class Lives {
  readonly #remote: Remote;
  readonly #watchers: Watchers;
  /** BOUNDED by the peer table. */
  readonly #records = new Set<PeerRecord>();

  constructor(remote: Remote, onState: OnPeerState) {
    this.#remote = remote;
    this.#watchers = new Watchers(onState);
  }

  /** Whether anybody still waits for news. */
  get watched(): boolean {
    return this.#watchers.any;
  }

  add(record: PeerRecord): void {
    this.#records.add(record);
  }

  forget(record: PeerRecord): void {
    this.#watchers.forget(record);
    this.#records.delete(record);
  }

  /** Whether this life is certainly over. */
  isOver({ down, endpoint }: PeerRecord): boolean {
    return down || (endpoint.incarnation !== 0 && endpoint.incarnation < this.#remote.incarnation);
  }

  /** False: it is over, and the watcher has been told. */
  watch(record: PeerRecord): boolean {
    this.#watchers.add(record);
    if (!this.isOver(record)) return true;
    this.#watchers.tellDown(record, "restarted");
    return false;
  }

  unwatch(record: PeerRecord): void {
    this.#watchers.remove(record);
  }

  heard(): void {
    this.#watchers.tellAll("up", "heard");
  }

  suspect(): void {
    this.#watchers.tellAll("suspect", "silent");
  }

  /** Every other life is over, for this one answers. Run the result to tell their watchers. */
  buryOthers(incarnation: number): () => void {
    return this.#bury("restarted", (life) => life !== 0 && life !== incarnation);
  }

  /**
   * The life that was heard last is over, and all before it; any life, if none was heard. Run the
   * result to tell the watchers.
   */
  bury(incarnation: number, reason: PeerReason): () => void {
    return this.#bury(reason, (life) => life === 0 || incarnation === 0 || life <= incarnation);
  }

  #bury(reason: PeerReason, dead: (incarnation: number) => boolean): () => void {
    const records = [...this.#records].filter(({ endpoint }) => dead(endpoint.incarnation));
    for (const record of records) record.down ||= record.endpoint.incarnation !== 0;
    return () => {
      for (const record of records) this.#watchers.tellDown(record, reason);
    };
  }
}
