import type { Address, Endpoint, Incarnation } from "../../core/address.ts";
import { ANY_INCARNATION, type SocketAddress, socketAddress } from "../../core/address.ts";
import { SkipnetError } from "../../core/errors.ts";
import type { Peer } from "../transport.ts";

interface Row {
  readonly peer: Peer;
  address: Address;
  incarnation: Incarnation;
  /** Somebody asked for it by `peer()` and has not released it. */
  claimed: boolean;
  /** Answered, and is not down since. */
  answered: boolean;
  /** Sessions, of all ports, that go by this peer. */
  sessions: number;
}

/**
 * The remote ends that a transport knows, numbered. BOUNDED: those asked for by the program, which
 * releases them; and one for each session that a stranger opened, released with it.
 */
export class PeerDirectory {
  readonly #rows = new Map<Peer, Row>();
  /** One life at each address; mostly there is no other, and a key of its own would cost more than the rest. */
  readonly #byAddress = new Map<Address, Row>();
  /** Further lives, by address and incarnation. */
  readonly #further = new Map<string, Row>();
  /** Which life of an address answered last, while it is not down. Left out: the one in `#byAddress` did. */
  readonly #living = new Map<Address, Row>();
  #next = 1;

  get size(): number {
    return this.#rows.size;
  }

  /** The peer for this endpoint, claimed. Throws `E_ADDRESS` if the address has no host and port. */
  claim(endpoint: Endpoint): Peer {
    const living =
      endpoint.incarnation === ANY_INCARNATION ? this.#livingAt(endpoint.address)?.peer : undefined;
    const peer = living ?? this.intern(endpoint);
    const row = this.#rows.get(peer);
    if (row !== undefined) row.claimed = true;
    return peer;
  }

  /** The peer for this endpoint, not claimed if it is new. */
  intern({ address, incarnation }: Endpoint): Peer {
    const known = this.#find(address, incarnation);
    if (known !== undefined) return known.peer;
    socketAddress(address);
    const peer = this.#next++ as Peer;
    const row: Row = {
      peer,
      address,
      incarnation,
      claimed: false,
      answered: false,
      sessions: 0,
    };
    this.#rows.set(peer, row);
    this.#enter(row);
    return peer;
  }

  /** Where the peer is and in which life; `undefined`: it was released. */
  place(peer: Peer): (SocketAddress & { readonly incarnation: Incarnation }) | undefined {
    const row = this.#rows.get(peer);
    if (row === undefined) return undefined;
    return { ...socketAddress(row.address), incarnation: row.incarnation };
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
    const row = this.#rows.get(peer);
    const known = this.#find(address, incarnation)?.peer;
    if (row === undefined) return known ?? this.intern({ address, incarnation });
    if (row.incarnation === ANY_INCARNATION) {
      this.#leave(row);
      // The name that a person typed gives way to the address that answered.
      row.address = address;
      row.incarnation = incarnation;
      if (known === undefined) this.#enter(row);
    }
    return known ?? peer;
  }

  /** This peer answered: it is who its address stands for. */
  lives(peer: Peer): void {
    const row = this.#rows.get(peer);
    if (row === undefined) return;
    const former = this.#livingAt(row.address);
    if (former !== undefined) former.answered = false;
    row.answered = true;
    if (this.#byAddress.get(row.address) === row) this.#living.delete(row.address);
    else this.#living.set(row.address, row);
  }

  died(peer: Peer): void {
    const row = this.#rows.get(peer);
    if (row !== undefined) this.#noLonger(row);
  }

  unclaim(peer: Peer): void {
    const row = this.#rows.get(peer);
    if (row === undefined) return;
    row.claimed = false;
    this.#forgetIfUnused(row);
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
    this.#forgetIfUnused(row);
  }

  #forgetIfUnused(row: Row): void {
    if (row.claimed || row.sessions > 0) return;
    this.#rows.delete(row.peer);
    this.#leave(row);
  }

  #find(address: Address, incarnation: Incarnation): Row | undefined {
    const first = this.#byAddress.get(address);
    if (first?.incarnation === incarnation) return first;
    return this.#further.get(keyOf(address, incarnation));
  }

  #livingAt(address: Address): Row | undefined {
    const living = this.#living.get(address);
    if (living !== undefined) return living;
    const first = this.#byAddress.get(address);
    return first?.answered === true ? first : undefined;
  }

  /** It is not who its address stands for, or not any more. */
  #noLonger(row: Row): void {
    row.answered = false;
    if (this.#living.get(row.address) === row) this.#living.delete(row.address);
  }

  #enter(row: Row): void {
    if (this.#byAddress.has(row.address)) {
      this.#further.set(keyOf(row.address, row.incarnation), row);
    } else {
      this.#byAddress.set(row.address, row);
    }
  }

  #leave(row: Row): void {
    this.#noLonger(row);
    if (this.#byAddress.get(row.address) === row) {
      this.#byAddress.delete(row.address);
      return;
    }
    const key = keyOf(row.address, row.incarnation);
    if (this.#further.get(key) === row) this.#further.delete(key);
  }
}

const keyOf = (address: Address, incarnation: Incarnation): string =>
  [address, incarnation].join(" ");
