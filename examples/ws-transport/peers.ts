import { type Endpoint, type Peer, SkipnetError, socketAddress } from "../../src/index.ts";

/** What a stranger may make us remember. */
const NAMED_BY_STRANGERS_MAX = 4_096;

export interface PeerRecord {
  readonly peer: Peer;
  readonly endpoint: Endpoint;
  held: boolean;
  /** Since when it is down; `undefined`: it is not. */
  downUs: number | undefined;
}

/** Peers by number and by endpoint. Those that only the network named are forgotten, oldest first. */
export class Peers {
  readonly #byNumber = new Map<Peer, PeerRecord>();
  readonly #byKey = new Map<string, PeerRecord>();
  readonly #named = new Set<PeerRecord>();
  #next = 1;

  of(endpoint: Endpoint, held: boolean): PeerRecord {
    const { scheme, port } = socketAddress(endpoint.address);
    if (scheme !== "ws" || port === 0) {
      throw new SkipnetError("E_ADDRESS", `${endpoint.address} is not the address of a ws peer`);
    }
    const key = `${endpoint.address} ${endpoint.incarnation}`;
    let record = this.#byKey.get(key);
    if (record === undefined) {
      const peer = this.#next++ as Peer;
      record = { peer, endpoint: { ...endpoint }, held: false, downUs: undefined };
      this.#byKey.set(key, record);
      this.#byNumber.set(record.peer, record);
      this.#named.add(record);
    }
    if (held) {
      record.held = true;
      this.#named.delete(record);
    }
    for (const oldest of this.#named) {
      if (this.#named.size <= NAMED_BY_STRANGERS_MAX) break;
      this.release(oldest.peer);
    }
    return record;
  }

  get(peer: Peer): PeerRecord | undefined {
    return this.#byNumber.get(peer);
  }

  release(peer: Peer): void {
    const record = this.#byNumber.get(peer);
    if (record === undefined) return;
    this.#byNumber.delete(peer);
    this.#byKey.delete(`${record.endpoint.address} ${record.endpoint.incarnation}`);
    this.#named.delete(record);
  }
}
