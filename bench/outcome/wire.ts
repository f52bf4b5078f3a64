import { delayQuantileUs } from "../../src/transport/delay-histogram.ts";
import type { TransportStats } from "../../src/transport/transport.ts";
import type { WireResult } from "../results.ts";
import { type MessageSizes, negated, sumSizes } from "../trace/message-sizes.ts";

/** Bytes before and after compression. */
export interface CompressionStats {
  readonly rawBytes: number;
  readonly compressedBytes: number;
  readonly compressedMessages: number;
}

/** The counters of one process at one moment. */
export interface Counters {
  readonly transport: TransportStats;
  readonly compression: CompressionStats | undefined;
  /** What the messages took that were sent; undefined before any was measured. */
  readonly sizes: MessageSizes | undefined;
  /** Processor time since the process began, milliseconds. */
  readonly cpuMs: number;
}

/** What one process counted between two moments. */
export interface CounterSpan {
  readonly from: Counters;
  readonly to: Counters;
}

/** Traffic of all processes between the two moments, counted where it was sent. */
export function wireOf(spans: readonly CounterSpan[]): WireResult {
  const total = (read: (stats: TransportStats) => number): number =>
    spans.reduce(
      (sum, { from, to }) => sum + Math.max(0, read(to.transport) - read(from.transport)),
      0,
    );
  const byType: Record<string, { count: number; bytes: number }> = {};
  for (const { from, to } of spans) {
    for (const [type, { count, bytes }] of Object.entries(to.transport.byType)) {
      const before = from.transport.byType[type];
      const sum = byType[type] ?? { count: 0, bytes: 0 };
      byType[type] = sum;
      sum.count += Math.max(0, count - (before?.count ?? 0));
      sum.bytes += Math.max(0, bytes - (before?.bytes ?? 0));
    }
  }
  for (const [type, { count }] of Object.entries(byType)) if (count === 0) delete byType[type];
  const encoded = Object.values(byType).reduce((sum, { bytes }) => sum + bytes, 0);
  const compression = compressionOf(spans);
  return {
    messages: total((stats) => stats.messagesSent),
    bytes: total((stats) => stats.bytesSent),
    datagrams: total((stats) => stats.datagramsSent),
    retransmits: total((stats) => stats.retransmits),
    duplicates: total((stats) => stats.duplicates),
    revived: total((stats) => stats.revived),
    probeBytes: total((stats) => stats.probeBytes),
    ...heldUpOf(spans),
    ...(compression ?? { rawBytes: encoded, compressedBytes: encoded, compressedMessages: 0 }),
    byType,
    ...sizesOf(spans),
  };
}

/** What messages waited between the two moments; nothing where nobody measured. */
function heldUpOf(spans: readonly CounterSpan[]): Pick<WireResult, "heldUpMs"> {
  const counts: number[] = [];
  for (const { from, to } of spans) {
    for (const [bucket, count] of (to.transport.heldUp ?? []).entries()) {
      const since = Math.max(0, count - (from.transport.heldUp?.[bucket] ?? 0));
      counts[bucket] = (counts[bucket] ?? 0) + since;
    }
  }
  const [p50, p99] = [delayQuantileUs(counts, 0.5), delayQuantileUs(counts, 0.99)];
  if (p50 === undefined || p99 === undefined) return {};
  return { heldUpMs: { p50: p50 / 1_000, p99: p99 / 1_000 } };
}

/** What messages that were sent between the two moments took; nothing where nobody measured. */
function sizesOf(spans: readonly CounterSpan[]): Pick<WireResult, "sizes"> {
  const to = spans.flatMap((span) => span.to.sizes ?? []);
  if (to.length === 0) return {};
  const from = spans.flatMap((span) =>
    span.to.sizes === undefined ? [] : (span.from.sizes ?? []),
  );
  return { sizes: sumSizes([...to, ...from.map(negated)]) };
}

function compressionOf(spans: readonly CounterSpan[]): CompressionStats | undefined {
  const total = (read: (stats: CompressionStats) => number): number | undefined => {
    let sum: number | undefined;
    for (const { from, to } of spans) {
      if (to.compression === undefined) continue;
      const before = from.compression === undefined ? 0 : read(from.compression);
      sum = (sum ?? 0) + Math.max(0, read(to.compression) - before);
    }
    return sum;
  };
  const rawBytes = total((stats) => stats.rawBytes);
  const compressedBytes = total((stats) => stats.compressedBytes);
  const compressedMessages = total((stats) => stats.compressedMessages);
  if (rawBytes === undefined || compressedBytes === undefined) return undefined;
  return { rawBytes, compressedBytes, compressedMessages: compressedMessages ?? 0 };
}

/** Processor time of all processes between the two moments, milliseconds. */
export function cpuMsOf(spans: readonly CounterSpan[]): number {
  return spans.reduce((sum, { from, to }) => sum + Math.max(0, to.cpuMs - from.cpuMs), 0);
}
