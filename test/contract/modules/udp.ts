import { Socket } from "node:dgram";
import type { TransportSetup } from "../../../src/transport/module.ts";
import type { Transport } from "../../../src/transport/transport.ts";
import { udpOptionsFrom } from "../../../src/transport/udp/options.ts";
import { openUdpTransport } from "../../../src/transport/udp/udp.ts";

let isCut = false;
const { send, emit } = Socket.prototype;

// The far process's network: while it is cut, datagrams vanish in both directions.
Socket.prototype.send = function (this: Socket, ...args: unknown[]): void {
  if (!isCut) Reflect.apply(send, this, args);
};
Socket.prototype.emit = function (this: Socket, event: string, ...args: unknown[]): boolean {
  return isCut && event === "message" ? true : Reflect.apply(emit, this, [event, ...args]);
} as typeof emit;

export const kind = "udp";

export function openTransport({ world, codec, spec }: TransportSetup): Transport {
  return openUdpTransport({ world, codec, options: udpOptionsFrom(spec), name: spec.text });
}

export function cut(off: boolean): void {
  isCut = off;
}
