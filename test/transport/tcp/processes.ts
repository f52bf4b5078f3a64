import type { Address } from "../../../src/core/address.ts";
import { ContactTable } from "../../../src/core/contacts.ts";
import { CONTRACT_MESSAGES } from "../../../src/transport/contract/messages.ts";
import { NearNode } from "../../../src/transport/contract/near-node.ts";
import type { TcpOptions } from "../../../src/transport/tcp/options.ts";
import { openTcpTransport } from "../../../src/transport/tcp/tcp.ts";
import type { Peer } from "../../../src/transport/transport.ts";
import { createCodec, type MessageCodec } from "../../../src/wire/codec.ts";
import { createRegistry } from "../../../src/wire/registry.ts";
import { Machine, type VirtualNet } from "./virtual-net.ts";

const registry = createRegistry(CONTRACT_MESSAGES);

/** A process with one transport on the virtual network. */
export interface Process {
  readonly machine: Machine;
  readonly node: NearNode;
  readonly codec: MessageCodec;
}

/** Starts a process at 10.0.0.NUMBER. */
export async function start(
  net: VirtualNet,
  number: number,
  options: Partial<TcpOptions> = {},
  port = 7_000,
): Promise<Process> {
  const machine = new Machine(net, `10.0.0.${number}`);
  const codec = createCodec({ registry, contacts: new ContactTable(), compression: "off" });
  const setup = { world: machine.world(), codec, options, sockets: machine.sockets() };
  const node = new NearNode(openTcpTransport(setup), () => net.nowUs);
  const opening = node.transport.open(`tcp://${machine.host}:${port}` as Address, node);
  await net.run(1);
  node.use(await opening);
  return { machine, node, codec };
}

/** How one process names the other. */
export const peerOf = (from: Process, to: Process): Peer =>
  from.node.transport.peer(to.node.endpoint);
