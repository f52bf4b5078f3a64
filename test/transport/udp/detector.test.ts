import { expect, test } from "vitest";
import { udpOptions } from "../../../src/transport/udp/options.ts";
import { VirtualNet, type VirtualNode } from "./virtual-net.ts";

const ms = (n: number) => n * 1_000;

/** One node that watches so many others, all of which have answered. */
function star(watched: number): { net: VirtualNet; hub: VirtualNode; others: VirtualNode[] } {
  const net = new VirtualNet();
  const hub = net.node(1);
  const others = Array.from({ length: watched }, (_, i) => net.node(2 + i));
  for (const other of others) hub.protocol.watch(hub.peer(other), net.nowUs);
  net.advance(ms(2_000));
  return { net, hub, others };
}

const downs = (node: VirtualNode): number =>
  node.peerStates.filter((state) => state.startsWith("down")).length;

test("a peer heard again after it was given up and forgotten is counted as a false alarm, once", () => {
  const net = new VirtualNet();
  const a = net.node(1);
  const b = net.node(2);
  const toB = a.peer(b);
  a.protocol.watch(toB, net.nowUs);
  net.advance(ms(100));
  net.fate = () => [];
  net.advance(ms(5_000));
  expect(a.peerStates).toContain("down silent");
  a.protocol.unwatch(toB);
  a.protocol.released(toB);
  net.fate = () => [500];
  b.send(b.peer(a), "I was here all the time");
  net.advance(ms(5_000));
  b.send(b.peer(a), "and still am");
  net.advance(ms(5_000));
  expect(a.received).toContain("and still am");
  expect(a.protocol.counters.revived).toBe(1);
});

test("when most peers fall silent at once verdicts are held, and nobody is down if they come back", () => {
  const { net, hub } = star(10);
  net.fate = () => [];
  net.advance(ms(1_500));
  expect(hub.peerStates.filter((state) => state === "suspect silent").length).toBeGreaterThan(5);
  expect(downs(hub)).toBe(0);
  net.fate = () => [500];
  net.advance(ms(5_000));
  expect(downs(hub)).toBe(0);
  expect(hub.protocol.counters.localOutages).toBe(1);
});

test("an outage that does not end is theirs after a while: everybody is down", () => {
  const { net, hub, others } = star(10);
  net.fate = () => [];
  net.advance(ms(1_500) + udpOptions().outageHoldUs);
  expect(downs(hub)).toBe(others.length);
});

test("when an outage ends, those who really died meanwhile are found all the same", () => {
  const { net, hub, others } = star(10);
  net.fate = () => [];
  net.advance(ms(1_500));
  const dead = others.slice(0, 3);
  for (const node of dead) node.paused = true;
  net.fate = () => [500];
  net.advance(ms(3_000));
  expect(downs(hub)).toBe(dead.length);
});

test("a few deaths at a time are no outage", () => {
  const { net, hub, others } = star(10);
  for (const node of others.slice(0, 5)) node.paused = true;
  net.advance(ms(1_500));
  expect(downs(hub)).toBe(5);
  expect(hub.protocol.counters.localOutages).toBe(0);
});

test("a peer that owes an answer longer than usual is doubted; its host's word alone is no proof", () => {
  const { net, hub, others } = star(1);
  const [other] = others as [VirtualNode];
  const doubts: number[] = [];
  hub.onEvent = (event) => {
    if (event.kind === "doubt") doubts.push(net.nowUs);
  };
  // A forged refusal, while the peer owes nothing and while it only takes its time.
  hub.protocol.refusedByHost(net.host, other.port, net.nowUs);
  net.advance(ms(100));
  net.fate = () => [ms(20)];
  hub.send(hub.peer(other), "slow");
  net.advance(ms(30));
  hub.protocol.refusedByHost(net.host, other.port, net.nowUs);
  net.advance(ms(1_000));
  expect(downs(hub)).toBe(0);
  // The peer is dead, and its host says so when asked.
  other.paused = true;
  const sentUs = net.nowUs;
  hub.send(hub.peer(other), "gone?");
  doubts.length = 0;
  while (doubts.length === 0) net.advance(ms(1));
  expect(doubts[0]! - sentUs).toBeLessThan(ms(200));
  hub.protocol.refusedByHost(net.host, other.port, net.nowUs);
  net.advance(ms(150));
  expect(hub.peerStates.at(-1)).toBe("down refused");
});
