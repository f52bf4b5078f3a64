import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { utf8ToBytes } from "@noble/hashes/utils.js";
import { COOKIE_BYTES, COOKIE_REPLY_BYTES } from "../packet/packet.ts";
import type { PacketReader } from "../packet/packet-reader.ts";
import type { DatagramSink, PortContext } from "../port-context.ts";
import { TokenBucket } from "./token-bucket.ts";

/** A cookie proves its bearer's address for so long; a datagram held longer proves nothing. */
const COOKIE_AGE_MS_MAX = 5_000;
/** A secret makes cookies for so long, and is honoured for as long again. */
const SECRET_US = 60_000_000;
/** Cookies made and checked a second, at about 5 µs each; strangers beyond that get no answer. */
const COOKIES_PER_SECOND_MAX = 10_000;
const COOKIES_BURST = 1_000;
/** Cookies that wait for the next flush; more are not sent. */
const REPLIES_MAX = 1_024;
const STAMP_BYTES = 4;
const STAMP_SPAN = 2 ** 32;

interface Reply {
  readonly host: string;
  readonly port: number;
  readonly session: number;
  readonly packet: number;
  readonly cookie: Uint8Array;
}

/** When a cookie was made, and that it is one of ours; `undefined`: it is not, or too old. */
export type CookieAgeUs = number | undefined;

/**
 * Proof of address without state: a stranger gets a few bytes that only this process can make for that
 * address and that session, and comes again with them. As they carry their time they also prove that
 * a hello is not a late copy. `u32` milliseconds, then 96 bits of
 * HMAC-SHA256(secret, address, session, milliseconds). Of two secrets the newer makes cookies and both
 * are honoured. A cookie is shorter than any hello that it answers, and is sent to where that came from.
 */
export class Cookies {
  readonly #context: PortContext;
  readonly #newSecret: () => Uint8Array;
  readonly #budget = new TokenBucket(COOKIES_PER_SECOND_MAX, COOKIES_BURST);
  #secret: Uint8Array | undefined;
  #formerSecret: Uint8Array | undefined;
  #secretSinceUs = 0;
  /** BOUNDED: `REPLIES_MAX`. */
  readonly #waiting: Reply[] = [];

  constructor(context: PortContext, newSecret: () => Uint8Array) {
    this.#context = context;
    this.#newSecret = newSecret;
  }

  get hasOutput(): boolean {
    return this.#waiting.length > 0;
  }

  /** Asks the sender of the hello just read, of `bytes` bytes, to come again with a cookie. */
  ask(reader: PacketReader, bytes: number, host: string, port: number, nowUs: number): void {
    const { counters } = this.#context;
    const answerable = bytes >= COOKIE_REPLY_BYTES && this.#waiting.length < REPLIES_MAX;
    if (!answerable || !this.#budget.take(nowUs)) {
      counters.turnedAway++;
      return;
    }
    const { helloSession: session, packetLow: packet } = reader;
    const stamp = Math.floor(nowUs / 1000) % STAMP_SPAN;
    const cookie = new Uint8Array(COOKIE_BYTES);
    new DataView(cookie.buffer).setUint32(0, stamp, true);
    const mac = macOf(this.#current(nowUs), host, port, session, stamp);
    cookie.set(mac.subarray(0, COOKIE_BYTES - STAMP_BYTES), STAMP_BYTES);
    this.#waiting.push({ host, port, session, packet, cookie });
  }

  /** How old the cookie of the hello just read is, if it is good. */
  ageUs(reader: PacketReader, host: string, port: number, nowUs: number): CookieAgeUs {
    if (!reader.path.hasCookie || !this.#budget.take(nowUs)) return undefined;
    const { cookie } = reader.path;
    const stamp = new DataView(cookie.buffer).getUint32(0, true);
    const nowMs = Math.floor(nowUs / 1000);
    const ageMs = (((nowMs - stamp) % STAMP_SPAN) + STAMP_SPAN) % STAMP_SPAN;
    if (ageMs > COOKIE_AGE_MS_MAX) return undefined;
    const current = this.#current(nowUs);
    const madeUs = (nowMs - ageMs) * 1000;
    const byCurrent = madeUs >= this.#secretSinceUs - 1000;
    const former = this.#formerSecret;
    return (byCurrent && isOf(current, reader, host, port, stamp)) ||
      (former !== undefined && isOf(former, reader, host, port, stamp))
      ? ageMs * 1000
      : undefined;
  }

  flush(sink: DatagramSink): void {
    const { writer, counters } = this.#context;
    for (const { host, port, session, packet, cookie } of this.#waiting) {
      const datagram = writer.cookieReply(session, packet, cookie);
      counters.cookiesSent++;
      counters.datagramsSent++;
      counters.bytesSent += datagram.length;
      sink(datagram, host, port);
    }
    this.#waiting.length = 0;
  }

  drop(): void {
    this.#waiting.length = 0;
  }

  #current(nowUs: number): Uint8Array {
    if (this.#secret === undefined || nowUs - this.#secretSinceUs >= SECRET_US) {
      this.#formerSecret = this.#secret;
      this.#secret = this.#newSecret();
      this.#secretSinceUs = nowUs;
    }
    return this.#secret;
  }
}

function isOf(
  secret: Uint8Array,
  { path: { cookie }, helloSession }: PacketReader,
  host: string,
  port: number,
  stamp: number,
): boolean {
  const mac = macOf(secret, host, port, helloSession, stamp);
  let difference = 0;
  for (let i = STAMP_BYTES; i < COOKIE_BYTES; i++) {
    difference |= (cookie[i] as number) ^ (mac[i - STAMP_BYTES] as number);
  }
  return difference === 0;
}

const macOf = (
  secret: Uint8Array,
  host: string,
  port: number,
  session: number,
  stamp: number,
): Uint8Array => hmac(sha256, secret, utf8ToBytes(`${host}|${port}|${session}|${stamp}`));
