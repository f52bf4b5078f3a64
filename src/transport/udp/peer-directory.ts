import type { Address, Endpoint, Incarnation } from "../../core/address.ts";
import { ANY_INCARNATION, socketAddress } from "../../core/address.ts";
import { SkipnetError } from "../../core/errors.ts";
import type { Peer } from "../transport.ts";

interface Row {
  address: Address;
  readonly host: string;
  readonly port: number;
  incarnation: Incarnation;
  /** Somebody asked for it by `peer()` and has not released it. */
  claimed: boolean;
  /** Sessions, of all ports, that go by this peer. */
  sessions: number;
}

/**
 * The remote ends that a transport knows, numbered. BOUNDED: those asked for by the program, which
 * releases them; and one for each session that a stranger opened, released with it.
 */
export class PeerDirectory {
  readonly #rows = new Map<Peer, Row>();
  readonly #byEndpoint = new Map<string, Peer>();
  /** Which life of an address answered last, while it is not down. */
  readonly #living = new Map<Address, Peer>();
  #next = 1;

  get size(): number {
    return this.#rows.size;
  }

  /** The peer for this endpoint, claimed. Throws `E_ADDRESS` if the address has no host and port. */
  claim(endpoint: Endpoint): Peer {
    const living =
      endpoint.incarnation === ANY_INCARNATION ? this.#living.get(endpoint.address) : undefined;
    const peer = living ?? this.intern(endpoint);
    const row = this.#rows.get(peer);
    if (row !== undefined) row.claimed = true;
    return peer;
  }

  /** The peer for this endpoint, not claimed if it is new. */
  intern(endpoint: Endpoint): Peer {
    const key = keyOf(endpoint.address, endpoint.incarnation);
    const known = this.#byEndpoint.get(key);
    if (known !== undefined) return known;
    const { host, port } = socketAddress(endpoint.address);
    const peer = this.#next++ as Peer;
    const { address, incarnation } = endpoint;
    this.#rows.set(peer, { address, host, port, incarnation, claimed: false, sessions: 0 });
    this.#byEndpoint.set(key, peer);
    return peer;
  }

  row(peer: Peer): Readonly<Row> | undefined {
    return this.#rows.get(peer);
  }

  endpointOf(peer: Peer): Endpoint {
    const row = this.#rows.get(peer);
    if (row === undefined) throw new SkipnetError("E_INTERNAL", `peer ${peer} was released`);
    return { address: row.address, incarnation: row.incarnation };
  }

  /**
   * A life answered in place of `peer`, which was asked for as any. Returns the peer known for that
   * endpoint: `peer` itself, or the one that had it before.
   */
  adopt(peer: Peer, address: Address, incarnation: Incarnation): Peer {
    const key = keyOf(address, incarnation);
    const row = this.#rows.get(peer);
    const known = this.#byEndpoint.get(key);
    if (row === undefined) return known ?? this.intern({ address, incarnation });
    if (row.incarnation === ANY_INCARNATION) {
      this.#byEndpoint.delete(keyOf(row.address, ANY_INCARNATION));
      // The name that a person typed gives way to the address that answered.
      row.address = address;
      row.incarnation = incarnation;
      if (known === undefined) this.#byEndpoint.set(key, peer);
    }
    return known ?? peer;
  }

  /** This peer answered: it is who its address stands for. */
  lives(peer: Peer): void {
    const row = this.#rows.get(peer);
    if (row !== undefined) this.#living.set(row.address, peer);
  }

  died(peer: Peer): void {
    const row = this.#rows.get(peer);
    if (row !== undefined && this.#living.get(row.address) === peer) {
      this.#living.delete(row.address);
    }
  }

  unclaim(peer: Peer): void {
    const row = this.#rows.get(peer);
    if (row === undefined) return;
    row.claimed = false;
    this.#forgetIfUnused(peer, row);
  }

  isClaimed(peer: Peer): boolean {
    return this.#rows.get(peer)?.claimed === true;
  }

  /** A session goes by this peer. */
  hold(peer: Peer): void {
    const row = this.#rows.get(peer);
    if (row !== undefined) row.sessions++;
  }

  unhold(peer: Peer): void {
    const row = this.#rows.get(peer);
    if (row === undefined) return;
    row.sessions--;
    this.#forgetIfUnused(peer, row);
  }

  #forgetIfUnused(peer: Peer, row: Row): void {
    if (row.claimed || row.sessions > 0) return;
    this.died(peer);
    this.#rows.delete(peer);
    const key = keyOf(row.address, row.incarnation);
    if (this.#byEndpoint.get(key) === peer) this.#byEndpoint.delete(key);
  }
}

/** Joined, not added: what is added stays in two pieces for as long as it is a key. */
const keyOf = (address: Address, incarnation: Incarnation): string =>
  [address, incarnation].join(" ");
