import type { Brand } from "./brand.ts";
import { SkipnetError } from "./errors.ts";

/**
 * Where a process listens, as a URL: `udp://127.0.0.1:7001`, `tcp://[::1]:7001`, `sim://17`.
 * The scheme names the transport that understands it.
 */
export type Address = Brand<string, "Address">;

/**
 * Which life of the process: grows at every restart. Milliseconds since 1970 times 16 plus four
 * random bits, so that it stays a safe integer (below 2^53).
 */
export type Incarnation = Brand<number, "Incarnation">;

/** One remote end: an address and the life of the process behind it. */
export interface Endpoint {
  readonly address: Address;
  /** 0: whichever is there now (a join address given by a person). */
  readonly incarnation: Incarnation;
}

export const ANY_INCARNATION = 0 as Incarnation;

/** Longest address text taken from anybody, in characters. */
export const ADDRESS_LENGTH_MAX = 128;

const ADDRESS_PATTERN = /^[a-z][a-z0-9+-]{0,15}:\/\/[^\s/]{1,110}$/;

/** The text as an address. Throws `E_ADDRESS`, saying what to write. */
export function parseAddress(text: string): Address {
  if (text.length > ADDRESS_LENGTH_MAX || !ADDRESS_PATTERN.test(text)) {
    throw new SkipnetError(
      "E_ADDRESS",
      `"${text.slice(0, ADDRESS_LENGTH_MAX)}" is not an address; write for example udp://127.0.0.1:7001`,
    );
  }
  return text as Address;
}

const HOST_SCHEME = "sim://";
/** Digits of a simulated host's number, at most: it fits 31 bits. */
const HOST_DIGITS_MAX = 9;
const ZERO = 0x30;

/** The address of a simulated host. */
export function hostAddress(number: number): Address {
  return `${HOST_SCHEME}${number}` as Address;
}

/** The opposite of `hostAddress`; -1 where the address is not exactly what it gives. */
export function hostNumber(address: string): number {
  const { length } = address;
  const first = HOST_SCHEME.length;
  if (length <= first || length > first + HOST_DIGITS_MAX) return -1;
  for (let i = 0; i < first; i++) {
    if (address.charCodeAt(i) !== HOST_SCHEME.charCodeAt(i)) return -1;
  }
  if (address.charCodeAt(first) === ZERO) return length === first + 1 ? 0 : -1;
  let number = 0;
  for (let i = first; i < length; i++) {
    const digit = address.charCodeAt(i) - ZERO;
    if (digit < 0 || digit > 9) return -1;
    number = number * 10 + digit;
  }
  return number;
}

/** An address of host and port, as a socket needs it. */
export interface SocketAddress {
  readonly scheme: string;
  readonly host: string;
  readonly port: number;
}

/** The parts of a socket address; IPv6 hosts are written in brackets and returned without them. */
export function socketAddress(address: Address): SocketAddress {
  const match = /^([a-z0-9+-]+):\/\/(?:\[([0-9a-fA-F:.]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(address);
  const port = Number(match?.[4]);
  if (match === null || port > 65_535) {
    throw new SkipnetError("E_ADDRESS", `"${address}" has no host and port; write udp://host:port`);
  }
  return { scheme: match[1] as string, host: (match[2] ?? match[3]) as string, port };
}

/** The opposite of `socketAddress`. */
export function formatSocketAddress({ scheme, host, port }: SocketAddress): Address {
  return `${scheme}://${host.includes(":") ? `[${host}]` : host}:${port}` as Address;
}

/** The incarnation of a process that starts now; only the low four of the random bits are used. */
export function newIncarnation(wallMs: number, randomBits: number): Incarnation {
  return (Math.floor(wallMs) * 16 + (randomBits & 15)) as Incarnation;
}
