import { type Address, ANY_INCARNATION } from "../../core/address.ts";
import type { Peer, Transport } from "../../transport/transport.ts";

/**
 * The nodes to ask, as peers of the transport. One that goes `down` is given back, and taken again when
 * the node's turn comes, to find whoever is there then.
 */
export class Via {
  readonly #transport: Transport;
  readonly #addresses: readonly Address[];
  /** By address. BOUNDED: as the addresses. */
  readonly #peers: (Peer | undefined)[];

  constructor(transport: Transport, addresses: readonly Address[]) {
    this.#transport = transport;
    this.#addresses = addresses;
    this.#peers = addresses.map(() => undefined);
  }

  /** Their addresses, for people. */
  get text(): string {
    return this.#addresses.join(", ");
  }

  /** Whom an attempt asks: one after the other. */
  peer(attempt: number): Peer {
    const i = attempt % this.#addresses.length;
    const address = this.#addresses[i] as Address;
    const peer = this.#peers[i] ?? this.#transport.peer({ address, incarnation: ANY_INCARNATION });
    this.#peers[i] = peer;
    return peer;
  }

  drop(peer: Peer): void {
    const i = this.#peers.indexOf(peer);
    if (i < 0) return;
    this.#peers[i] = undefined;
    this.#transport.release(peer);
  }

  releaseAll(): void {
    for (const peer of this.#peers) if (peer !== undefined) this.drop(peer);
  }
}
