import {
  type Address,
  formatSocketAddress,
  parseAddress,
  type SocketAddress,
  socketAddress,
} from "../core/address.ts";
import { SkipnetError } from "../core/errors.ts";

/** Where others reach a port that listens on all addresses of its machine, or behind another one. */
export interface Advertised {
  readonly host: string;
  /** Left out: the one that it listens on. */
  readonly port?: number | undefined;
}

/** Hosts that say "all addresses of this machine" and so tell nobody where to go. */
const ALL_ADDRESSES: readonly string[] = ["0.0.0.0", "::"];

/** Whether a host stands for every address of its machine. */
export const isAllAddresses = (host: string): boolean => ALL_ADDRESSES.includes(host);

/** Reads `192.0.2.7`, `host1.example.com:7001`, `[2001:db8::1]:7001`. Throws `E_ADDRESS`. */
export function parseAdvertised(text: string): Advertised {
  const hasPort = /^(?:\[[^\]]*\]|[^:[\]]*):\d+$/.test(text);
  const isBareIpv6 = text.includes(":") && !text.startsWith("[") && !hasPort;
  const host = isBareIpv6 ? `[${text}]` : text;
  const read = socketAddress(parseAddress(`any://${hasPort ? text : `${host}:1`}`));
  checkAdvertised(hasPort ? read : { host: read.host });
  return hasPort ? { host: read.host, port: read.port } : { host: read.host };
}

/** Throws `E_ADDRESS` where it would tell nobody where to go. */
export function checkAdvertised({ host, port }: Advertised): void {
  if (isAllAddresses(host)) {
    throw new SkipnetError("E_ADDRESS", `${host} tells nobody where to go: name one address`);
  }
  if (port !== undefined && !(Number.isInteger(port) && port >= 1 && port <= 65_535)) {
    throw new SkipnetError("E_ADDRESS", `${port} is no port at which others can reach a node`);
  }
}

/** The address of a port as others are to know it. */
export function contactAddress(bound: SocketAddress, advertised: Advertised | undefined): Address {
  const { host = bound.host, port = bound.port } = advertised ?? {};
  return formatSocketAddress({ scheme: bound.scheme, host, port });
}
