import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { tcpOptions } from "../../../src/transport/tcp/options.ts";
import { type Process, peerOf, start } from "./processes.ts";
import { VirtualNet } from "./virtual-net.ts";

const second = 1_000_000;

describe("whole transports on a virtual network", () => {
  test("both dial at once: one connection stays, nothing is lost or doubled", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.string(),
        fc.integer({ min: 0, max: 3_000 }),
        async (seed, headStartUs) => {
          const net = new VirtualNet(seed);
          const a = await start(net, 1);
          const b = await start(net, 2);
          for (let i = 1; i <= 5; i++) a.node.note(peerOf(a, b), i, i);
          await net.run(headStartUs);
          for (let i = 1; i <= 5; i++) b.node.note(peerOf(b, a), 100 + i, i);
          // Without a pause: the two sides agree at once on which connection stays.
          await net.run(20_000);
          expect(a.node.messages.map(({ id }) => id)).toEqual([101, 102, 103, 104, 105]);
          expect(b.node.messages.map(({ id }) => id)).toEqual([1, 2, 3, 4, 5]);
          for (const { node } of [a, b]) {
            expect([...node.verdicts.values()].flat()).toEqual(
              Array(5).fill({ outcome: "delivered" }),
            );
          }
          expect(net.pipes.size).toBe(1);
        },
      ),
      { numRuns: 150 },
    );
  });

  test("connections that break at any moment: one true verdict each, at most one delivery", async () => {
    const fault = fc.record({
      afterUs: fc.integer({ min: 0, max: 40_000 }),
      what: fc.constantFrom("reset", "reset", "hang", "kill"),
    });
    await fc.assert(
      fc.asyncProperty(fc.string(), fc.array(fault, { maxLength: 6 }), async (seed, faults) => {
        const net = new VirtualNet(seed);
        const a = await start(net, 1);
        const b = await start(net, 2);
        let token = 0;
        const sendSome = (): void => {
          for (let i = 0; i < 10; i++) a.node.note(peerOf(a, b), ++token, token);
          b.node.note(peerOf(b, a), token, token);
        };
        sendSome();
        for (const { afterUs, what } of faults) {
          await net.run(afterUs);
          if (what === "reset") for (const pipe of net.pipes) net.reset(pipe);
          else if (what === "kill") b.machine.kill();
          else {
            b.machine.hang(true);
            net.at(100_000, () => b.machine.hang(false));
          }
          sendSome();
        }
        await net.run(20 * second);
        const got = b.node.messages.map(({ id }) => id);
        expect(new Set(got).size).toBe(got.length);
        for (let t = 1; t <= token; t++) {
          const verdicts = a.node.verdicts.get(t) ?? [];
          expect(verdicts).toHaveLength(1);
          if (verdicts[0]?.outcome === "delivered") expect(got).toContain(t);
          if (verdicts[0]?.outcome === "refused") expect(got).not.toContain(t);
        }
        if (!faults.some(({ what }) => what === "kill")) {
          expect(got.length).toBe(token);
          expect(b.node.settled([...Array(token + 1).keys()])).toBe(faults.length + 1);
        }
        expect(a.node.insideSend).toEqual([]);
      }),
      { numRuns: 250 },
    );
  });

  test("verdicts and deaths come within the bounds, in virtual time", async () => {
    for (const fault of ["kill", "hang"] as const) {
      const net = new VirtualNet(fault);
      const a = await start(net, 1);
      const b = await start(net, 2);
      a.node.note(peerOf(a, b), 1, 1);
      a.node.transport.watch(a.node.port, peerOf(a, b));
      await net.run(second);
      const bounds = a.node.transport.bounds();
      const faultUs = net.nowUs;
      if (fault === "kill") b.machine.kill();
      else b.machine.hang(true);
      a.node.note(peerOf(a, b), 2, 2);
      await net.run(bounds.downUs);
      const down = a.node.states.find(({ state }) => state === "down");
      expect(down?.atUs).toBeLessThanOrEqual(faultUs + bounds.downUs);
      const suspect = a.node.states.find(({ state }) => state === "suspect");
      if (fault === "hang") expect(suspect?.atUs).toBeLessThanOrEqual(faultUs + bounds.suspectUs);
      expect(a.node.verdicts.get(2)).toEqual([
        fault === "kill"
          ? { outcome: expect.stringMatching(/refused|unknown/), reason: expect.any(String) }
          : { outcome: "unknown", reason: "silent" },
      ]);
    }
  });

  test("a living peer is never declared dead, however the network delays within a round", async () => {
    const net = new VirtualNet("alive");
    const a = await start(net, 1);
    const b = await start(net, 2);
    a.node.transport.watch(a.node.port, peerOf(a, b));
    b.node.transport.watch(b.node.port, peerOf(b, a));
    await net.run(120 * second);
    expect(a.node.states).toEqual([]);
    expect(b.node.states).toEqual([]);
    expect(a.node.transport.stats().probeBytes).toBeGreaterThan(0);
  });

  test("a process that stalls does not take its own lateness for the silence of others", async () => {
    const net = new VirtualNet("stalls");
    const a = await start(net, 1);
    const b = await start(net, 2);
    a.node.transport.watch(a.node.port, peerOf(a, b));
    for (let stall = 0; stall < 60; stall++) {
      await net.run(30_000 + net.random.below(300_000));
      a.machine.hang(true);
      await net.run(net.random.below(3 * second));
      a.machine.hang(false);
    }
    expect(a.node.states).toEqual([]);
  });

  test("the kernel's word alone: a stopped peer keeps its sends until the operating system's verdict", async () => {
    const net = new VirtualNet("os");
    const a = await start(net, 1, { policy: "os" });
    const b = await start(net, 2, { policy: "os" });
    a.node.transport.watch(a.node.port, peerOf(a, b));
    a.node.note(peerOf(a, b), 1, 1);
    await net.run(second);
    b.machine.hang(true);
    a.node.note(peerOf(a, b), 2, 2);
    await net.run(tcpOptions().osVerdictUs - second);
    expect(a.node.verdicts.has(2)).toBe(false);
    await net.run(2 * second);
    expect(a.node.verdicts.get(2)).toEqual([{ outcome: "unknown", reason: "silent" }]);
    expect(a.node.states).toEqual([]);
  });

  test("a restart at the same address: the new life gets nothing meant for the old one", async () => {
    const net = new VirtualNet("restart");
    const a = await start(net, 1);
    const b = await start(net, 2);
    const old = peerOf(a, b);
    a.node.note(old, 1, 1);
    await net.run(second);
    b.machine.hang(true);
    a.node.note(old, 2, 2);
    await net.run(10_000);
    b.machine.kill();
    const again = await start(net, 2);
    a.node.note(old, 3, 3);
    a.node.note(peerOf(a, again), 4, 4);
    await net.run(5 * second);
    expect(again.node.messages.map(({ id }) => id)).toEqual([4]);
    expect(a.node.verdicts.get(2)).toEqual([{ outcome: "unknown", reason: "restarted" }]);
    expect(a.node.verdicts.get(3)?.[0]?.outcome).not.toBe("delivered");
    expect(a.node.verdicts.get(4)).toEqual([{ outcome: "delivered" }]);
  });

  test("more connections than allowed: the idle ones make room, and come back when needed", async () => {
    const net = new VirtualNet("cache");
    const hub = await start(net, 1, { connectionsMax: 4 });
    const others: Process[] = [];
    for (let i = 0; i < 12; i++) others.push(await start(net, 10 + i));
    let token = 0;
    for (let round = 0; round < 3; round++) {
      for (const other of others) {
        hub.node.note(peerOf(hub, other), ++token, token);
        await net.run(50_000);
        expect(net.pipes.size).toBeLessThanOrEqual(6);
      }
    }
    await net.run(5 * second);
    expect([...hub.node.verdicts.values()].flat()).toEqual(
      Array(token).fill({ outcome: "delivered" }),
    );
    for (const { node } of others) expect(node.messages).toHaveLength(3);
  });
});
