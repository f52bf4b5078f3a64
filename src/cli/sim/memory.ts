import { SkipnetError } from "../../core/errors.ts";
import { levelsFor, overlayOptions } from "../../overlay/options.ts";
import { isPacketTransport, parsePacketTransport } from "../../transport/sim/packet/packet-spec.ts";
import type { SimRunOptions } from "./options.ts";

/** The program without any node. */
const BYTES_BASE = 150e6;
/** A node, its contact, host, timers and share of the events, without its tables: measured at 100,000 nodes. */
const BYTES_PER_NODE = 900;
/** A slot of a table: four, and their column may just have been copied into one twice as long. */
const BYTES_PER_SLOT = 12;
/** Hops and time of a lookup, in lists that may just have grown. */
const BYTES_PER_LOOKUP = 40;
/** A node with the real UDP protocol in it: its sessions, measured at 10,000 nodes. */
const BYTES_PER_PACKET_NODE = 250_000;
/** The same with our TCP and its connections, measured at 200 nodes. */
const BYTES_PER_TCP_NODE = 1_000_000;

/** What a run takes at most, bytes; a run of ordinary options takes about two thirds of it. */
export function estimateBytes(options: SimRunOptions): number {
  const nodes = options.nodes + options.extraJoins;
  return BYTES_BASE + nodes * bytesPerNode(options) + options.lookups * BYTES_PER_LOOKUP;
}

/**
 * Throws `E_LIMIT` before a run that takes more than is free, with both figures; unless `isForced`:
 * an estimate may be wrong. `availableBytes` left out: what the machine says.
 */
export function assertMemory(
  options: SimRunOptions,
  isForced: boolean,
  availableBytes = process.availableMemory?.() ?? Number.POSITIVE_INFINITY,
): void {
  const needed = estimateBytes(options);
  if (isForced || needed <= availableBytes) return;
  const gib = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GiB`;
  const nodes = options.nodes + options.extraJoins;
  const spare = availableBytes - (needed - nodes * bytesPerNode(options));
  const fitting = Math.max(0, Math.floor(spare / bytesPerNode(options)));
  throw new SkipnetError(
    "E_LIMIT",
    `${nodes} nodes and ${options.lookups} lookups take up to ${gib(needed)}; ${gib(availableBytes)} are available. ` +
      `Simulate at most ${fitting} nodes, or try with --force`,
  );
}

function bytesPerNode({ transport, overlay }: SimRunOptions): number {
  if (isPacketTransport(transport)) {
    const { scheme } = parsePacketTransport(transport);
    return scheme === "tcp" ? BYTES_PER_TCP_NODE : BYTES_PER_PACKET_NODE;
  }
  const options = overlayOptions(overlay);
  const width = options.dense ? options.k - 1 : 1;
  const slots = levelsFor(options) * 2 * width + options.leafSetSize;
  return BYTES_PER_NODE + slots * BYTES_PER_SLOT;
}
