import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { jsonLog } from "../../src/core/live/log.ts";
import { LogFile } from "../../src/core/live/log-file.ts";

/** Prints what a log line costs: `npx tsx bench/suites/log.ts`. */
const LINES = 100_000;
const ROUNDS = 5;

const directory = mkdtempSync(join(tmpdir(), "skipnet-bench-log-"));

function nsPerLine(write: (i: number) => void): number {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round++) {
    const start = process.hrtime.bigint();
    for (let i = 0; i < LINES; i++) write(i);
    best = Math.min(best, Number(process.hrtime.bigint() - start) / LINES);
  }
  return best;
}

const toFile = jsonLog({
  node: "com.example.host1",
  sink: new LogFile({ file: join(directory, "a") }),
});
const toNowhere = jsonLog({ node: "com.example.host1", sink: { write() {} } });
const fields = (i: number) => ({
  messageId: i,
  traceId: "9f3c01",
  to: "com.example.host2",
  hops: 3,
});

const results = {
  "written to a file": nsPerLine((i) => toFile.info("route.forward", fields(i))),
  "formatted, not written": nsPerLine((i) => toNowhere.info("route.forward", fields(i))),
  "below the level": nsPerLine((i) => toNowhere.debug("route.forward", fields(i))),
  "not asked for": nsPerLine((i) => {
    if (toNowhere.debugging) toNowhere.debug("route.forward", fields(i));
  }),
};
rmSync(directory, { recursive: true });
for (const [what, ns] of Object.entries(results)) {
  process.stdout.write(`${what.padEnd(24)} ${ns.toFixed(0).padStart(7)} ns/line\n`);
}
