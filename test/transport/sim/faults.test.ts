import { describe, expect, test } from "vitest";
import type { Address } from "../../../src/core/address.ts";
import { advance, Flat, Host, MS, net, SECOND } from "./support.ts";

/** Ten numbered messages, ten milliseconds apart. */
async function ten(simulation: Parameters<typeof advance>[0], from: Host, to: Host, token = 0) {
  for (let i = 1; i <= 10; i++) {
    from.send(to, i, token === 0 ? undefined : token === -1 ? -1 : token + i);
    await advance(simulation, 10 * MS);
  }
}

const TEN = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];

describe("faults: each keeps away what arrives without it", () => {
  test("without any, everything arrives after the delay of the network", async () => {
    const { simulation, hosts } = net(2);
    const [a, b] = hosts as [Host, Host];
    await ten(simulation, a, b);
    await advance(simulation, SECOND);
    expect(b.heard).toEqual(TEN);
    expect(b.lines[0]).toBe("20 ms message 1 from 0");
  });

  test("loss delays over tcp and udp, by retransmission timeouts, and loses nothing", async () => {
    for (const transport of ["tcp", "udp"] as const) {
      const times: number[] = [];
      for (const loss of [0, 0.3]) {
        const { simulation, hosts } = net(2, { transport, loss });
        const [a, b] = hosts as [Host, Host];
        for (let i = 0; i < 40; i++) {
          a.send(b, i);
          await advance(simulation, MS);
        }
        await advance(simulation, 600 * SECOND);
        expect(b.heard.length).toBe(40);
        times.push(Number.parseFloat(b.lines.at(-1)!));
      }
      expect(times[1]).toBeGreaterThan(times[0]! + (transport === "tcp" ? 190 : 40));
    }
  });

  test("total loss: the verdict is unknown, the message comes back, the bound holds", async () => {
    const { simulation, hosts } = net(2, { transport: "udp", loss: 1 });
    const [a, b] = hosts as [Host, Host];
    a.send(b, 1, 7);
    a.send(b, 2, -1);
    await advance(simulation, a.instance.transport.bounds().verdictUs);
    expect(a.told.filter((line) => !line.startsWith("peer"))).toEqual([
      "return 2 from 1",
      "verdict 7 unknown silent",
    ]);
    expect(b.heard).toEqual([]);
  });

  test("a partition separates its two sides and no more; healing ends it", async () => {
    const { simulation, hosts } = net(4);
    const [a, b, c, d] = hosts as [Host, Host, Host, Host];
    simulation.faults.partition([a.port, b.port], 1);
    simulation.reachabilityChanged();
    a.send(b, 1);
    a.send(c, 2);
    c.send(d, 3);
    d.send(b, 4);
    await advance(simulation, SECOND);
    expect([b.heard, c.heard, d.heard]).toEqual([[1], [], [3]]);
    simulation.faults.heal();
    simulation.reachabilityChanged();
    a.send(c, 5);
    await advance(simulation, SECOND);
    expect(c.heard).toEqual([5]);
  });

  test("a one-way cut: nothing one way, all the other; but no verdict is heard", async () => {
    const { simulation, hosts } = net(3);
    const [a, b, c] = hosts as [Host, Host, Host];
    simulation.faults.cut(a.port, b.port);
    a.send(b, 1);
    a.send(c, 2);
    b.send(a, 3, 9);
    c.send(a, 4, 9);
    await advance(simulation, 2 * SECOND);
    expect([b.heard, c.heard, a.heard]).toEqual([[], [2], [3, 4]]);
    expect(b.told.filter((line) => line.startsWith("verdict"))).toEqual([
      "verdict 9 unknown silent",
    ]);
    expect(c.told.filter((line) => line.startsWith("verdict"))).toEqual(["verdict 9 delivered"]);
    simulation.faults.heal();
    a.send(b, 5);
    await advance(simulation, SECOND);
    expect(b.heard).toEqual([5]);
  });

  test("a host cut off from all hears and is not heard", async () => {
    const { simulation, hosts } = net(3);
    const [a, b, c] = hosts as [Host, Host, Host];
    simulation.faults.cut(a.port);
    a.send(b, 1);
    a.send(c, 2);
    b.send(a, 3);
    await advance(simulation, SECOND);
    expect([b.heard, c.heard, a.heard]).toEqual([[], [], [3]]);
  });

  test("a rule drops or slows what it names, until it is removed", async () => {
    const { simulation, hosts } = net(3);
    const [a, b, c] = hosts as [Host, Host, Host];
    const rule = simulation.faults.add({
      name: "b and c",
      scope: "message",
      judge(_from, to) {
        if (to === b.port) return "drop";
        return to === c.port ? { delayUs: 500 * MS } : "pass";
      },
    });
    a.send(b, 1);
    a.send(c, 2);
    b.send(a, 3);
    await advance(simulation, SECOND);
    expect([b.heard, a.heard]).toEqual([[], [3]]);
    expect(c.lines).toEqual(["520 ms message 2 from 0"]);
    rule.remove();
    rule.remove();
    expect(simulation.faults.isEmpty).toBe(true);
    expect(rule.counters).toMatchObject({ dropped: 1, delayed: 1, delayedUs: 500 * MS });
    a.send(b, 4);
    await advance(simulation, SECOND);
    expect(b.heard).toEqual([4]);
  });

  test("a crash: nothing more is heard, sent, or timed; messages come back", async () => {
    const { simulation, hosts } = net(2);
    const [a, b] = hosts as [Host, Host];
    const fired: string[] = [];
    b.instance.world.after(0, 50 * MS, () => fired.push("after"));
    b.instance.world.timer("t", () => fired.push("timer")).arm(0, 50 * MS);
    simulation.crash(b.port);
    expect(b.send(a, 1)).toBe("full");
    a.send(b, 2);
    a.send(b, 3, -1);
    a.send(b, 4, 5);
    await advance(simulation, 2 * SECOND);
    expect([a.heard, b.heard, fired]).toEqual([[], [], []]);
    expect(a.told.filter((line) => !line.startsWith("peer"))).toEqual([
      "return 3 from 1",
      "verdict 5 unknown silent",
    ]);
    simulation.resume(b.port);
    simulation.hang(b.port);
    a.send(b, 6);
    await advance(simulation, SECOND);
    simulation.resume(b.port);
    await advance(simulation, SECOND);
    expect(b.heard).toEqual([]);
  });

  test("a hang: all waits, messages and timers, and goes on in order when resumed", async () => {
    const { simulation, hosts } = net(2);
    const [a, b] = hosts as [Host, Host];
    const { world } = b.instance;
    const note = (what: string) => () => b.lines.push(`${simulation.nowUs / MS} ms ${what}`);
    world.after(0, 30 * MS, note("after"));
    const timer = world.timer("t", note("timer"));
    timer.arm(0, 40 * MS);
    const cancelled = world.after(0, 35 * MS, note("cancelled"));
    const late = world.timer("late", note("late timer"));
    late.arm(0, 900 * MS);
    simulation.hang(b.port);
    a.send(b, 1);
    await advance(simulation, 25 * MS);
    a.send(b, 2);
    a.send(b, 3, 8);
    await advance(simulation, 475 * MS);
    expect(b.lines).toEqual([]);
    cancelled();
    simulation.resume(b.port);
    await advance(simulation, SECOND);
    expect(b.lines).toEqual([
      "500 ms message 1 from 0",
      "500 ms after",
      "500 ms timer",
      "500 ms message 2 from 0",
      "900 ms late timer",
    ]);
    // What asked for a verdict was not taken: its sender was told so.
    expect(a.told.filter((line) => line.startsWith("verdict"))).toEqual([
      "verdict 8 unknown silent",
    ]);
    expect(a.instance.transport.health(a.port, a.to(b))?.inFlight).toBe(0);
    a.send(b, 4);
    await advance(simulation, SECOND);
    expect(b.heard).toEqual([1, 2, 4]);
  });

  test("a stopped host keeps as much as a socket's buffer would", async () => {
    const { simulation, hosts, contacts } = net(2);
    const [a, b] = hosts as [Host, Host];
    simulation.hang(b.port);
    for (let i = 0; i < 1_000; i++) a.send(b, i);
    await advance(simulation, SECOND);
    simulation.resume(b.port);
    await advance(simulation, SECOND);
    expect(b.heard).toEqual(Array.from({ length: 256 }, (_, i) => i));
    expect(a.instance.transport.health(a.port, a.to(b))?.inFlight).toBe(0);
    expect(contacts.stats.kept).toBe(0);
  });

  test("a restart: the former life refuses, the new one hears; watchers learn of it", async () => {
    const { simulation, hosts } = net(2, { transport: "udp" });
    const [a, b] = hosts as [Host, Host];
    const former = a.to(b);
    a.watch(b);
    simulation.crash(b.port);
    await advance(simulation, MS);
    const again = new Host(simulation, "sim://1" as Address);
    expect(again.instance.transport.localEndpoint(again.port).incarnation).toBeGreaterThan(
      b.instance.transport.localEndpoint(b.port).incarnation,
    );
    a.send(again, 1);
    a.instance.transport.send(a.port, former, Flat.make({ number: 2 }), 3 as never);
    await advance(simulation, 2 * SECOND);
    expect([b.heard, again.heard]).toEqual([[], [1]]);
    expect(a.told).toContain("peer 1 down restarted");
    expect(a.told).toContain("verdict 3 unknown restarted");
    expect(() => new Host(simulation, "sim://1" as Address)).toThrow(/E_ADDRESS_IN_USE/);
  });
});

describe("what watchers are told", () => {
  for (const transport of ["ideal", "udp", "tcp"] as const) {
    test(`${transport}: a stopped host is suspected, then down, each within its bound`, async () => {
      const { simulation, hosts } = net(2, { transport });
      const [a, b] = hosts as [Host, Host];
      a.watch(b);
      await advance(simulation, SECOND);
      const beganMs = simulation.nowUs / MS;
      simulation.hang(b.port);
      await advance(simulation, 20 * SECOND);
      expect(a.told).toEqual(["peer 1 suspect silent", "peer 1 down silent"]);
      const { suspectUs, downUs } = a.instance.transport.bounds();
      expect(a.timeMsOf("suspect") - beganMs).toBeLessThanOrEqual(suspectUs / MS);
      expect(a.timeMsOf("down") - beganMs).toBeLessThanOrEqual(downUs / MS);
    });
  }

  test("tcp:os never notices a stopped host, but a dead one at once", async () => {
    const { simulation, hosts } = net(3, { transport: "tcp:os" });
    const [a, b, c] = hosts as [Host, Host, Host];
    a.watch(b);
    a.watch(c);
    simulation.hang(b.port);
    simulation.crash(c.port);
    await advance(simulation, 800 * SECOND);
    expect(a.lines).toEqual(["20 ms peer 2 down reset"]);
  });

  test("one that was called down and goes on is up again, and counts as a false alarm", async () => {
    const { simulation, hosts } = net(2);
    const [a, b] = hosts as [Host, Host];
    a.watch(b);
    simulation.hang(b.port);
    await advance(simulation, 5 * SECOND);
    simulation.resume(b.port);
    await advance(simulation, SECOND);
    expect(a.told).toEqual(["peer 1 suspect silent", "peer 1 down silent", "peer 1 up heard"]);
    expect(a.instance.transport.stats().revived).toBe(1);
  });

  test("suspicion is taken back when the host goes on in time", async () => {
    const { simulation, hosts } = net(2);
    const [a, b] = hosts as [Host, Host];
    a.watch(b);
    simulation.hang(b.port);
    await advance(simulation, 200 * MS);
    simulation.resume(b.port);
    await advance(simulation, 5 * SECOND);
    expect(a.told).toEqual(["peer 1 suspect silent", "peer 1 up heard"]);
  });

  test("who watches somebody already silent is told as well; who stops watching is not", async () => {
    const { simulation, hosts } = net(3);
    const [a, b, c] = hosts as [Host, Host, Host];
    c.watch(b);
    c.instance.transport.unwatch(c.port, c.to(b));
    simulation.crash(b.port);
    await advance(simulation, 10 * SECOND);
    a.watch(b);
    await advance(simulation, 10 * SECOND);
    expect(a.told).toEqual(["peer 1 suspect silent", "peer 1 down silent"]);
    expect(c.told).toEqual([]);
  });
});
