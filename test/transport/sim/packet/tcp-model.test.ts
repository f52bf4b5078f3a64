import { describe, expect, test } from "vitest";
import { constantLatency } from "../../../../src/transport/sim/latency.ts";
import { CONGESTION_NAMES } from "../../../../src/transport/sim/packet/tcp/congestion.ts";
import { StreamReceiver } from "../../../../src/transport/sim/packet/tcp/receiver.ts";
import { RetransmissionTimer } from "../../../../src/transport/sim/packet/tcp/rto.ts";
import { Segment } from "../../../../src/transport/sim/packet/tcp/segment.ts";
import { SendBuffer } from "../../../../src/transport/sim/packet/tcp/send-buffer.ts";
import { advance, packetScene, type SceneOptions, Station } from "./scene.ts";

/** 10 Mbit/s, 30 ms round trip, a queue of 25 packets: the goodput test of the QUIC interop runner. */
const P2P: SceneOptions = {
  latency: constantLatency(15_000),
  up: { rateBitsPerSecond: 10e6, queuePackets: 25 },
};
const SECONDS = 20;

/** Share of the line's rate that each of these flows gets over the same uplink. */
async function shares(options: SceneOptions, flows: readonly (typeof CONGESTION_NAMES)[number][]) {
  const simulation = packetScene(options);
  const [a, b] = [new Station(simulation, 0), new Station(simulation, 1)];
  const made = flows.map((congestion) => simulation.bulkFlow(a.port, b.port, congestion));
  await advance(simulation, 2_000);
  const before = made.map(({ receivedBytes }) => receivedBytes);
  await advance(simulation, SECONDS * 1_000);
  return made.map((flow, i) => {
    const bits = (flow.receivedBytes - (before[i] as number)) * 8;
    return { ...flow, share: bits / (10e6 * SECONDS), retransmits: flow.retransmits };
  });
}

describe("the model of TCP", () => {
  for (const congestion of CONGESTION_NAMES) {
    test(`${congestion} fills a line, headers aside, and its queue makes it lose now and then`, async () => {
      const [flow] = await shares(P2P, [congestion]);
      expect(flow?.share).toBeGreaterThan(0.85);
      // 1,448 of 1,500 bytes are its own.
      expect(flow?.share).toBeLessThan(1_448 / 1_500 + 0.001);
      expect(flow?.retransmits).toBeGreaterThan(3);
    });

    test(`${congestion} is throttled by random loss as the square-root law says`, async () => {
      const [flow] = await shares({ ...P2P, path: { loss: 0.02 } }, [congestion]);
      // Mathis et al.: MSS / RTT * 1.22 / sqrt(p) = 3.3 Mbit/s without queueing.
      expect(flow?.share).toBeGreaterThan(0.15);
      expect(flow?.share).toBeLessThan(0.6);
    });
  }

  test("two equal flows share a line", async () => {
    const [one, two] = await shares(P2P, ["newreno", "newreno"]);
    const both = (one?.share ?? 0) + (two?.share ?? 0);
    expect(both).toBeGreaterThan(0.85);
    expect((one?.share ?? 0) / both).toBeGreaterThan(0.3);
    expect((one?.share ?? 0) / both).toBeLessThan(0.7);
  });

  test("its timeout has a floor of 200 ms above the round trip, and doubles", () => {
    const timer = new RetransmissionTimer();
    expect(timer.rtoUs).toBe(1_000_000);
    for (let i = 0; i < 50; i++) timer.sample(30_000);
    expect(timer.rtoUs).toBe(230_000);
    timer.backoffs = 3;
    expect(timer.rtoUs).toBe(8 * 230_000);
  });

  test("its receiver puts pieces in order and names what came early, the latest first", () => {
    const receiver = new StreamReceiver();
    const piece = (seq: number, length: number) =>
      new Segment({ seq, payload: new Uint8Array(length).fill(seq) });
    expect(receiver.take(piece(0, 10))).toBe(true);
    expect(receiver.take(piece(20, 10))).toBe(true);
    expect(receiver.take(piece(40, 10))).toBe(true);
    expect(receiver.take(piece(40, 10)), "twice").toBe(false);
    expect(receiver.sacks()).toEqual([
      { start: 40, end: 50 },
      { start: 20, end: 30 },
    ]);
    expect(receiver.take(piece(5, 15)), "overlapping").toBe(true);
    expect(receiver.next).toBe(30);
    expect(receiver.take(piece(30, 10))).toBe(true);
    expect(receiver.sacks()).toEqual([]);
    const lengths = receiver.read().map(({ length }) => length);
    expect(lengths.reduce((sum, length) => sum + length, 0)).toBe(50);
    expect(receiver.unread).toBe(0);
  });

  test("its send buffer gives the bytes back as they were written, in pieces of any size", () => {
    const buffer = new SendBuffer();
    const written = Array.from({ length: 300 }, (_, i) => i % 251);
    for (let i = 0; i < 300; i += 7) buffer.write(Uint8Array.from(written.slice(i, i + 7)));
    const read: number[] = [];
    for (let size = 1; buffer.bytes > 0; size = (size * 3) % 17 || 1)
      read.push(...buffer.take(size));
    expect(read).toEqual(written);
  });
});
