import { SkipnetError } from "../../core/errors.ts";
import { isPacketTransport, parsePacketTransport } from "../../transport/sim/packet/packet-spec.ts";
import type { SimRunOptions } from "./options.ts";

/** What a node takes at most, measured at 100,000 nodes; and what the program takes without any. */
const BYTES_PER_NODE = 6_000;
const BYTES_BASE = 200e6;
/** The same with the real UDP protocol in each: its sessions, measured at 10,000 nodes. */
const BYTES_PER_PACKET_NODE = 250_000;
/** The same with our TCP and its connections, measured at 200 nodes. */
const BYTES_PER_TCP_NODE = 1_000_000;

/** More nodes than memory allows: said before starting, with the estimate. */
export function assertMemory(options: SimRunOptions): void {
  const nodes = options.nodes + options.extraJoins;
  const each = bytesPerNode(options.transport);
  const needed = BYTES_BASE + nodes * each;
  const available = process.availableMemory?.() ?? Number.POSITIVE_INFINITY;
  if (needed <= available) return;
  const gib = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GiB`;
  throw new SkipnetError(
    "E_OPTIONS",
    `${nodes} nodes take about ${gib(needed)}; ${gib(available)} are available. Simulate fewer nodes`,
  );
}

function bytesPerNode(transport: SimRunOptions["transport"]): number {
  if (!isPacketTransport(transport)) return BYTES_PER_NODE;
  const { scheme } = parsePacketTransport(transport);
  return scheme === "tcp" ? BYTES_PER_TCP_NODE : BYTES_PER_PACKET_NODE;
}
