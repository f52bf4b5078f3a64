import { expect, test } from "vitest";
import { seededRandom } from "../../../src/core/random.ts";
import type { UdpOptions } from "../../../src/transport/udp/options.ts";
import { FRAME_CREDIT } from "../../../src/transport/udp/packet/packet.ts";
import { PacketReader } from "../../../src/transport/udp/packet/packet-reader.ts";
import { token, VirtualNet } from "./virtual-net.ts";

const ms = (n: number) => n * 1000;
const MINUTE_US = 60_000_000;

/** A node whose program reads nothing until it is told to. */
function deaf(net: VirtualNet, port: number, options: Partial<UdpOptions>) {
  const node = net.node(port, { options });
  node.reads = false;
  return node;
}

test("a peer that never reads: the sender is told slow, then full, and both stay within their bounds", () => {
  const net = new VirtualNet();
  const options = { inboxMessages: 1_000, inboxBytes: 4 << 20, messageDeadlineUs: MINUTE_US };
  const a = net.node(1, { options: { ...options, queueMessages: 2_000 } });
  const b = deaf(net, 2, options);
  const toB = a.peer(b);
  const said = new Set<string>();
  let taken = 0;
  for (let n = 0; n < 6_000; n++) {
    const result = a.send(toB, new Uint8Array(100), token(n + 1));
    said.add(result);
    if (result !== "full") taken++;
    if (n % 50 === 0) net.advance(ms(10));
  }
  net.advance(ms(20_000));
  expect([...said].sort()).toEqual(["full", "sent", "slow"]);
  expect(b.protocol.counters.declined).toBe(0);
  expect(b.protocol.events.messages).toBeGreaterThan(500);
  expect(b.protocol.events.messages).toBeLessThanOrEqual(1_000);
  expect(a.protocol.heldBytes).toBeLessThanOrEqual(2_000 * 100);
  // It is there, and answers questions for credit.
  expect(a.peerStates).toEqual(["up heard"]);
  // Now it reads, and all that was taken arrives, once.
  b.reads = true;
  b.drain();
  net.advance(ms(5_000));
  expect(b.received.length).toBe(taken);
  expect(a.verdicts.length).toBe(taken);
  expect(a.verdicts.every((verdict) => verdict.endsWith("delivered"))).toBe(true);
  expect(a.events.some((event) => event.kind === "drain")).toBe(true);
});

test("bytes count as well as messages", () => {
  const net = new VirtualNet();
  const options = { inboxBytes: 5 << 20, messageDeadlineUs: MINUTE_US, windowMaxBytes: 16 << 20 };
  const a = net.node(1, { options: { ...options, queueBytes: 32 << 20 } });
  const b = deaf(net, 2, options);
  const toB = a.peer(b);
  for (let n = 0; n < 20; n++) {
    a.send(toB, new Uint8Array(1 << 20), token(n + 1));
    net.advance(ms(500));
  }
  expect(b.protocol.counters.declined).toBe(0);
  expect(b.protocol.events.messageBytes).toBeGreaterThanOrEqual(2 << 20);
  expect(b.protocol.events.messageBytes).toBeLessThanOrEqual(5 << 20);
  b.reads = true;
  b.drain();
  net.advance(ms(10_000));
  expect(b.received.length).toBe(20);
  expect(a.verdicts.filter((verdict) => verdict.endsWith("delivered")).length).toBe(20);
});

test("credit that is lost again and again stops nobody for good", () => {
  const random = seededRandom("lost credit");
  const net = new VirtualNet();
  const reader = new PacketReader();
  let lost = 0;
  net.fate = (from, _to, bytes) => {
    reader.parse(bytes);
    const credits = reader.frames.slice(0, reader.frameCount).some((f) => f.kind === FRAME_CREDIT);
    if (from === 2 && credits && random.chance(0.7)) {
      lost++;
      return [];
    }
    return [500];
  };
  const options = { inboxMessages: 20, messageDeadlineUs: 10 * MINUTE_US };
  const a = net.node(1, { options });
  const b = deaf(net, 2, options);
  for (let n = 0; n < 600; n++) a.send(a.peer(b), `${n}`, token(n + 1));
  for (let round = 0; round < 400; round++) {
    b.reads = round % 3 === 0;
    b.drain();
    net.advance(ms(500));
  }
  b.reads = true;
  b.drain();
  net.advance(ms(60_000));
  expect(lost).toBeGreaterThan(20);
  expect(a.peerStates).not.toContain("down silent");
  expect(a.verdicts.length).toBe(600);
  const delivered = a.verdicts.filter((verdict) => verdict.endsWith("delivered")).length;
  // What the first burst brought beyond the small inbox was declined, by name; nothing was lost.
  expect(delivered).toBe(b.received.length);
  expect(a.verdicts.every((verdict) => /delivered|refused queueFull/.test(verdict))).toBe(true);
  expect(delivered).toBeGreaterThan(340);
  expect(a.protocol.nextDeadlineUs).toBe(Number.POSITIVE_INFINITY);
});

test("a word about credit that was overtaken by a later one is not taken", () => {
  const net = new VirtualNet();
  const b = net.node(2);
  const a = net.node(1, { options: { messageDeadlineUs: MINUTE_US } });
  const held: Uint8Array[] = [];
  net.fate = (from, _to, bytes) => {
    if (from === 2 && held.length === 0) held.push(bytes.slice());
    return [500];
  };
  a.send(a.peer(b), "first", token(1));
  net.advance(ms(50));
  for (let n = 0; n < 5_000; n++) a.send(a.peer(b), "x", token(n + 2));
  net.advance(ms(500));
  // The first word again: it allows what is long used up.
  for (const bytes of held) net.inject(2, 1, bytes);
  net.advance(ms(10));
  for (let n = 0; n < 500; n++) a.send(a.peer(b), "y", token(n + 6_000));
  net.advance(ms(500));
  expect(a.verdicts.length).toBe(5_501);
  expect(a.verdicts.every((verdict) => verdict.endsWith("delivered"))).toBe(true);
});
