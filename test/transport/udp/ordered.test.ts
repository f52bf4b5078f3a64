import { expect, test } from "vitest";
import { seededRandom } from "../../../src/core/random.ts";
import { RETURN_TO_SENDER } from "../../../src/transport/transport.ts";
import { chaos, token, UNDECODABLE, VirtualNet } from "./virtual-net.ts";

const ms = (n: number) => n * 1000;
const ORDERED = { options: { order: "peer" } } as const;

test("in order, large and small, through loss, doubles and jitter", () => {
  const weather = { loss: 0.2, twice: 0.1, jitterUs: 30_000 };
  const net = new VirtualNet(chaos(seededRandom("order"), weather));
  const a = net.node(1, ORDERED);
  // The receiver needs no option.
  const b = net.node(2);
  const bodies = Array.from({ length: 200 }, (_, n) => `${n}`.padEnd(n % 7 === 0 ? 5_000 : 10));
  for (const [n, body] of bodies.entries()) {
    a.send(a.peer(b), body, token(n + 1));
    b.send(b.peer(a), body);
    net.advance(ms(3));
  }
  net.advance(ms(5_000));
  expect(b.received).toEqual(bodies);
  expect(a.received).not.toEqual(bodies);
  expect(a.received.sort()).toEqual([...bodies].sort());
  expect(a.verdicts.every((verdict) => verdict.endsWith("delivered"))).toBe(true);
  expect(b.protocol.heldBytes).toBe(0);
});

test("one that is declined holds up nobody", () => {
  const net = new VirtualNet();
  const a = net.node(1, ORDERED);
  const b = net.node(2);
  a.send(a.peer(b), "first");
  a.send(a.peer(b), Uint8Array.of(UNDECODABLE), token(1));
  a.send(a.peer(b), "third");
  net.advance(ms(500));
  expect(b.received).toEqual(["first", "third"]);
  expect(a.verdicts).toEqual(["1 refused invalid"]);
});

test("one that its sender took back holds up nobody either, even if nothing is sent after it", () => {
  const net = new VirtualNet();
  const a = net.node(1, ORDERED);
  const b = net.node(2);
  a.send(a.peer(b), "first");
  net.advance(ms(100));
  // Everything with the second message is lost, whatever carries it.
  net.fate = (from, _to, bytes) => (from === 1 && bytes.includes(0x7a) ? [] : [500]);
  a.send(a.peer(b), "zzzz", RETURN_TO_SENDER);
  net.flush(a);
  a.send(a.peer(b), "third", token(2));
  net.advance(ms(20));
  expect(b.received).toEqual(["first"]);
  expect(b.protocol.heldBytes).toBe(5);
  net.advance(ms(1_000));
  expect(a.verdicts).toEqual(["2 delivered"]);
  expect(a.events.filter(({ kind }) => kind === "return").length).toBe(1);
  expect(b.received).toEqual(["first", "third"]);
  expect(b.protocol.heldBytes).toBe(0);
});

test("what was acknowledged is handed over when the sender dies, with a gap", () => {
  const net = new VirtualNet();
  const a = net.node(1, ORDERED);
  const b = net.node(2);
  a.send(a.peer(b), "first");
  b.protocol.watch(b.peer(a), net.nowUs);
  net.advance(ms(100));
  net.fate = (from, _to, bytes) => (from === 1 && bytes.includes(0x7a) ? [] : [500]);
  a.send(a.peer(b), "zzzz");
  net.flush(a);
  a.send(a.peer(b), "third", token(1));
  net.advance(ms(10));
  expect(a.verdicts).toEqual(["1 delivered"]);
  a.paused = true;
  net.advance(ms(5_000));
  expect(b.received).toEqual(["first", "third"]);
  expect(b.protocol.heldBytes).toBe(0);
});
