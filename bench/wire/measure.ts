import type { MessageCodec } from "../../src/wire/codec.ts";
import type { Format } from "./formats.ts";
import type { Group } from "./groups.ts";

/** One format on one group of messages. */
export interface Measured {
  readonly format: string;
  /** Mean over the messages. */
  readonly bytes: number;
  /** Median of the runs, per message. */
  readonly encodeUs: number;
  readonly decodeUs: number | undefined;
}

export interface MeasuredGroup {
  readonly group: string;
  readonly messages: number;
  /** Of `sizeOf`, per message. */
  readonly sizeUs: number;
  readonly formats: readonly Measured[];
}

/** A run goes on at least this long, or the clock decides the result. */
const RUN_MS_MIN = 2;

/** Bytes and time of one group of messages in all formats: medians of the runs. */
export function measureGroup(
  { name, messages }: Group,
  formats: readonly Format[],
  codec: MessageCodec,
  runs: number,
): MeasuredGroup {
  return {
    group: name,
    messages: messages.length,
    sizeUs: medianUs(messages, codec.sizeOf, runs),
    formats: formats.map((format) => measureFormat(format, messages, runs)),
  };
}

function measureFormat(format: Format, messages: Group["messages"], runs: number): Measured {
  const encoded = messages.map((message) => format.encode(message));
  const bytes = encoded.reduce((sum, one) => sum + one.length, 0) / encoded.length;
  const decodable = encoded.filter((one) => one.length > 0);
  return {
    format: format.name,
    bytes,
    encodeUs: medianUs(messages, format.encode, runs),
    decodeUs: format.decode === undefined ? undefined : medianUs(decodable, format.decode, runs),
  };
}

/** Microseconds for one of the items, the median of several runs over all. */
function medianUs<T>(items: readonly T[], run: (item: T) => unknown, runs: number): number {
  let rounds = 1;
  const once = (): number => {
    const start = performance.now();
    for (let round = 0; round < rounds; round++) for (const item of items) run(item);
    return performance.now() - start;
  };
  // Also warms up.
  while (once() < RUN_MS_MIN) rounds *= 2;
  const timesMs = Array.from({ length: runs }, once).sort((a, b) => a - b);
  return ((timesMs[runs >> 1] as number) * 1_000) / (rounds * items.length);
}
