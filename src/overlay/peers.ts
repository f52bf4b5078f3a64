import type { ContactTable, Ref } from "../core/contacts.ts";
import type { Peer, Transport } from "../transport/transport.ts";

/** Also: nobody's. */
const NO_PEER = -1;
const STRIDE = 2;

/** Contacts as peers of the transport, and back. A peer is released when its contact's row is reused. */
export class Peers {
  readonly #contacts: ContactTable;
  readonly #transport: Transport;
  /** By row of the contact table: whose peer it is, and the peer. */
  #words = new Int32Array(64 * STRIDE).fill(NO_PEER);
  /** BOUNDED: one entry a row of the contact table. */
  readonly #refs = new Map<Peer, Ref>();

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
    this.#refs.delete(peer);
    this.#transport.release(peer);
  }

  /** The contact behind a peer, if it is remembered. */
  refOf(peer: Peer): Ref | undefined {
    const ref = this.#refs.get(peer);
    return ref !== undefined && this.#contacts.isKnown(ref) ? ref : undefined;
  }

  #make(ref: Ref, at: number): Peer {
    if (at >= this.#words.length) this.#grow(at);
    const former = this.#words[at + 1] as Peer;
    const peer = this.#transport.peer(this.#contacts.endpoint(ref));
    if (former !== NO_PEER && former !== peer) {
      this.#refs.delete(former);
      this.#transport.release(former);
    }
    this.#words[at] = ref;
    this.#words[at + 1] = peer;
    this.#refs.set(peer, ref);
    return peer;
  }

  #grow(at: number): void {
    let size = this.#words.length;
    while (size <= at) size *= 2;
    const words = new Int32Array(size).fill(NO_PEER);
    words.set(this.#words);
    this.#words = words;
  }
}
