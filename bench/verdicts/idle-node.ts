/** One process of an idle mesh: told whom to watch, it says what that costs. */
import type { Address } from "../../src/core/address.ts";
import { ANY_INCARNATION } from "../../src/core/address.ts";
import { ContactTable } from "../../src/core/contacts.ts";
import { liveWorld } from "../../src/core/live/world.ts";
import { nodeRegistry } from "../../src/node/registry.ts";
import { findTransport, openTransport } from "../../src/node/transports.ts";
import type { PortHandler } from "../../src/transport/transport.ts";
import { createCodec } from "../../src/wire/codec.ts";

/** From the parent, one after the other. */
export type IdleOrder =
  | { readonly say: "open"; readonly transport: string }
  | { readonly say: "watch"; readonly addresses: readonly string[] }
  /** What was used since the last time. */
  | { readonly say: "usage" };

/** To the parent, one for each order. */
export interface IdleReport {
  readonly address: string;
  /** Processor time and bytes since it was asked last. */
  readonly cpuUs: number;
  readonly bytesSent: number;
}

const world = liveWorld();
const codec = createCodec({ registry: nodeRegistry(), contacts: new ContactTable() });
const handler: PortHandler = {
  onMessage: () => undefined,
  onVerdict: () => undefined,
  onReturn: () => undefined,
  onPeer: () => undefined,
  onDrain: () => undefined,
};

async function open(text: string) {
  const transport = await openTransport(text, { world, codec });
  const { kind } = findTransport(text).spec;
  const port = await transport.open(`${kind}://127.0.0.1:0` as Address, handler);
  return { transport, port };
}

let end: Awaited<ReturnType<typeof open>> | undefined;
let cpu = process.cpuUsage();
let bytes = 0;

function usage(): IdleReport {
  const { user, system } = process.cpuUsage(cpu);
  cpu = process.cpuUsage();
  const sent = end?.transport.stats().bytesSent ?? 0;
  const bytesSent = sent - bytes;
  bytes = sent;
  const address = end?.transport.localEndpoint(end.port).address ?? "";
  return { address, cpuUs: user + system, bytesSent };
}

async function obey(order: IdleOrder): Promise<IdleReport> {
  if (order.say === "open") end = await open(order.transport);
  else if (order.say === "watch" && end !== undefined) {
    const { transport, port } = end;
    for (const address of order.addresses) {
      const peer = transport.peer({ address: address as Address, incarnation: ANY_INCARNATION });
      transport.watch(port, peer);
    }
  }
  return usage();
}

process.on("message", (order: IdleOrder) => {
  void obey(order).then((report) => process.send?.(report));
});
process.on("disconnect", () => process.exit(0));
