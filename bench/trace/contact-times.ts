import type { Peer, Token } from "../../src/transport/transport.ts";
import type { TraceBatch } from "./events.ts";

/** Sends that wait for their verdict; more are not timed. */
const PENDING_MAX = 4_096;
/** Samples of one batch. */
const SAMPLES_MAX = 5_000;

/**
 * How long it takes from a send with a token to its verdict `delivered`: for the first message that
 * two peers ever exchange, and for all later ones (paper §2.7: with TCP the first is slower).
 */
export class ContactTimes {
  readonly #clock: () => number;
  /** BOUNDED by the peers of the transport, which are released. */
  readonly #known = new Set<Peer>();
  /** BOUNDED: `PENDING_MAX`. */
  readonly #pending = new Map<Token, { readonly atUs: number; readonly first: boolean }>();
  #first: number[] = [];
  #later: number[] = [];

  constructor(clock: () => number) {
    this.#clock = clock;
  }

  sent(to: Peer, token: Token): void {
    const first = !this.#known.has(to);
    if (first) this.#known.add(to);
    if (token <= 0 || this.#pending.size >= PENDING_MAX) return;
    this.#pending.set(token, { atUs: this.#clock(), first });
  }

  heard(from: Peer): void {
    this.#known.add(from);
  }

  forget(peer: Peer): void {
    this.#known.delete(peer);
  }

  verdict(token: Token, delivered: boolean): void {
    const sent = this.#pending.get(token);
    if (sent === undefined) return;
    this.#pending.delete(token);
    if (!delivered) return;
    const us = this.#clock() - sent.atUs;
    const samples = sent.first ? this.#first : this.#later;
    if (samples.length < SAMPLES_MAX) samples.push(us);
  }

  moveTo(batch: TraceBatch): void {
    batch.firstContactUs.push(...this.#first);
    batch.laterContactUs.push(...this.#later);
    this.#first = [];
    this.#later = [];
  }
}
