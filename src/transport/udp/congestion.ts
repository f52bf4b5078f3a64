import type { UdpOptions } from "./options.ts";

const DECREASE = 0.7;
/** The window never falls below so many datagrams: a few random losses are not congestion. */
const WINDOW_DATAGRAMS_MIN = 16;

/**
 * How many bytes may be in flight to one peer. This one is the simple kind: slow start, then one
 * datagram a round trip more; 0.7 of it after a round with losses. A control by delivery rate and
 * delay, the node-wide window and the pacer take its place behind the same four calls.
 */
export class CongestionWindow {
  readonly #options: UdpOptions;
  readonly #minBytes: number;
  #windowBytes: number;
  #slowStart = true;
  #inFlightBytes = 0;
  /** Losses of packets sent before this belong to a round already answered for. */
  #roundStartUs = -1;

  constructor(options: UdpOptions) {
    this.#options = options;
    this.#windowBytes = options.windowInitialBytes;
    this.#minBytes = Math.min(
      options.windowInitialBytes,
      WINDOW_DATAGRAMS_MIN * options.datagramBytes,
    );
  }

  get inFlightBytes(): number {
    return this.#inFlightBytes;
  }

  /** Whether another datagram may leave. With nothing in flight one always may. */
  get open(): boolean {
    return this.#inFlightBytes === 0 || this.openAfter(0);
  }

  /** Whether another datagram may leave after so many bytes that are about to. */
  openAfter(bytes: number): boolean {
    return this.#inFlightBytes + bytes + this.#options.datagramBytes <= this.#windowBytes;
  }

  sent(bytes: number): void {
    this.#inFlightBytes += bytes;
  }

  acknowledged(bytes: number): void {
    const limited = this.#inFlightBytes * 2 >= this.#windowBytes;
    this.#inFlightBytes -= bytes;
    if (!limited) return;
    const { datagramBytes, windowMaxBytes } = this.#options;
    const growth = this.#slowStart ? bytes : (datagramBytes * bytes) / this.#windowBytes;
    this.#windowBytes = Math.min(windowMaxBytes, this.#windowBytes + growth);
  }

  /** A new session: nothing is in flight, and nothing is known of the path. */
  restart(): void {
    this.#inFlightBytes = 0;
    this.#windowBytes = this.#options.windowInitialBytes;
    this.#slowStart = true;
    this.#roundStartUs = -1;
  }

  /** A packet sent at `sentUs` was lost. */
  lost(bytes: number, sentUs: number, nowUs: number): void {
    this.#inFlightBytes -= bytes;
    if (sentUs <= this.#roundStartUs) return;
    this.#roundStartUs = nowUs;
    this.#slowStart = false;
    this.#windowBytes = Math.max(this.#minBytes, this.#windowBytes * DECREASE);
  }
}
