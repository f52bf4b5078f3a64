import { type UdpOptions, udpOptions } from "../../src/transport/udp/options.ts";
import { CubicFlow } from "./cubic-flow.ts";
import type { LinkSetup } from "./link.ts";
import { keepSending, pairOf, percentile, runStream, sprinkle } from "./workloads.ts";

/** One line of the table: what was asked for and what came out. */
export interface Figure {
  readonly what: string;
  readonly unit: string;
  readonly atLeast?: number;
  readonly atMost?: number;
  readonly measured: number;
}

export function isMet({ measured, atLeast, atMost }: Figure): boolean {
  return measured >= (atLeast ?? Number.NEGATIVE_INFINITY) && measured <= (atMost ?? Infinity);
}

const wan = (changes: Partial<UdpOptions> = {}): UdpOptions =>
  udpOptions({ preset: "wan", ...changes });
const atMost = (what: string, unit: string, limit: number, measured: number): Figure => ({
  what,
  unit,
  atMost: limit,
  measured,
});
const atLeast = (what: string, unit: string, limit: number, measured: number): Figure => ({
  what,
  unit,
  atLeast: limit,
  measured,
});

/** Small messages one way, 64 B every 20 ms. */
export function streamFigures(seed: string, messages: number): Figure[] {
  const run = (link: LinkSetup) =>
    runStream(pairOf(seed, wan(), link), { count: messages, bytes: 64, everyUs: 20_000 });
  const figures: Figure[] = [];
  const some = run({ delayUs: 50_000, loss: 0.05 });
  const at5 = "64 B / 20 ms, RTT 100 ms, 5 % loss:";
  figures.push(
    atMost(`${at5} one way p90`, "ms", 55, percentile(some.ms, 0.9)),
    atMost(`${at5} p99`, "ms", 200, percentile(some.ms, 0.99)),
    atMost(`${at5} p99.9`, "ms", 300, percentile(some.ms, 0.999)),
    atMost(`${at5} duplicates`, "%", 1, 100 * some.duplicatesPerMessage),
    atMost(`${at5} bytes a message`, "B", 165, some.bytesPerMessage),
    atMost(`${at5} undelivered`, "", 0, some.sent - some.ms.length),
  );
  const much = run({ delayUs: 50_000, loss: 0.2 });
  const at20 = "the same at 20 %:";
  figures.push(
    atMost(`${at20} p50`, "ms", 50, percentile(much.ms, 0.5)),
    atMost(`${at20} p99`, "ms", 400, percentile(much.ms, 0.99)),
    atMost(`${at20} undelivered`, "", 0, much.sent - much.ms.length),
  );
  const jitter = run({ delayUs: 200_000, jitterUs: 200_000 });
  figures.push(
    atMost("RTT 600 ± 200 ms: sent again", "a message", 0.02, jitter.retransmitsPerMessage),
  );
  return figures;
}

/** Requests of 1 KiB and answers of as much, RTT 50 ms. */
export function requestFigures(seed: string, requests: number): Figure[] {
  const figures: Figure[] = [];
  const run = (loss: number, everyUs: number) => {
    const pair = pairOf(seed, wan(), { delayUs: 25_000, loss });
    return runStream(pair, { count: requests, bytes: 1_024, everyUs, answered: true });
  };
  const limits: readonly (readonly [number, number])[] = [
    [0, 55],
    [0.01, 125],
    [0.05, 150],
    [0.1, 200],
  ];
  for (const [loss, p99] of limits) {
    const { ms, sent } = run(loss, 5_000);
    const what = `1 KiB requests, 200/s, RTT 50 ms, ${100 * loss} % loss:`;
    figures.push(
      atMost(`${what} p50`, "ms", 53, percentile(ms, 0.5)),
      atMost(`${what} p99`, "ms", p99, percentile(ms, 0.99)),
      atMost(`${what} unanswered`, "", 0, sent - ms.length),
    );
  }
  const sparse = run(0.1, 50_000);
  figures.push(atMost("the same, 20/s, 10 %: p99", "ms", 260, percentile(sparse.ms, 0.99)));
  return figures;
}

const NARROW: LinkSetup = { delayUs: 15_000, bitsPerSecond: 10e6, queuePackets: 25 };
const LARGE_BYTES = 64 << 10;
const IN_FLIGHT = 16;

/** Messages of 64 KiB, as many as the path takes. */
export function bulkFigures(seed: string, seconds: number): Figure[] {
  const goodput = (link: LinkSetup): number => {
    const back = { delayUs: link.delayUs, loss: link.loss ?? 0 };
    const pair = pairOf(seed, wan(), link, back);
    const received = keepSending(pair, LARGE_BYTES, IN_FLIGHT);
    pair.time.runUntil(pair.time.nowUs + seconds * 1e6);
    return (received() * 8) / seconds;
  };
  const share = (link: LinkSetup) => (100 * goodput(link)) / 10e6;
  const wide: LinkSetup = {
    delayUs: 25_000,
    bitsPerSecond: 50e6,
    queuePackets: 333,
    loss: 0.01,
  };
  const pair = pairOf(seed, wan(), wide, { delayUs: 25_000, loss: 0.01 });
  const small = sprinkle(pair, 64, 10_000);
  const received = keepSending(pair, LARGE_BYTES, IN_FLIGHT);
  pair.time.runUntil(pair.time.nowUs + seconds * 1e6);
  const sorted = small.sort((a, b) => a - b);
  return [
    atLeast("bulk, 10 Mbit/s, RTT 30 ms, queue 25: goodput", "%", 90, share(NARROW)),
    atLeast("the same, 2 % loss", "%", 70, share({ ...NARROW, loss: 0.02 })),
    atLeast("bulk, 50 Mbit/s, RTT 50 ms, 1 % loss", "Mbit/s", 45, (received() * 8) / seconds / 1e6),
    atMost("64 B sent meanwhile: one way p99", "ms", 80, percentile(sorted, 0.99)),
  ];
}

/** Beside one CUBIC flow, and who comes first must not matter. */
export function sharingFigures(seed: string, seconds: number): Figure[] {
  const share = (oursAtUs: number, cubicAtUs: number, options: UdpOptions): number => {
    const pair = pairOf(seed, options, NARROW, { delayUs: NARROW.delayUs });
    const cubic = new CubicFlow(pair.time, pair.there, pair.back);
    let received = (): number => 0;
    pair.time.after(cubicAtUs, () => cubic.start());
    pair.time.after(oursAtUs, () => {
      received = keepSending(pair, LARGE_BYTES, IN_FLIGHT);
    });
    pair.time.runUntil(pair.time.nowUs + Math.max(oursAtUs, cubicAtUs));
    const [ours, theirs] = [received(), cubic.deliveredBytes];
    pair.time.runUntil(pair.time.nowUs + seconds * 1e6);
    const got = received() - ours;
    return (100 * got) / (got + cubic.deliveredBytes - theirs);
  };
  const fair = (what: string, measured: number): Figure => ({
    what: `share beside one CUBIC flow, ${what}`,
    unit: "%",
    atLeast: 35,
    atMost: 65,
    measured,
  });
  const idle = wan({ traffic: "background" });
  return [
    fair("both at once", share(0, 0, wan())),
    fair("it first", share(5e6, 0, wan())),
    fair("we first", share(0, 5e6, wan())),
    atMost("traffic=background beside one CUBIC flow: share", "%", 20, share(2e6, 0, idle)),
  ];
}
