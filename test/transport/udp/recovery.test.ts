import { expect, test } from "vitest";
import { udpOptions } from "../../../src/transport/udp/options.ts";
import { LossEstimator } from "../../../src/transport/udp/session/loss.ts";
import { RetryBudget } from "../../../src/transport/udp/session/retry-budget.ts";
import { RttEstimator } from "../../../src/transport/udp/session/rtt.ts";
import { token, VirtualNet } from "./virtual-net.ts";

const ms = (n: number) => n * 1000;

/** Two nodes 40 ms apart, acquainted, of which `lost` datagrams (numbered from now) do not arrive. */
function apart(lost: readonly number[]) {
  let sent = Number.NEGATIVE_INFINITY;
  const net = new VirtualNet(() => (lost.includes(sent++) ? [] : [ms(20)]));
  const a = net.node(1);
  const b = net.node(2);
  for (let n = 0; n < 40; n++) {
    a.send(a.peer(b), `before ${n}`);
    net.advance(ms(50));
  }
  net.advance(ms(500));
  sent = 0;
  net.recording = true;
  b.events.length = 0;
  return { net, a, b, toB: a.peer(b), startUs: net.nowUs };
}

const lines = (net: VirtualNet, startUs: number): string =>
  net.conversation
    .map((line) => {
      const atMs = Number(line.slice(0, 7)) - (startUs - 1_000_000) / 1000;
      return `${atMs.toFixed(1).padStart(6)}${line.slice(7)}`;
    })
    .join("\n");

test("the lost end of a flight is asked about one probe timeout after it left", () => {
  const { net, a, b, toB, startUs } = apart([2, 3]);
  for (let n = 1; n <= 4; n++) {
    a.send(toB, `message ${n}`, token(n));
    net.advance(ms(4));
  }
  net.advance(ms(500));
  expect(b.received.sort()).toEqual(["message 1", "message 2", "message 3", "message 4"]);
  expect(lines(net, startUs)).toMatchInlineSnapshot(`
    "   0.0 1 > 2 #40 message 40:9B
       4.0 1 > 2 #41 message 41:9B
       8.0 1 > 2 #42 message 42:9B  LOST
      12.0 1 > 2 #43 message 43:9B  LOST
      25.0 2 > 1 #40 ack(41 11111111111111111111111111111111)
      62.1 1 > 2 #44 message 43:9B message 42:9B !
      82.1 2 > 1 #41 ack(44 11111111111111111111111111111100)"
  `);
  expect(b.protocol.counters.duplicates).toBe(0);
});

test("a probe's copy on the way, the original that is given up meanwhile is not sent a third time", () => {
  const { net, a, b, toB, startUs } = apart([0]);
  a.send(toB, "lost", token(1));
  net.advance(ms(44));
  a.send(toB, "overtakes", token(2));
  net.advance(ms(500));
  expect(b.received.sort()).toEqual(["lost", "overtakes"]);
  expect(lines(net, startUs)).toMatchInlineSnapshot(`
    "   0.0 1 > 2 #40 message 40:4B  LOST
      44.0 1 > 2 #41 message 41:9B
      50.1 1 > 2 #42 message 40:4B !
      64.0 2 > 1 #40 ack(41 11111111111111111111111111111110)
      70.1 2 > 1 #41 ack(42 11111111111111111111111111111101)"
  `);
  expect(b.protocol.counters.duplicates).toBe(0);
});

test("what arrives twice is reported, and reordering is learnt from it", () => {
  const { net, a, b, toB } = apart([]);
  // Every third datagram takes 15 ms longer: given up too early at first.
  let sent = 0;
  net.fate = (from) => [from === 1 && sent++ % 3 === 0 ? ms(35) : ms(20)];
  const repeatedOf: number[] = [];
  for (let round = 0; round < 10; round++) {
    const before = b.protocol.counters.duplicates;
    for (let n = 0; n < 30; n++) {
      a.send(toB, `${round}.${n}`);
      net.advance(ms(5));
    }
    net.advance(ms(200));
    repeatedOf.push(b.protocol.counters.duplicates - before);
  }
  expect(b.received.length).toBe(300);
  expect(repeatedOf[0]).toBeGreaterThan(0);
  expect(repeatedOf.slice(1)).toEqual(Array(9).fill(0));
});

test("into a black hole goes a probe a round, not the same bytes again and again", () => {
  const { net, a, b, toB } = apart([]);
  for (let n = 0; n < 400; n++) a.send(toB, new Uint8Array(1_000));
  net.advance(ms(1));
  const before = a.protocol.counters.bytesSent;
  // What is there is lost, and so is everything after, but for one answer.
  let answers = 0;
  net.fate = (from) => (from === 2 && answers++ === 0 ? [ms(20)] : []);
  net.advance(ms(300));
  const again = a.protocol.counters.bytesSent - before;
  expect(again).toBeLessThan(60_000);
  expect(b.received.length).toBeGreaterThan(0);
});

test("the reorder window grows with packets that were only late, and calms down again", () => {
  const options = udpOptions();
  const rtt = new RttEstimator(options);
  for (let i = 0; i < 50; i++) rtt.sample(40_000, 0);
  const loss = new LossEstimator(options, rtt);
  const still = loss.reorderAgeUs;
  // As late as it was, once it is known.
  loss.spurious(65_000);
  expect(loss.reorderAgeUs).toBe(still + 25_000);
  loss.spurious(300_000);
  expect(loss.reorderAgeUs).toBe(still + 40_000);
  for (let i = 0; i < 5_000; i++) loss.acknowledged();
  expect(loss.reorderAgeUs).toBe(still + 40_000);
  // Sixteen recoveries without a mistake halve it; losses of one flight are one recovery.
  let nowUs = 0;
  const recoveries = (count: number) => {
    for (let i = 0; i < count; i++) {
      nowUs += 1_000;
      for (let k = 0; k < 5; k++) loss.lost(nowUs - 500, nowUs);
    }
  };
  recoveries(15);
  expect(loss.reorderAgeUs).toBe(still + 40_000);
  recoveries(1);
  expect(loss.reorderAgeUs).toBe(still + 20_000);
  recoveries(16 * 5);
  expect(loss.reorderAgeUs).toBe(still);
  for (let i = 0; i < 500; i++) loss.lost(0, 0);
  expect(loss.loss).toBe(options.lossCeiling);
  for (let i = 0; i < 500; i++) loss.acknowledged();
  expect(loss.loss).toBe(options.lossFloor);
});

test("duplicates that nothing explains widen the reorder window, whatever order the reports come in", () => {
  const options = udpOptions();
  const rtt = new RttEstimator(options);
  for (let i = 0; i < 50; i++) rtt.sample(40_000, 0);
  const loss = new LossEstimator(options, rtt);
  const still = loss.reorderAgeUs;
  loss.probed();
  loss.duplicatesReported(1);
  expect(loss.reorderAgeUs).toBe(still);
  loss.duplicatesReported(3);
  expect(loss.reorderAgeUs).toBe(still + 10_000);
  loss.duplicatesReported(2);
  loss.duplicatesReported(3);
  expect(loss.reorderAgeUs).toBe(still + 10_000);
  loss.restart();
  loss.duplicatesReported(0xffff);
  expect(loss.reorderAgeUs).toBe(still + 10_000);
  loss.duplicatesReported(1);
  expect(loss.reorderAgeUs).toBe(still + 20_000);
});

test("what may be sent again is earned by what arrives", () => {
  const budget = new RetryBudget(0.5, 1_000);
  budget.spend(1_000);
  expect(budget.open).toBe(false);
  budget.earn(100);
  expect(budget.open).toBe(true);
  budget.spend(50);
  expect(budget.open).toBe(false);
  budget.relax();
  expect(budget.open).toBe(true);
  budget.spend(1);
  expect(budget.open).toBe(false);
  budget.earn(1_000_000);
  budget.spend(999);
  expect(budget.open).toBe(true);
  budget.spend(1);
  expect(budget.open).toBe(false);
});
