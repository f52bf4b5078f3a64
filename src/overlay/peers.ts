import { type ContactTable, NO_REF, type Ref } from "../core/contacts.ts";
import type { Peer, Transport } from "../transport/transport.ts";

/** Also: nobody's. */
const NO_PEER = -1;
const STRIDE = 2;
/** Peers of smaller numbers are found in a column. */
const DENSE_MAX = 1 << 22;

/** Contacts as peers of the transport, and back. A peer is released when its contact's row is reused. */
export class Peers {
  readonly #contacts: ContactTable;
  readonly #transport: Transport;
  /** By row of the contact table: whose peer it is, and the peer. */
  #words = new Int32Array(64 * STRIDE).fill(NO_PEER);
  /** By peer, as transports number theirs from 0. BOUNDED: `DENSE_MAX`; those of greater numbers stand in the map. */
  #dense = new Int32Array(64).fill(NO_REF);
  /** BOUNDED: one entry a row of the contact table. */
  readonly #sparse = new Map<Peer, Ref>();

  constructor(contacts: ContactTable, transport: Transport) {
    this.#contacts = contacts;
    this.#transport = transport;
  }

  peerOf(ref: Ref): Peer {
    const at = this.#contacts.row(ref) * STRIDE;
    return this.#words[at] === ref ? (this.#words[at + 1] as Peer) : this.#make(ref, at);
  }

  /** The transport gave the peer up: should the node be heard of again, it gets a new one. */
  drop(ref: Ref): void {
    const at = this.#contacts.row(ref) * STRIDE;
    if (this.#words[at] !== ref) return;
    const peer = this.#words[at + 1] as Peer;
    this.#words.fill(NO_PEER, at, at + STRIDE);
    this.#setRef(peer, NO_REF);
    this.#transport.release(peer);
  }

  /** The contact behind a peer, if it is remembered. */
  refOf(peer: Peer): Ref | undefined {
    const ref = peer < DENSE_MAX ? (this.#dense[peer] as Ref | undefined) : this.#sparse.get(peer);
    return ref !== undefined && ref !== NO_REF && this.#contacts.isKnown(ref) ? ref : undefined;
  }

  #make(ref: Ref, at: number): Peer {
    if (at >= this.#words.length) this.#words = withRoomFor(this.#words, at);
    const former = this.#words[at + 1] as Peer;
    const peer = this.#transport.peer(this.#contacts.endpoint(ref));
    if (former !== NO_PEER && former !== peer) {
      this.#setRef(former, NO_REF);
      this.#transport.release(former);
    }
    this.#words[at] = ref;
    this.#words[at + 1] = peer;
    this.#setRef(peer, ref);
    return peer;
  }

  #setRef(peer: Peer, ref: Ref): void {
    if (peer < DENSE_MAX) {
      if (peer >= this.#dense.length) this.#dense = withRoomFor(this.#dense, peer);
      this.#dense[peer] = ref;
    } else if (ref === NO_REF) this.#sparse.delete(peer);
    else this.#sparse.set(peer, ref);
  }
}

/** A longer column with the same words at its beginning. Also: `NO_PEER` and `NO_REF` behind them. */
function withRoomFor(column: Int32Array, at: number): Int32Array<ArrayBuffer> {
  let size = column.length;
  while (size <= at) size *= 2;
  const longer = new Int32Array(size).fill(NO_PEER, column.length);
  longer.set(column);
  return longer;
}
