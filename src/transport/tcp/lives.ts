import type { World } from "../../core/world.ts";
import type { PeerReason } from "../transport.ts";
import type { TcpOptions } from "./options.ts";
import { mayReturn, type PeerRecord } from "./peers.ts";
import type { Remote } from "./remote.ts";
import { type OnPeerState, Watchers } from "./watchers.ts";

/** What lives need of their transport. */
export interface LivesHost {
  readonly world: World;
  readonly options: TcpOptions;
}

/**
 * The lives of one address that the application knows, each a peer of its own. One that was only silent
 * may return; a record of any incarnation survives them all.
 */
export class Lives {
  readonly #host: LivesHost;
  readonly #remote: Remote;
  readonly #watchers: Watchers;
  /** BOUNDED by the peer table. */
  readonly #records = new Set<PeerRecord>();

  constructor(host: LivesHost, remote: Remote, onState: OnPeerState) {
    this.#host = host;
    this.#remote = remote;
    this.#watchers = new Watchers(onState, (record) => this.isOver(record));
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
    return (
      down !== undefined ||
      (endpoint.incarnation !== 0 && endpoint.incarnation < this.#remote.incarnation)
    );
  }

  /** A new attempt to reach a life, if it was called down for its silence, and long enough ago. */
  tryAgain(record: PeerRecord): void {
    const { down } = record;
    if (down === undefined || !mayReturn(down)) return;
    const { world, options } = this.#host;
    if (world.nowUs() - down.atUs >= options.retryDownUs) record.down = undefined;
  }

  /** This life proved to live: it is down no more, unless it was for another reason than its silence. */
  rise(incarnation: number): void {
    for (const record of this.#records) {
      if (record.endpoint.incarnation !== incarnation || record.down === undefined) continue;
      if (mayReturn(record.down)) record.down = undefined;
    }
  }

  /** False: it is over, and the watcher has been told. */
  watch(record: PeerRecord): boolean {
    this.#watchers.add(record);
    this.tryAgain(record);
    if (!this.isOver(record)) return true;
    this.#watchers.tellDown(record, record.down?.reason ?? "restarted");
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
    const atUs = this.#host.world.nowUs();
    for (const record of records) {
      if (record.endpoint.incarnation !== 0) record.down ??= { reason, atUs };
    }
    return () => {
      for (const record of records) this.#watchers.tellDown(record, reason);
    };
  }
}
