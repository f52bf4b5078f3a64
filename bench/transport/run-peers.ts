import { setTimeout as sleep } from "node:timers/promises";
import type { WireCounters } from "./contender.ts";
import { FineLatencies } from "./fine-latencies.ts";
import { Pair } from "./pair.ts";
import { LAN_TRANSPORT } from "./plan.ts";
import type { FirstContactResult, IdlePeersResult, WatchingResult } from "./results.ts";
import { checkAborted, groupOf, type RunContext } from "./run-context.ts";

/** What a process opened last may still be doing for so long. */
const SETTLE_MS = 1_500;
/** A contender that needs longer to reach all peers is measured with those that it has reached. */
const CROWD_BUDGET_MS = 20_000;
/** IPv4 and UDP headers of a datagram. */
const HEADER_BYTES = 28;
const TRIAL = 1;
/** Connected before memory is measured. */
const FIRST_PEERS = 16;
/** Watched for so long, after so long. */
const WATCH_MS = 10_000;
const WATCH_SETTLE_MS = 500;

/** What one pair tells about peers, as far as it was asked for. */
export interface PeerResults {
  readonly firstContacts: FirstContactResult[];
  readonly watching: WatchingResult[];
  readonly idlePeers: IdlePeersResult[];
}

/**
 * What a peer costs: one pair of processes for each contender, first contacts before there is a crowd.
 * Goes on without a contender that fails.
 */
export async function runPeers(
  contenders: readonly string[],
  context: RunContext,
  results: PeerResults,
): Promise<void> {
  const { parts } = context.options;
  for (const [index, contender] of contenders.entries()) {
    checkAborted(context.signal);
    context.progress("peers", contender, index / contenders.length);
    await using group = groupOf(context);
    try {
      const pair = await Pair.start(group, contender);
      const isCompared = contender !== LAN_TRANSPORT;
      if (isCompared && parts.includes("firstContact")) {
        results.firstContacts.push(await firstContacts(pair, context));
      }
      if (parts.includes("watching")) {
        results.watching.push(...(await watching(pair, context)));
      }
      if (isCompared && parts.includes("idlePeers")) {
        results.idlePeers.push(...(await idlePeers(pair, context)));
      }
    } catch (error) {
      context.skip(contender, error);
    }
  }
}

/** How long it takes to talk to an address never spoken to. */
async function firstContacts(
  { contender, client, address }: Pair,
  { options: { contacts } }: RunContext,
): Promise<FirstContactResult> {
  // Some unmeasured: the first of all also loads and compiles.
  await client.ask("firstContacts", { address, count: Math.ceil(contacts / 4) });
  const { histogram, failed } = await client.ask("firstContacts", { address, count: contacts });
  const latency = FineLatencies.fromBase64(histogram).summary();
  if (latency === undefined) throw new Error("no first contact was answered");
  const { p50, p99, max } = latency;
  return { contender, contacts, failed, p50Us: p50, p99Us: p99, maxUs: max };
}

/** What a process keeps of each peer that is connected and silent. */
async function idlePeers(
  { contender, facts, client, server, address }: Pair,
  { options }: RunContext,
): Promise<IdlePeersResult[]> {
  const most = Math.min(options.idlePeers, facts.idlePeersMax);
  if (most === 0) return [];
  const settle = Math.min(SETTLE_MS, options.patienceMs);
  // A few first: what is built once for all peers is not counted for one.
  const first = await client.ask("crowd", {
    address,
    count: Math.min(FIRST_PEERS, most),
    budgetMs: CROWD_BUDGET_MS,
  });
  await sleep(settle);
  const before = await server.ask("memory", null);
  const { count } = await client.ask("crowd", {
    address,
    count: first.count + most,
    budgetMs: CROWD_BUDGET_MS,
  });
  await sleep(settle);
  const after = await server.ask("memory", null);
  const peers = count - first.count;
  if (peers <= 0) throw new Error("no idle peer could be connected");
  return [
    {
      contender,
      peers,
      heapBytes: (after.heapBytes - before.heapBytes) / peers,
      rssBytes: (after.rssBytes - before.rssBytes) / peers,
    },
  ];
}

/** What it costs on the wire to watch a peer to which nothing is sent. */
async function watching(
  { contender, client, server, address }: Pair,
  { options }: RunContext,
): Promise<WatchingResult[]> {
  await client.ask("watch", { trial: TRIAL, address, watchers: 1, traffic: "idle" });
  await sleep(WATCH_SETTLE_MS);
  const before = await told(client, server);
  const beganMs = performance.now();
  await sleep(Math.min(WATCH_MS, options.patienceMs));
  const after = await told(client, server);
  const seconds = (performance.now() - beganMs) / 1_000;
  await client.ask("fault", { trial: TRIAL, atUs: 0, patienceMs: 0 });
  if (before === undefined || after === undefined) return [];
  const bytesPerSecond = (after.bytes - before.bytes) / seconds;
  const datagramsPerSecond = (after.datagrams - before.datagrams) / seconds;
  const wireBytesPerSecond = bytesPerSecond + HEADER_BYTES * datagramsPerSecond;
  return [{ contender, seconds, bytesPerSecond, wireBytesPerSecond, datagramsPerSecond }];
}

async function told(client: Pair["client"], server: Pair["server"]) {
  const both = await Promise.all([client.ask("watchCost", null), server.ask("tell", null)]);
  const wires = [both[0].wire, both[1].wire];
  const sum = { bytes: 0, datagrams: 0 };
  for (const wire of wires as readonly (WireCounters | undefined)[]) {
    if (wire === undefined) return undefined;
    sum.bytes += wire.bytesSent;
    sum.datagrams += wire.datagramsSent;
  }
  return sum;
}
