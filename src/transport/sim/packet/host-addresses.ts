import { SkipnetError } from "../../../core/errors.ts";
import { HOSTS_MAX } from "../hosts.ts";

/** An address from the range between providers and their customers (RFC 6598), for a `number`th lease. */
export const leaseAt = (number: number): string =>
  `100.64.${(number >>> 8) & 0xff}.${number & 0xff}`;

/** The address of the `number`th host: 10.0.0.1 and on. Throws `E_LIMIT` beyond `HOSTS_MAX`. */
export function hostAt(number: number): string {
  if (number < 0 || number >= HOSTS_MAX) {
    throw new SkipnetError("E_LIMIT", `more than ${HOSTS_MAX} hosts`);
  }
  // The last byte from 1 to 254: neither the network's address nor everybody's.
  const last = 1 + (number % 254);
  const rest = Math.floor(number / 254);
  return `10.${rest >>> 8}.${rest & 0xff}.${last}`;
}
