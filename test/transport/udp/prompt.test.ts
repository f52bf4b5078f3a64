import { expect, test } from "vitest";
import type { VirtualNode } from "./virtual-net.ts";
import { VirtualNet } from "./virtual-net.ts";

/** Two who know each other, with nothing on the way between them, and what the second hands out. */
function acquainted() {
  const net = new VirtualNet();
  const a = net.node(1);
  const b = net.node(2);
  a.send(a.peer(b), "hello", 1 as never);
  net.advance(1_000_000);
  b.send(b.peer(a), "hello", 1 as never);
  net.advance(1_000_000);
  const prompt = (): number => {
    let handedOut = 0;
    b.protocol.pollPrompt(net.nowUs, () => handedOut++);
    return handedOut;
  };
  return { net, a, b, prompt };
}

const sendTwice = (from: VirtualNode, to: VirtualNode, prompt: () => number) => {
  const counts: number[] = [];
  for (const text of ["one", "two"]) {
    from.send(from.peer(to), text);
    counts.push(prompt());
  }
  return counts;
};

test("a message leaves at once while nothing is on the way; what follows waits for company", () => {
  const { net, a, b, prompt } = acquainted();
  expect(sendTwice(b, a, prompt)).toEqual([1, 0]);
  b.send(b.peer(a), "three");
  // The end of the turn: both of those that waited, in one datagram.
  const before = b.protocol.counters.datagramsSent;
  net.flush(b);
  expect(b.protocol.counters.datagramsSent - before).toBe(1);
  // The first one was lost with its sink, and is sent again.
  net.advance(3_000_000);
  expect(a.received.sort()).toEqual(["hello", "one", "three", "two"]);
});

test("without a message nothing leaves before the end of the turn", () => {
  const { net, a, b, prompt } = acquainted();
  a.send(a.peer(b), "asks for an acknowledgement");
  net.advance(600);
  expect(prompt()).toBe(0);
  net.advance(1_000_000);
  expect(b.received).toContain("asks for an acknowledgement");
});
