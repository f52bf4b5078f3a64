import { type ContactTable, NO_REF, type Ref } from "../core/contacts.ts";
import type { Peer, Transport } from "../transport/transport.ts";

const NO_PEER = -1;

/** Contacts as peers of the transport, and back. A peer is released when its contact's row is reused. */
export class Peers {
  readonly #contacts: ContactTable;
  readonly #transport: Transport;
  #owner = new Int32Array(64).fill(NO_REF);
  #peers = new Int32Array(64).fill(NO_PEER);
  /** BOUNDED: one entry a row of the contact table. */
  readonly #refs = new Map<Peer, Ref>();

  constructor(contacts: ContactTable, transport: Transport) {
    this.#contacts = contacts;
    this.#transport = transport;
  }

  peerOf(ref: Ref): Peer {
    const row = this.#contacts.row(ref);
    if (this.#owner[row] === ref) return this.#peers[row] as Peer;
    if (row >= this.#owner.length) this.#grow(row);
    const former = this.#peers[row] as Peer;
    const peer = this.#transport.peer(this.#contacts.endpoint(ref));
    if (former !== NO_PEER && former !== peer) {
      this.#refs.delete(former);
      this.#transport.release(former);
    }
    this.#owner[row] = ref;
    this.#peers[row] = peer;
    this.#refs.set(peer, ref);
    return peer;
  }

  /** The transport gave the peer up: should the node be heard of again, it gets a new one. */
  drop(ref: Ref): void {
    const row = this.#contacts.row(ref);
    if (this.#owner[row] !== ref) return;
    const peer = this.#peers[row] as Peer;
    this.#owner[row] = NO_REF;
    this.#peers[row] = NO_PEER;
    this.#refs.delete(peer);
    this.#transport.release(peer);
  }

  /** The contact behind a peer, if it is remembered. */
  refOf(peer: Peer): Ref | undefined {
    const ref = this.#refs.get(peer);
    return ref !== undefined && this.#contacts.isKnown(ref) ? ref : undefined;
  }

  #grow(row: number): void {
    let size = this.#owner.length;
    while (size <= row) size *= 2;
    const owner = new Int32Array(size).fill(NO_REF);
    owner.set(this.#owner);
    this.#owner = owner;
    const peers = new Int32Array(size).fill(NO_PEER);
    peers.set(this.#peers);
    this.#peers = peers;
  }
}
