import { type Random, seededRandom } from "../../src/core/random.ts";
import { NO_TOKEN, type Token } from "../../src/transport/transport.ts";
import type { UdpOptions } from "../../src/transport/udp/options.ts";
import { EngineHost } from "./engine-host.ts";
import { IP_UDP_BYTES, Link, type LinkSetup } from "./link.ts";
import { VirtualTime } from "./virtual-time.ts";

/** Two hosts with a link each way. */
export interface Pair {
  readonly time: VirtualTime;
  readonly random: Random;
  readonly a: EngineHost;
  readonly b: EngineHost;
  readonly there: Link;
  readonly back: Link;
}

/** Two hosts on the engine, alike in everything; the same seed gives the same run. */
export function pairOf(
  seed: string,
  options: UdpOptions,
  there: LinkSetup,
  back: LinkSetup = there,
): Pair {
  const time = new VirtualTime();
  const random = seededRandom(seed, "xor128");
  const a = new EngineHost(time, 1, seed, options);
  const b = new EngineHost(time, 2, seed, options);
  const thereLink = new Link(time, random.fork("there"), there);
  const backLink = new Link(time, random.fork("back"), back);
  a.connect(thereLink, b);
  b.connect(backLink, a);
  return { time, random, a, b, there: thereLink, back: backLink };
}

/** What a run of small messages cost and took. */
export interface Latencies {
  /** Sorted, milliseconds. */
  readonly ms: readonly number[];
  readonly sent: number;
  /** Per message, both ways, with IP and UDP headers. */
  readonly bytesPerMessage: number;
  readonly retransmitsPerMessage: number;
  readonly duplicatesPerMessage: number;
}

/** The value below which this share lies. */
export function percentile(sorted: readonly number[], share: number): number {
  const at = Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1);
  return sorted[Math.max(0, at)] ?? Number.NaN;
}

interface Stream {
  readonly count: number;
  readonly bytes: number;
  readonly everyUs: number;
  /** The receiver answers with as many bytes; latency is that of the round trip. */
  readonly answered?: boolean;
}

/** Sends `count` messages, one every so often whatever comes of them, and waits for the stragglers. */
export function runStream(pair: Pair, stream: Stream): Latencies {
  const { time, a, b } = pair;
  const ms: number[] = [];
  const done = (body: Uint8Array): void => {
    const sentUs = new DataView(body.buffer, body.byteOffset).getFloat64(0);
    ms.push((time.nowUs - sentUs) / 1_000);
  };
  if (stream.answered === true) {
    b.onMessage = (from, body) => void b.send(from, body.slice());
    a.onMessage = (_from, body) => done(body);
  } else b.onMessage = (_from, body) => done(body);
  let left = stream.count;
  const next = (): void => {
    a.send(a.peer, stamped(time.nowUs, stream.bytes));
    if (--left > 0) time.after(stream.everyUs, next);
  };
  next();
  time.runUntil(time.nowUs + stream.count * stream.everyUs + 20_000_000);
  const both = [a.protocol.counters, b.protocol.counters];
  const sum = (of: (counters: (typeof both)[number]) => number): number =>
    both.reduce((total, counters) => total + of(counters), 0) / stream.count;
  return {
    ms: ms.sort((x, y) => x - y),
    sent: stream.count,
    bytesPerMessage: sum((c) => c.bytesSent + c.datagramsSent * IP_UDP_BYTES),
    retransmitsPerMessage: sum((c) => c.retransmits),
    duplicatesPerMessage: sum((c) => c.duplicates),
  };
}

function stamped(nowUs: number, bytes: number): Uint8Array {
  const body = new Uint8Array(Math.max(8, bytes));
  new DataView(body.buffer).setFloat64(0, nowUs);
  return body;
}

/** Keeps `window` messages of a size unanswered from `a` to `b`; returns a counter of bytes received. */
export function keepSending(pair: Pair, bytes: number, window: number): () => number {
  const { a, b } = pair;
  let received = 0;
  let token = 0;
  const body = new Uint8Array(bytes);
  const more = (): void => {
    token = (token % 0x7fff_fff0) + 1;
    a.send(a.peer, body, token as Token);
  };
  const heard = b.onMessage;
  b.onMessage = (from, got) => {
    if (got.length === bytes) received += got.length;
    else heard?.(from, got);
  };
  a.onEvent = (event) => {
    if (event.kind === "verdict") more();
  };
  for (let i = 0; i < window; i++) more();
  return () => received;
}

/** Small one-way messages beside whatever else runs; the returned list fills with milliseconds. */
export function sprinkle(pair: Pair, bytes: number, everyUs: number): number[] {
  const { time, a, b } = pair;
  const ms: number[] = [];
  b.onMessage = (_from, body) => {
    const sentUs = new DataView(body.buffer, body.byteOffset).getFloat64(0);
    ms.push((time.nowUs - sentUs) / 1_000);
  };
  const next = (): void => {
    a.send(a.peer, stamped(time.nowUs, bytes), NO_TOKEN);
    time.after(everyUs, next);
  };
  next();
  return ms;
}
