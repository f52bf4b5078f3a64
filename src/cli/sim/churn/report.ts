import type { ChurnResult } from "./run-churn.ts";

/** The part of the document of `skipnet sim --json`. */
export function churnDocument(churn: ChurnResult): object {
  const { lookups, ...rest } = churn;
  const { hops, latenciesUs, ...counts } = lookups;
  return {
    ...rest,
    lookups: {
      ...counts,
      hopsMean: mean(hops),
      latencyMs: {
        p50: percentile(latenciesUs, 0.5) / 1000,
        p90: percentile(latenciesUs, 0.9) / 1000,
        p99: percentile(latenciesUs, 0.99) / 1000,
      },
    },
  };
}

/** The same for people: rows of a table. */
export function churnRows(churn: ChurnResult, row: (what: string, value: string) => void): void {
  const { lookups, live } = churn;
  const { latenciesUs } = lookups;
  const ms = (share: number): string => (percentile(latenciesUs, share) / 1000).toFixed(0);
  row("churn: joins / leaves / crashes", `${churn.joins} / ${churn.leaves} / ${churn.crashes}`);
  row("gone before they were in / joins begun anew", `${churn.cutShort} / ${churn.retried}`);
  const counts = live.map(([, count]) => count);
  row(
    "nodes that were in: mean, least, most",
    `${churn.liveMean.toFixed(1)}, ${Math.min(...counts)}, ${Math.max(...counts)}`,
  );
  row("lookups of the second half", lookups.count.toLocaleString("en-US"));
  row(
    "failed / inconsistent / asker gone",
    `${lookups.failed} / ${lookups.inconsistent} / ${lookups.abandoned}`,
  );
  row("latency p50, p90, p99", `${ms(0.5)}, ${ms(0.9)}, ${ms(0.99)} ms`);
  row("messages a node and second", churn.messagesPerNodeSecond.toFixed(2));
  row("bytes a node and second", churn.bytesPerNodeSecond.toFixed(0));
  if (churn.idBytesPerNodeSecond !== undefined) {
    row("the same, 20 B and 4 B an ID", churn.idBytesPerNodeSecond.toFixed(1));
  }
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}

function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
}
