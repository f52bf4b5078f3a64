import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MODEL_NAMES, transportModel } from "../../../src/transport/sim/models.ts";
import { IN_FLIGHT_MAX } from "../../../src/transport/sim/sim-transport.ts";
import { advance, Flat, type Host, MS, net, SECOND, Whole } from "./support.ts";

describe("the model of tcp", () => {
  test("first contact pays the handshake, later messages and answers do not", async () => {
    const { simulation, hosts } = net(2, { transport: "tcp" });
    const [a, b] = hosts as [Host, Host];
    a.send(b, 1);
    await advance(simulation, SECOND);
    a.send(b, 2);
    b.send(a, 3);
    await advance(simulation, SECOND);
    expect(b.lines).toEqual(["60 ms message 1 from 0", "1020 ms message 2 from 0"]);
    expect(a.lines).toEqual(["1020 ms message 3 from 1"]);
    const udp = net(2, { transport: "udp" });
    const [c, d] = udp.hosts as [Host, Host];
    c.send(d, 1);
    await advance(udp.simulation, SECOND);
    expect(d.lines).toEqual(["20 ms message 1 from 0"]);
  });

  for (const { name, options } of [
    { name: "delays that differ", options: { latency: "uniform" as const } },
    { name: "loss", options: { loss: 0.2 } },
  ]) {
    test(`keeps the order of a pair under ${name}, which udp does not`, async () => {
      const sorted = Array.from({ length: 200 }, (_, i) => i);
      for (const transport of ["tcp", "udp"] as const) {
        const { simulation, hosts } = net(2, { ...options, transport });
        const [a, b] = hosts as [Host, Host];
        for (const i of sorted) {
          a.send(b, i);
          await advance(simulation, MS);
        }
        await advance(simulation, 900 * SECOND);
        expect([...b.heard].sort((x, y) => x - y)).toEqual(sorted);
        if (transport === "tcp") expect(b.heard).toEqual(sorted);
        else expect(b.heard).not.toEqual(sorted);
      }
    });
  }

  test("keeps the order under a rule that slows some messages", async () => {
    const { simulation, hosts } = net(2, { transport: "tcp" });
    const [a, b] = hosts as [Host, Host];
    let count = 0;
    simulation.faults.add(() => (count++ % 3 === 0 ? { delayUs: 300 * MS } : "pass"));
    for (let i = 0; i < 30; i++) {
      a.send(b, i);
      await advance(simulation, MS);
    }
    await advance(simulation, 9 * SECOND);
    expect(b.heard).toEqual(Array.from({ length: 30 }, (_, i) => i));
  });
});

describe("every model", () => {
  for (const name of MODEL_NAMES) {
    test(`${name}: suspicion comes no later than down, and both grow with the round trip`, () => {
      const model = transportModel(name);
      fc.assert(
        fc.property(
          fc.integer({ min: 2, max: 1_000_000 }),
          fc.integer({ min: 0, max: 1_000 }),
          (rtt, more) => {
            expect(model.suspectUs(rtt)).toBeLessThanOrEqual(model.downUs(rtt));
            expect(model.suspectUs(rtt + more)).toBeGreaterThanOrEqual(model.suspectUs(rtt));
            expect(model.downUs(rtt + more)).toBeGreaterThanOrEqual(model.downUs(rtt));
            const steps = model.steps(rtt).reduce((sum, step) => sum + step.us, 0);
            expect(steps).toBe(model.downUs(rtt) + model.probeIntervalUs);
          },
        ),
      );
    });

    test(`${name}: a verdict for every token, within the bound, in every state of the peer`, async () => {
      for (const state of ["up", "crashed", "hung", "cut", "closed"] as const) {
        const { simulation, hosts } = net(2, { transport: name, latency: "uniform" });
        const [a, b] = hosts as [Host, Host];
        if (state === "crashed") simulation.crash(b.port);
        else if (state === "hung") simulation.hang(b.port);
        else if (state === "cut") simulation.faults.cut(a.port);
        else if (state === "closed") await b.instance.transport.close();
        for (let token = 1; token <= 20; token++) a.send(b, token, token);
        await advance(simulation, a.instance.transport.bounds().verdictUs);
        const verdicts = a.told.filter((line) => line.startsWith("verdict"));
        expect(verdicts.length, state).toBe(20);
        expect(new Set(verdicts).size, state).toBe(20);
        const delivered = verdicts.filter((line) => line.endsWith("delivered")).length;
        expect(delivered, state).toBe(state === "up" ? 20 : 0);
      }
    });
  }

  test("one that does not exist is refused by name", () => {
    expect(() => transportModel("carrier pigeon" as never)).toThrow(/E_OPTIONS.*carrier pigeon/);
  });
});

describe("accounts", () => {
  test("probes are counted by watched pair and time, not simulated", async () => {
    const { simulation, hosts } = net(3, { transport: "udp" });
    const [a, b, c] = hosts as [Host, Host, Host];
    const { transport } = a.instance;
    a.watch(b);
    await advance(simulation, 10 * SECOND);
    const perSecond = transport.stats().probeBytes / 10;
    expect(perSecond).toBe(transportModel("udp").probeBytesPerSecond);
    a.watch(c);
    await advance(simulation, 10 * SECOND);
    expect(transport.stats().probeBytes).toBe(30 * perSecond);
    transport.unwatch(a.port, a.to(b));
    transport.unwatch(a.port, a.to(c));
    await advance(simulation, 10 * SECOND);
    expect(transport.stats().probeBytes).toBe(30 * perSecond);
    expect(transport.stats().messagesSent).toBe(0);
    expect(simulation.eventCount).toBe(0);
    const ideal = net(2);
    (ideal.hosts[0] as Host).watch(ideal.hosts[1] as Host);
    await advance(ideal.simulation, SECOND);
    expect(ideal.hosts[0]?.instance.transport.stats().probeBytes).toBe(0);
  });

  test("bytes are exact, by type, the same with and without the codec", async () => {
    const stats = [];
    for (const wire of [false, true]) {
      const { simulation, hosts } = net(2, { transport: "udp", wire });
      const [a, b] = hosts as [Host, Host];
      a.send(b, 70_000);
      const text = "x".repeat(500);
      a.instance.transport.send(a.port, a.to(b), Whole.make({ text }));
      await advance(simulation, SECOND);
      expect(b.told).toEqual(["message 70000 from 0", `message ${text} from 0`]);
      stats.push(a.instance.transport.stats());
    }
    expect(stats[1]).toEqual(stats[0]);
    const { byType, bytesSent } = stats[0]!;
    const { headerBytes } = transportModel("udp");
    const bytes = byType["test.flat"]!.bytes + byType["test.whole"]!.bytes;
    expect(bytesSent).toBe(bytes + 2 * headerBytes);
  });

  test("a full queue refuses, a long one asks to slow down, and says when it has drained", async () => {
    const { simulation, hosts } = net(2);
    const [a, b] = hosts as [Host, Host];
    const results = Array.from({ length: IN_FLIGHT_MAX + 5 }, (_, i) => a.send(b, i));
    expect(results.slice(0, 10)).toEqual(new Array(10).fill("sent"));
    expect(results[IN_FLIGHT_MAX - 1]).toBe("slow");
    expect(results.slice(IN_FLIGHT_MAX)).toEqual(new Array(5).fill("full"));
    await advance(simulation, SECOND);
    expect(b.heard.length).toBe(IN_FLIGHT_MAX);
    expect(a.told).toEqual(["drain 1"]);
    expect(a.send(b, 1)).toBe("sent");
  });

  test("a message over the limit is refused, and not sent", async () => {
    const { simulation, hosts } = net(2);
    const [a, b] = hosts as [Host, Host];
    const { transport } = a.instance;
    const text = "x".repeat(transport.messageBytesMax);
    transport.send(a.port, a.to(b), Whole.make({ text }), 4 as never);
    await advance(simulation, SECOND);
    expect(a.told).toEqual(["verdict 4 refused tooLarge"]);
    expect(b.told).toEqual([]);
  });

  test("a sent record is a copy: the sender may fill it again", async () => {
    const { simulation, hosts } = net(2);
    const [a, b] = hosts as [Host, Host];
    const message = Flat.make({ number: 1 });
    for (let i = 1; i <= 3; i++) {
      message.number = i;
      a.instance.transport.send(a.port, a.to(b), message);
    }
    await advance(simulation, SECOND);
    expect(b.heard).toEqual([1, 2, 3]);
  });
});
