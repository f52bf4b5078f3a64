import { type Address, parseAddress } from "../core/address.ts";
import { utf8Bytes } from "../core/names.ts";
import { formatIpv6, parseIpv6 } from "./ipv6.ts";
import { malformed } from "./malformed.ts";
import { readUtf8, writeUtf8 } from "./text.ts";

/**
 * How an address travels: a code of three bits and a body. Socket addresses of our own transports
 * are binary where their text is the canonical one; everything else is text.
 *
 * | code | body |
 * |---|---|
 * | 0 | text: its UTF-8 length in two bytes, then the text |
 * | 1 2 3 | `udp` `tcp` `hybrid` over IPv4: host 4 bytes, port 2 bytes |
 * | 4 | over IPv6: scheme 1 byte (1 `udp`, 2 `tcp`, 3 `hybrid`), host 16 bytes, port 2 bytes |
 * | 5 | `sim://` number: 6 bytes, so that simulated messages are as long as real ones |
 * | 6 | scheme and host of the contact before; port 2 bytes |
 * | 7 | address of the contact before; nothing |
 */
export interface AddressForm {
  readonly code: number;
  readonly body: Uint8Array;
  /** Of `body`: what a contact at the same host need not repeat; 0 if it has to. */
  readonly hostBytes: number;
}

export const CODE_TEXT = 0;
const CODE_IPV6 = 4;
export const CODE_SIM = 5;
export const CODE_SAME_HOST = 6;
export const CODE_SAME_ADDRESS = 7;

const SCHEMES = ["udp", "tcp", "hybrid"] as const;
const SIM_NUMBER_BYTES = 6;
const SIM_PATTERN = /^sim:\/\/(0|[1-9]\d{0,14})$/;
const IPV4_PATTERN = /^([a-z]+):\/\/(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3}):(\d{1,5})$/;
const IPV6_PATTERN = /^([a-z]+):\/\/\[([0-9a-f:]{2,39})\]:(\d{1,5})$/;

/** The one form of an address. */
export function addressForm(address: Address): AddressForm {
  const form = simForm(address) ?? ipv4Form(address) ?? ipv6Form(address);
  // Leading zeros, capitals and other spellings would come back changed: those travel as text.
  if (form !== undefined && readAddress(form.code, form.body, 0) === address) return form;
  const length = utf8Bytes(address);
  const body = new Uint8Array(2 + length);
  body[0] = length >> 8;
  body[1] = length & 0xff;
  writeUtf8(address, body, 2);
  return { code: CODE_TEXT, body, hostBytes: 0 };
}

/** Bytes of the body that begins at `at`. Throws `E_MALFORMED` for codes that have none of their own. */
export function addressBodyBytes(code: number, bytes: Uint8Array, at: number, end: number): number {
  if (code >= 1 && code <= 3) return 6;
  if (code === CODE_IPV6) return 19;
  if (code === CODE_SIM) return SIM_NUMBER_BYTES;
  if (code === CODE_TEXT && at + 2 <= end) {
    return 2 + (((bytes[at] as number) << 8) | (bytes[at + 1] as number));
  }
  throw malformed("a contact's address form is unknown");
}

/** The address whose body, complete, begins at `at`. Throws `E_MALFORMED` or `E_ADDRESS`. */
export function readAddress(code: number, bytes: Uint8Array, at: number): Address {
  const port = (from: number): number =>
    ((bytes[from] as number) << 8) | (bytes[from + 1] as number);
  if (code === CODE_SIM) {
    let number = 0;
    for (let i = 0; i < SIM_NUMBER_BYTES; i++) number = number * 256 + (bytes[at + i] as number);
    return `sim://${number}` as Address;
  }
  if (code >= 1 && code <= 3) {
    const host = `${bytes[at]}.${bytes[at + 1]}.${bytes[at + 2]}.${bytes[at + 3]}`;
    return `${SCHEMES[code - 1]}://${host}:${port(at + 4)}` as Address;
  }
  if (code === CODE_IPV6) {
    const scheme = SCHEMES[(bytes[at] as number) - 1];
    if (scheme === undefined) throw malformed("an address has an unknown scheme");
    return `${scheme}://[${formatIpv6(bytes, at + 1)}]:${port(at + 17)}` as Address;
  }
  const address = parseAddress(readUtf8(bytes, at + 2, at + 2 + port(at)));
  if (addressForm(address).code !== CODE_TEXT)
    throw malformed("an address travels as text needlessly");
  return address;
}

function simForm(address: Address): AddressForm | undefined {
  const match = SIM_PATTERN.exec(address);
  let number = Number(match?.[1]);
  if (match === null || number >= 2 ** (8 * SIM_NUMBER_BYTES)) return undefined;
  const body = new Uint8Array(SIM_NUMBER_BYTES);
  for (let i = SIM_NUMBER_BYTES - 1; i >= 0; i--) {
    body[i] = number % 256;
    number = Math.floor(number / 256);
  }
  return { code: CODE_SIM, body, hostBytes: 0 };
}

function ipv4Form(address: Address): AddressForm | undefined {
  const match = IPV4_PATTERN.exec(address);
  if (match === null) return undefined;
  const scheme = SCHEMES.indexOf(match[1] as (typeof SCHEMES)[number]);
  const port = Number(match[6]);
  const host = match.slice(2, 6).map(Number);
  if (scheme < 0) return undefined;
  return { code: 1 + scheme, body: Uint8Array.of(...host, port >> 8, port & 0xff), hostBytes: 4 };
}

function ipv6Form(address: Address): AddressForm | undefined {
  const match = IPV6_PATTERN.exec(address);
  const host = match === null ? undefined : parseIpv6(match[2] as string);
  const scheme = SCHEMES.indexOf(match?.[1] as (typeof SCHEMES)[number]);
  if (match === null || host === undefined || scheme < 0) return undefined;
  const port = Number(match[3]);
  const body = Uint8Array.of(1 + scheme, ...host, port >> 8, port & 0xff);
  return { code: CODE_IPV6, body, hostBytes: 17 };
}
