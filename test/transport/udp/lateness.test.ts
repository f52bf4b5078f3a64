import { expect, test } from "vitest";
import { udpOptions } from "../../../src/transport/udp/options.ts";
import { type NodeSetup, VirtualNet, type VirtualNode } from "./virtual-net.ts";

const ms = (n: number) => n * 1_000;

interface Scene {
  readonly net: VirtualNet;
  readonly a: VirtualNode;
  readonly b: VirtualNode;
  readonly c: VirtualNode;
}

/** Three nodes that have spoken; `a` watches `b`. */
function scene(host?: string, setup: NodeSetup = {}): Scene {
  const net = new VirtualNet(() => [500], host);
  const [a, b, c] = [net.node(1, setup), net.node(2, setup), net.node(3, setup)] as const;
  for (const other of [b, c]) a.send(a.peer(other), "hello");
  a.protocol.watch(a.peer(b), net.nowUs);
  net.advance(ms(100));
  return { net, a, b, c };
}

/** How long after it fell silent `a` called `b` down. */
function downAfterUs({ net, a, b }: Scene, giveUpUs: number): number | undefined {
  const silentUs = net.nowUs;
  let downUs: number | undefined;
  a.onEvent = (event) => {
    if (event.kind === "peer" && event.state === "down") downUs ??= net.nowUs - silentUs;
  };
  b.paused = true;
  a.send(a.peer(b), "are you there?");
  net.advance(giveUpUs);
  return downUs;
}

test("without lateness the silence needed is the least", () => {
  expect(downAfterUs(scene(), ms(5_000))).toBe(udpOptions().minSilenceUs);
});

test("a process that ran late gives others more time to answer", () => {
  const quiet = scene();
  quiet.a.protocol.stalled(ms(400), quiet.net.nowUs);
  const downUs = downAfterUs(quiet, ms(10_000));
  expect(downUs).toBeGreaterThan(ms(1_000));
  expect(downUs).toBeLessThanOrEqual(ms(1_600));
});

test("a process that says that it runs late is given more time; one that does not, is not", () => {
  const told = scene();
  told.b.protocol.stalled(ms(400), told.net.nowUs);
  told.b.send(told.b.peer(told.a), "sorry");
  told.net.advance(ms(50));
  expect(downAfterUs(told, ms(10_000))).toBeGreaterThan(ms(1_000));

  const other = scene();
  other.c.protocol.stalled(ms(400), other.net.nowUs);
  other.c.send(other.c.peer(other.a), "sorry");
  other.net.advance(ms(50));
  expect(downAfterUs(other, ms(10_000))).toBe(udpOptions().minSilenceUs);
});

test("on one machine the lateness of one is the lateness of all", () => {
  const one = scene("127.0.0.1");
  one.c.protocol.stalled(ms(400), one.net.nowUs);
  one.c.send(one.c.peer(one.a), "sorry");
  one.net.advance(ms(50));
  expect(downAfterUs(one, ms(10_000))).toBeGreaterThan(ms(1_000));
});

test("answers that come later than usual ask for patience, too", () => {
  const slow = scene();
  slow.net.fate = () => [ms(100)];
  slow.a.send(slow.a.peer(slow.b), "how far is it?");
  slow.net.advance(ms(1_000));
  expect(downAfterUs(slow, ms(10_000))).toBeGreaterThan(ms(500));
});

test("whatever anybody says of its lateness, silence means death in the end", () => {
  const { lateSilenceUs, probeIntervalUs } = udpOptions();
  const lying = scene();
  lying.b.protocol.stalled(ms(60_000), lying.net.nowUs);
  lying.b.send(lying.b.peer(lying.a), "I am always late");
  lying.net.advance(ms(50));
  expect(downAfterUs(lying, 2 * lateSilenceUs)).toBeLessThanOrEqual(
    lateSilenceUs + probeIntervalUs,
  );
});

test("a process that stands still ever again for longer than the least silence is called down at most once", () => {
  const { net, a, b } = scene(undefined, { options: { messageDeadlineUs: ms(60_000) } });
  // The first time nobody could know; from then on it is known to be late.
  b.protocol.stalled(ms(250), net.nowUs);
  b.send(b.peer(a), "sorry");
  for (let second = 0; second < 60; second++) {
    net.advance(ms(600));
    b.paused = true;
    a.send(a.peer(b), "tick");
    net.advance(ms(400));
    net.resume(b, ms(400));
  }
  expect(a.peerStates.filter((state) => state.startsWith("down"))).toEqual([]);
});
