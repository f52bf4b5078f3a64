import type { UdpOptions } from "../../../src/transport/udp/options.ts";
import { PacketReader } from "../../../src/transport/udp/packet/packet-reader.ts";
import { PacketWriter } from "../../../src/transport/udp/packet/packet-writer.ts";
import { VirtualNet, type VirtualNode } from "./virtual-net.ts";

/** All of them know each other; node 1 asks 3 and the following about 2. */
export function neighbours(count: number, options: Partial<UdpOptions> = {}) {
  const net = new VirtualNet();
  const overheard = overhear(net);
  const nodes = Array.from({ length: count }, (_, i) => net.node(1 + i, { options }));
  const [a, b, ...helpers] = nodes as [VirtualNode, VirtualNode, ...VirtualNode[]];
  for (const node of nodes) {
    for (const other of nodes) {
      if (other !== node) node.send(node.peer(other), "hello");
    }
  }
  net.advance(1_200_000);
  const toB = a.peer(b);
  a.protocol.assistedBy((peer) => (peer === toB ? helpers.map((h) => a.peer(h)) : []));
  return { net, a, b, toB, helpers, forge: overheard };
}

/**
 * Writes packets as if `from` had sent them, with the session that `to` chose and a number above those used, all
 * overheard while the net's first `fate` is in place.
 */
function overhear(net: VirtualNet) {
  const reader = new PacketReader();
  const writer = new PacketWriter();
  const sessions = new Map<string, number>();
  let number = 1_000;
  net.fate = (from, to, bytes) => {
    if (reader.parse(bytes) === undefined && reader.session !== 0) {
      sessions.set(`${from} > ${to}`, reader.session);
    }
    return [500];
  };
  return (
    from: VirtualNode,
    to: VirtualNode,
    write: (writer: PacketWriter) => void,
  ): Uint8Array => {
    const session = sessions.get(`${from.port} > ${to.port}`);
    if (session === undefined) throw new Error(`${from.port} has never spoken to ${to.port}`);
    writer.begin(200, session, number++);
    write(writer);
    return writer.finish().slice();
  };
}

/** Datagrams between these two, either way. */
export const between = (x: number, y: number) => (from: number, to: number) =>
  (from === x && to === y) || (from === y && to === x);
