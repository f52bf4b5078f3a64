import { simulated } from "../papers/simulated-run.ts";
import type { ScaleCell } from "./cell.ts";
import { measureSuspended } from "./suspended.ts";

/** In a process of its own: `worker.ts run NODES LOOKUPS SEED`, or `worker.ts suspended OPERATIONS`. Prints JSON. */
const [what, ...words] = process.argv.slice(2);

async function cell(nodes: number, lookups: number, seed: string): Promise<ScaleCell> {
  globalThis.gc?.();
  const startBytes = process.memoryUsage.rss();
  const began = performance.now();
  const start = process.cpuUsage();
  const run = await simulated({ nodes, lookups, seed });
  const { user, system } = process.cpuUsage(start);
  const hops = run.lookups?.hops ?? [];
  return {
    nodes,
    cpuS: (user + system) / 1e6,
    wallS: (performance.now() - began) / 1000,
    peakBytes: process.resourceUsage().maxRSS * 1024,
    startBytes,
    messages: run.messages,
    events: run.events,
    lookups,
    hopsMean: hops.reduce((sum, count) => sum + count, 0) / Math.max(1, hops.length),
    joinMessages: Object.values(run.joins.phases).reduce((sum, count) => sum + count, 0),
    eventHash: run.eventHash,
  };
}

const result =
  what === "run"
    ? await cell(Number(words[0]), Number(words[1]), words[2] ?? "1")
    : await measureSuspended(Number(words[0]));
process.stdout.write(JSON.stringify(result));
