import { DELAY_NAMES, measureHold } from "./hold.ts";
import { QUEUE_KINDS } from "./queues.ts";

/** Measures one queue in a process of its own: `worker.ts QUEUE PENDING DELAYS HOLDS`. Prints JSON. */
const [name, pending, delays, holds] = process.argv.slice(2);
const kind = QUEUE_KINDS.find((candidate) => candidate.name === name);
const distribution = DELAY_NAMES.find((candidate) => candidate === delays);
if (kind === undefined || distribution === undefined)
  throw new RangeError("no such queue or delays");
const figures = measureHold(kind, Number(pending), distribution, Number(holds));
process.stdout.write(JSON.stringify(figures));
