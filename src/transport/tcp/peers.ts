import type { Endpoint } from "../../core/address.ts";
import { SkipnetError } from "../../core/errors.ts";
import type { Peer, PeerReason } from "../transport.ts";
import { PASSING_PEERS_MAX } from "./options.ts";

/** The end of a life, or of our trust in it. */
export interface Death {
  readonly reason: PeerReason;
  readonly atUs: number;
}

/** Down for a silence that may have been the network's: it may prove to live. */
export const mayReturn = ({ reason }: Death): boolean =>
  reason === "silent" || reason === "refused";

/** One remote endpoint as this process knows it. */
export interface PeerRecord {
  readonly peer: Peer;
  readonly endpoint: Endpoint;
  /** Why it is down, and since when; undefined: it is not. */
  down: Death | undefined;
  /** Asked for by `peer`, until `release`; otherwise it passes. */
  held: boolean;
  /** How many watch it, over all ports: it stays as long as somebody does. */
  watchers: number;
}

/**
 * Peers by number and by endpoint. Those that only the network named pass: the one used longest
 * ago is forgotten when there are more than `PASSING_PEERS_MAX`. Numbers are never used again.
 */
export class PeerTable {
  readonly #onForget: (record: PeerRecord) => void;
  readonly #byNumber = new Map<Peer, PeerRecord>();
  readonly #byKey = new Map<string, PeerRecord>();
  /** Least recently used first. BOUNDED: `PASSING_PEERS_MAX`. */
  readonly #passing = new Set<PeerRecord>();
  #next = 1;

  constructor(onForget: (record: PeerRecord) => void) {
    this.#onForget = onForget;
  }

  /** For the application: stays until `release`. */
  hold(endpoint: Endpoint): PeerRecord {
    const record = this.#byKey.get(keyOf(endpoint)) ?? this.#add(endpoint);
    record.held = true;
    this.#passing.delete(record);
    return record;
  }

  /** For a message that arrived. */
  passing(endpoint: Endpoint): PeerRecord {
    const record = this.#byKey.get(keyOf(endpoint)) ?? this.#add(endpoint);
    if (!record.held) {
      this.#passing.delete(record);
      this.#passing.add(record);
      if (this.#passing.size > PASSING_PEERS_MAX) this.#forgetOldest();
    }
    return record;
  }

  get(peer: Peer): PeerRecord | undefined {
    return this.#byNumber.get(peer);
  }

  /** Throws `E_INTERNAL` for a peer that was released or forgotten. */
  need(peer: Peer): PeerRecord {
    const record = this.#byNumber.get(peer);
    if (record === undefined) throw new SkipnetError("E_INTERNAL", `no such peer: ${peer}`);
    return record;
  }

  release(peer: Peer): void {
    const record = this.#byNumber.get(peer);
    if (record !== undefined) this.#forget(record);
  }

  /** The endpoint was heard from after its end: it gets a new number next time. */
  renew(endpoint: Endpoint): void {
    const record = this.#byKey.get(keyOf(endpoint));
    if (record?.down !== undefined) this.#byKey.delete(keyOf(endpoint));
  }

  #add(endpoint: Endpoint): PeerRecord {
    const peer = this.#next++ as Peer;
    const { address, incarnation } = endpoint;
    const record: PeerRecord = {
      peer,
      endpoint: { address, incarnation },
      down: undefined,
      held: false,
      watchers: 0,
    };
    this.#byNumber.set(peer, record);
    this.#byKey.set(keyOf(endpoint), record);
    return record;
  }

  #forgetOldest(): void {
    for (const record of this.#passing) {
      if (record.watchers > 0) continue;
      this.#forget(record);
      return;
    }
  }

  #forget(record: PeerRecord): void {
    this.#passing.delete(record);
    this.#byNumber.delete(record.peer);
    const key = keyOf(record.endpoint);
    if (this.#byKey.get(key) === record) this.#byKey.delete(key);
    this.#onForget(record);
  }
}

function keyOf({ address, incarnation }: Endpoint): string {
  return `${address}\n${incarnation}`;
}
