import type { UdpOptions } from "../options.ts";
import type { RefuseReason } from "../packet/packet.ts";

/** Bytes that all peers of a port may hold in unfinished messages. */
export interface MemoryBudget {
  usedBytes: number;
  readonly maxBytes: number;
}

interface Unfinished {
  readonly count: number;
  readonly chunks: (Uint8Array | undefined)[];
  received: number;
  bytes: number;
  /** What it is charged for: its bytes and the places of its fragments. */
  charged: number;
  touchedUs: number;
}

const PLACE_BYTES = 8;
/** A fragment is copied out of a buffer that holds so much besides: what is charged is what is held. */
const BESIDES_BYTES_MAX = 256;

export type FragmentOutcome =
  | { readonly kind: "more" }
  /** This fragment was here already. */
  | { readonly kind: "again" }
  | { readonly kind: "whole"; readonly bytes: Uint8Array }
  | { readonly kind: "refused"; readonly reason: RefuseReason };

const MORE: FragmentOutcome = { kind: "more" };
const AGAIN: FragmentOutcome = { kind: "again" };
const refusal = (reason: RefuseReason): FragmentOutcome => ({ kind: "refused", reason });

/**
 * Puts the fragments of one peer's messages together. Memory is charged for what arrived, not for
 * what a first fragment claims; unfinished messages go when the sender's floor passes them, when no
 * fragment comes for `reassemblyTimeoutUs`, and with the session.
 */
export class Reassembly {
  readonly #options: UdpOptions;
  readonly #node: MemoryBudget;
  readonly #messageBytesMax: number;
  /** BOUNDED: `reassemblyPeerBytes`, charged per fragment and place. */
  readonly #unfinished = new Map<number, Unfinished>();
  #chargedBytes = 0;

  constructor(options: UdpOptions, node: MemoryBudget, messageBytesMax: number) {
    this.#options = options;
    this.#node = node;
    this.#messageBytesMax = messageBytesMax;
  }

  get size(): number {
    return this.#unfinished.size;
  }

  /** Bytes that this peer may still leave unfinished. */
  get freeBytes(): number {
    return freeBytes(this.#options, this.#node, this.#chargedBytes);
  }

  /** Takes one fragment: `bytes` must never be written again. */
  add(
    message: number,
    index: number,
    count: number,
    bytes: Uint8Array,
    nowUs: number,
  ): FragmentOutcome {
    let unfinished = this.#unfinished.get(message);
    if (unfinished === undefined) {
      if (!this.#charge(count * PLACE_BYTES)) return refusal("queueFull");
      const charged = count * PLACE_BYTES;
      const chunks = new Array<Uint8Array | undefined>(count).fill(undefined);
      unfinished = { count, chunks, received: 0, bytes: 0, charged, touchedUs: nowUs };
      this.#unfinished.set(message, unfinished);
    }
    if (unfinished.count !== count) return refusal("invalid");
    unfinished.touchedUs = nowUs;
    if (unfinished.chunks[index] !== undefined) return AGAIN;
    if (unfinished.bytes + bytes.length > this.#messageBytesMax) return refusal("tooLarge");
    if (!this.#charge(bytes.length)) return refusal("queueFull");
    unfinished.charged += bytes.length;
    unfinished.chunks[index] = kept(bytes);
    unfinished.bytes += bytes.length;
    if (++unfinished.received < count) return MORE;
    return { kind: "whole", bytes: join(unfinished) };
  }

  drop(message: number): void {
    const unfinished = this.#unfinished.get(message);
    if (unfinished === undefined) return;
    this.#unfinished.delete(message);
    this.#chargedBytes -= unfinished.charged;
    this.#node.usedBytes -= unfinished.charged;
  }

  dropBelow(floor: number): void {
    for (const message of this.#unfinished.keys()) if (message < floor) this.drop(message);
  }

  dropAll(): void {
    this.dropBelow(Number.POSITIVE_INFINITY);
  }

  /** When the next unfinished message expires, or `Infinity`. */
  expiryUs(): number {
    let earliest = Number.POSITIVE_INFINITY;
    for (const { touchedUs } of this.#unfinished.values()) earliest = Math.min(earliest, touchedUs);
    return earliest + this.#options.reassemblyTimeoutUs;
  }

  /** Drops what has expired and names it. */
  expire(nowUs: number): number[] {
    const expired: number[] = [];
    for (const [message, { touchedUs }] of this.#unfinished) {
      if (touchedUs + this.#options.reassemblyTimeoutUs <= nowUs) expired.push(message);
    }
    for (const message of expired) this.drop(message);
    return expired;
  }

  #charge(bytes: number): boolean {
    const overPeer = this.#chargedBytes + bytes > this.#options.reassemblyPeerBytes;
    if (overPeer || this.#node.usedBytes + bytes > this.#node.maxBytes) return false;
    this.#chargedBytes += bytes;
    this.#node.usedBytes += bytes;
    return true;
  }
}

/** Bytes that a peer may leave unfinished that is charged for so many. */
export function freeBytes(options: UdpOptions, node: MemoryBudget, chargedBytes: number): number {
  return Math.min(options.reassemblyPeerBytes - chargedBytes, node.maxBytes - node.usedBytes);
}

const kept = (bytes: Uint8Array): Uint8Array =>
  bytes.buffer.byteLength - bytes.length > BESIDES_BYTES_MAX ? bytes.slice() : bytes;

function join({ chunks, bytes }: Unfinished): Uint8Array {
  const whole = new Uint8Array(bytes);
  let at = 0;
  for (const chunk of chunks) {
    if (chunk === undefined) continue;
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}
