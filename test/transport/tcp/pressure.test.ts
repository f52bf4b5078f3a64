import { expect, test } from "vitest";
import { network, Post, pass } from "../../../bench/suites/packet/post.ts";
import { bulk } from "../../../bench/suites/packet/workloads.ts";
import { delayQuantileUs } from "../../../src/transport/delay-histogram.ts";
import type { Verdict } from "../../../src/transport/transport.ts";

const KIB = 1_024;

/** `a` has spoken with `b`, which is then stopped: its kernel goes on, and its program reads no more. */
async function unread(transport: string) {
  const simulation = network({ seed: "pressure", transport, oneWayUs: 5_000 });
  const [a, b] = [await Post.open(simulation, 0), await Post.open(simulation, 1)];
  const toB = a.peer(b);
  const process = simulation.processAt(simulation.address(1)) ?? -1;
  const verdicts = new Map<number, Verdict[]>();
  a.onDone = (token, verdict) => verdicts.set(token, [...(verdicts.get(token) ?? []), verdict]);
  a.send(toB, 1, new Uint8Array(64), 1);
  await pass(simulation, 1);
  simulation.hang(process);
  return { simulation, a, b, toB, process, verdicts };
}

/** Sends until no more is taken, as long as it takes; says how often each answer came. */
async function fill(scene: Awaited<ReturnType<typeof unread>>, bytes: number, seconds: number) {
  const { simulation, a, toB } = scene;
  const answers = { sent: 0, slow: 0, full: 0 };
  const body = new Uint8Array(bytes);
  let token = 1;
  for (let step = 0; step < seconds * 100; step++) {
    for (let i = 0; i < 100; i++) {
      const answer = a.send(toB, token, body, token + 1);
      answers[answer]++;
      if (answer === "full") break;
      token++;
    }
    await pass(simulation, 0.01);
  }
  return { ...answers, tokens: Array.from({ length: token - 1 }, (_, i) => i + 2) };
}

test.each([
  { what: "bytes", options: "queueBytes=1MiB", bytes: 64 * KIB, most: 16 },
  { what: "messages", options: "queueMessages=200", bytes: 16, most: 200 },
])(
  "to a peer that never reads no more $what wait than declared: slow, then full, and a verdict each in its bound",
  async ({ options, bytes, most }) => {
    const scene = await unread(`packet-tcp:os,osVerdict=20s,verdictPerKiB=10ms,${options}`);
    const { simulation, a, toB, verdicts } = scene;
    const { sent, slow, full, tokens } = await fill(scene, bytes, 2);
    // Half of the queue without being asked to wait; what a kernel took counts until it is answered for.
    expect(sent).toBeLessThanOrEqual(most / 2 + 1);
    expect(slow).toBeGreaterThan(0);
    expect(full).toBeGreaterThan(0);
    expect(tokens.length).toBeLessThanOrEqual(most);
    const health = a.transport.health(a.port, toB);
    expect((health?.queued ?? 0) + (health?.inFlight ?? 0)).toBe(tokens.length);
    const { verdictUs, verdictPerKiBUs } = a.transport.bounds();
    await pass(simulation, (verdictUs + (bytes / KIB) * verdictPerKiBUs) / 1e6);
    for (const token of tokens) {
      expect(verdicts.get(token)).toHaveLength(1);
      expect(verdicts.get(token)?.[0]?.outcome).not.toBe("delivered");
    }
    expect(a.transport.health(a.port, toB)).toMatchObject({ queued: 0, inFlight: 0 });
  },
);

test("when it reads again there is room: said once, and everything taken is delivered", async () => {
  const scene = await unread("packet-tcp:os,queueBytes=1MiB");
  const { simulation, a, process, verdicts } = scene;
  const { tokens } = await fill(scene, 64 * KIB, 1);
  let rooms = 0;
  a.onRoom = () => rooms++;
  simulation.resume(process);
  await pass(simulation, 5);
  expect(rooms).toBe(1);
  for (const token of tokens) expect(verdicts.get(token)).toEqual([{ outcome: "delivered" }]);
});

test("one that never reads is given up by its silence where we judge, and everything has its verdict then", async () => {
  const scene = await unread("packet-tcp:queueBytes=1MiB");
  const { simulation, a, verdicts } = scene;
  const { tokens } = await fill(scene, 64 * KIB, 1);
  await pass(simulation, a.transport.bounds().downUs / 1e6);
  for (const token of tokens) expect(verdicts.get(token)).toHaveLength(1);
});

test("what small messages wait behind large ones shows in the counters", async () => {
  const line = { up: { rateBitsPerSecond: 10e6, queuePackets: 25 }, oneWayUs: 15_000 };
  const tcp = { seed: "held up", transport: "packet-tcp", ...line };
  const beside = await bulk(tcp, 5, { notes: true });
  expect(beside.oneWayP50Ms).toBeGreaterThan(100);
  expect(delayQuantileUs(beside.heldUp ?? [], 0.5)).toBeGreaterThan(100_000);
});
