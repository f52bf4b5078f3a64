import type { UdpOptions } from "../options.ts";
import { TokenBucket } from "./token-bucket.ts";

/** Prefixes whose hellos are counted apart; with more the longest known makes room. */
const PREFIXES_MAX = 1_024;
/** Hellos that may come at once after a pause, as a share of a second's. */
const BURST_SHARE = 0.5;

/**
 * How many strangers a second may open a session with their first datagram: so many in all, and so many
 * of one network prefix (`/24`, or `/48` of IPv6). Beyond that a stranger proves its address first.
 */
export class HelloGate {
  readonly #options: UdpOptions;
  readonly #all: TokenBucket;
  /** BOUNDED: `PREFIXES_MAX`, oldest out first. */
  readonly #byPrefix = new Map<string, TokenBucket>();

  constructor(options: UdpOptions) {
    this.#options = options;
    this.#all = bucket(options.hellosPerSecond);
  }

  /** Whether a stranger from this host may enter without proof. */
  admits(host: string, nowUs: number): boolean {
    return this.#prefix(host).take(nowUs) && this.#all.take(nowUs);
  }

  #prefix(host: string): TokenBucket {
    const key = prefixOf(host);
    let known = this.#byPrefix.get(key);
    if (known !== undefined) return known;
    known = bucket(this.#options.hellosPerPrefix);
    this.#byPrefix.set(key, known);
    if (this.#byPrefix.size > PREFIXES_MAX) {
      const oldest = this.#byPrefix.keys().next().value;
      if (oldest !== undefined) this.#byPrefix.delete(oldest);
    }
    return known;
  }
}

const bucket = (perSecond: number): TokenBucket =>
  new TokenBucket(perSecond, Math.ceil(perSecond * BURST_SHARE));

/** The first three numbers of an IPv4 address, the first three groups of an IPv6 one. */
function prefixOf(host: string): string {
  const separator = host.includes(":") ? ":" : ".";
  let end = -1;
  for (let part = 0; part < 3; part++) {
    end = host.indexOf(separator, end + 1);
    if (end < 0) return host;
  }
  return host.slice(0, end);
}
