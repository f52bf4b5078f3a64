import { describe, expect, test } from "vitest";
import {
  cutRule,
  delayRule,
  type FaultRule,
  holdRule,
  intransitiveRule,
  PartitionRule,
} from "../../../src/transport/sim/fault-rules.ts";
import { SERVICE_QUEUE_MAX } from "../../../src/transport/sim/slow-hosts.ts";
import { advance, type Host, MS, net, SECOND } from "./support.ts";

/** Who heard what, when every host sends its number to all others. */
async function heardOf(rule: FaultRule | undefined, count = 4) {
  const { simulation, hosts } = net(count);
  const installed = rule === undefined ? undefined : simulation.faults.add(rule);
  for (const from of hosts) for (const to of hosts) if (from !== to) from.send(to, from.port);
  await advance(simulation, SECOND);
  const heard = hosts.map((host) => [...host.heard].sort((a, b) => a - b));
  return { heard, installed, simulation, hosts };
}

const ALL = [
  [1, 2, 3],
  [0, 2, 3],
  [0, 1, 3],
  [0, 1, 2],
];

describe("rules: without any, everybody hears everybody; each rule changes that alone", () => {
  test("none", async () => {
    expect((await heardOf(undefined)).heard).toEqual(ALL);
  });

  test("partition: groups hear themselves, the rest hears the rest", async () => {
    const { heard, installed } = await heardOf(new PartitionRule("split", [[0], [1, 2]]));
    expect(heard).toEqual([[], [2], [1], []]);
    expect(installed?.counters.dropped).toBe(10);
  });

  test("cut out: they are not heard; cut in: they do not hear", async () => {
    expect((await heardOf(cutRule("mute", [0], "out"))).heard).toEqual([
      [1, 2, 3],
      [2, 3],
      [1, 3],
      [1, 2],
    ]);
    expect((await heardOf(cutRule("deaf", [0], "in"))).heard).toEqual([[], ...ALL.slice(1)]);
  });

  test("intransitive pairs: so many cannot talk, either way, the same by the same seed", async () => {
    const rule = intransitiveRule("pairs", 7, 0.05);
    let broken = 0;
    for (let a = 0; a < 400; a++) {
      for (let b = 0; b < a; b++) {
        const verdict = rule.judge(a, b, 0);
        expect(rule.judge(b, a, 0)).toBe(verdict);
        if (verdict === "drop") broken++;
      }
    }
    expect(broken / ((400 * 399) / 2)).toBeCloseTo(0.05, 2);
    const other = intransitiveRule("pairs", 8, 0.05);
    const differs = Array.from({ length: 400 }, (_, b) => b).some(
      (b) => rule.judge(400, b, 0) !== other.judge(400, b, 0),
    );
    expect(differs).toBe(true);
    expect((await heardOf(intransitiveRule("all", 1, 1))).heard).toEqual([[], [], [], []]);
    expect((await heardOf(intransitiveRule("none", 1, 0))).heard).toEqual(ALL);
  });

  test("intransitive pairs meet failure detectors: a watcher of the other end is told", async () => {
    const { simulation, hosts } = net(2);
    const [a, b] = hosts as [Host, Host];
    a.watch(b);
    const rule = simulation.faults.add(intransitiveRule("all", 1, 1));
    simulation.reachabilityChanged();
    await advance(simulation, 5 * SECOND);
    expect(a.told).toEqual(["peer 1 suspect silent", "peer 1 down silent"]);
    rule.remove();
    simulation.reachabilityChanged();
    await advance(simulation, SECOND);
    expect(a.told.at(-1)).toBe("peer 1 up heard");
  });

  test("delay: what goes to or from them is late by so much", async () => {
    const { simulation, hosts } = net(3);
    const [a, b, c] = hosts as [Host, Host, Host];
    simulation.faults.add(delayRule("far", [a.port], 300 * MS));
    a.send(b, 1);
    b.send(c, 2);
    await advance(simulation, SECOND);
    expect(b.lines).toEqual(["320 ms message 1 from 0"]);
    expect(c.lines).toEqual(["20 ms message 2 from 1"]);
  });

  test("loss of some hosts: by their probability, over transports that repeat; others lose nothing", async () => {
    const lateOf = async (withRule: boolean) => {
      const { simulation, hosts } = net(3, { transport: "udp" });
      const [a, b, c] = hosts as [Host, Host, Host];
      const rule = withRule ? simulation.faults.addLoss("b", 0.5, [b.port]) : undefined;
      for (let i = 0; i < 100; i++) {
        a.send(b, i);
        a.send(c, i);
      }
      await advance(simulation, 60 * SECOND);
      const isLate = (line: string) => !line.startsWith("20 ms");
      const counts = [b, c].map(({ lines }) => lines.filter(isLate).length);
      rule?.remove();
      expect(simulation.faults.lossOf(a.port, b.port)).toBe(0);
      return { counts, dropped: rule?.counters.dropped ?? 0 };
    };
    expect(await lateOf(false)).toEqual({ counts: [0, 0], dropped: 0 });
    const { counts, dropped } = await lateOf(true);
    expect(counts[0]).toBeGreaterThan(30);
    expect(counts[1]).toBe(0);
    expect(dropped).toBeGreaterThan(60);
  });
});

describe("hold and release", () => {
  test("messages are kept, and arrive in order when the rule is removed", async () => {
    const { simulation, hosts, contacts } = net(3, { latency: "uniform" });
    const [a, b, c] = hosts as [Host, Host, Host];
    const rule = simulation.faults.add(holdRule("b", [b.port]));
    for (let i = 1; i <= 20; i++) a.send(b, i);
    b.send(c, 21);
    a.send(c, 22);
    await advance(simulation, SECOND);
    expect([b.heard, c.heard]).toEqual([[], [22]]);
    expect(rule.counters).toMatchObject({ held: 21, released: 0 });
    rule.remove();
    rule.remove();
    await advance(simulation, SECOND);
    expect(b.heard).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
    expect(c.heard).toEqual([22, 21]);
    expect(rule.counters).toMatchObject({ held: 21, released: 21 });
    expect(a.instance.transport.health(a.port, a.to(b))?.inFlight).toBe(0);
    expect(contacts.stats.kept).toBe(0);
  });

  test("who waits for a verdict meets silence in its time; what is let go arrives all the same, unless it went back", async () => {
    const { simulation, hosts } = net(2, { transport: "udp" });
    const [a, b] = hosts as [Host, Host];
    const rule = simulation.faults.add(holdRule("b", [b.port]));
    a.send(b, 1, 5);
    a.send(b, 2, -1);
    await advance(simulation, a.instance.transport.bounds().verdictUs);
    expect(a.told.filter((line) => !line.startsWith("peer"))).toEqual([
      "return 2 from 1",
      "verdict 5 unknown silent",
    ]);
    rule.remove();
    await advance(simulation, SECOND);
    expect(b.heard).toEqual([1]);
  });
});

describe("a slow host", () => {
  test("takes its time for each message, one after the other; a quick one does not", async () => {
    for (const serviceUs of [0, 100 * MS]) {
      const { simulation, hosts } = net(2);
      const [a, b] = hosts as [Host, Host];
      simulation.slow(b.port, serviceUs);
      for (let i = 1; i <= 3; i++) a.send(b, i, i);
      await advance(simulation, SECOND);
      const times = b.lines.map((line) => Number.parseFloat(line));
      expect(times).toEqual(serviceUs === 0 ? [20, 20, 20] : [120, 220, 320]);
      expect(b.heard).toEqual([1, 2, 3]);
      // Its transport takes what its program handles later.
      const verdicts = a.lines.filter((line) => line.includes("verdict"));
      expect(verdicts).toEqual([1, 2, 3].map((token) => `40 ms verdict ${token} delivered`));
    }
  });

  test("lives: nobody suspects it; stopped and resumed it goes on slowly; dead it is dead", async () => {
    const { simulation, hosts, contacts } = net(2);
    const [a, b] = hosts as [Host, Host];
    a.watch(b);
    simulation.slow(b.port, 100 * MS);
    for (let i = 1; i <= 5; i++) a.send(b, i);
    await advance(simulation, 250 * MS);
    expect(a.told).toEqual([]);
    simulation.hang(b.port);
    await advance(simulation, 100 * MS);
    expect(b.heard).toEqual([1, 2]);
    simulation.resume(b.port);
    await advance(simulation, 55 * MS);
    expect(b.heard).toEqual([1, 2, 3]);
    a.send(b, 6);
    await advance(simulation, 110 * MS);
    expect(b.heard).toEqual([1, 2, 3, 4]);
    simulation.crash(b.port);
    await advance(simulation, SECOND);
    expect(b.heard).toEqual([1, 2, 3, 4]);
    expect(contacts.stats.kept).toBe(0);
  });

  test("has a queue that fills: the rest is lost, and its senders are told", async () => {
    const { simulation, hosts } = net(2);
    const [a, b] = hosts as [Host, Host];
    simulation.slow(b.port, 10 * MS);
    for (let i = 0; i < SERVICE_QUEUE_MAX + 10; i++) a.send(b, i, -1);
    await advance(simulation, 60 * SECOND);
    expect(b.heard.length).toBe(SERVICE_QUEUE_MAX);
    expect(a.told.filter((line) => line.startsWith("return")).length).toBe(10);
    simulation.slow(b.port, 0);
    const before = b.heard.length;
    a.send(b, 1);
    await advance(simulation, 20 * MS);
    expect(b.heard.length).toBe(before + 1);
  });
});

describe("a wrong clock", () => {
  test("an offset is in the wall time of that host alone, and its end sets it right", async () => {
    const { simulation, hosts } = net(2);
    const [a, b] = hosts as [Host, Host];
    simulation.setClock(a.port, { offsetUs: 90 * SECOND });
    const wallMs = (host: Host) =>
      simulation.actingAs(host.port, () => host.instance.world.wallMs());
    const monotonicUs = (host: Host) =>
      simulation.actingAs(host.port, () => host.instance.world.nowUs());
    expect(wallMs(a) - wallMs(b)).toBe(90_000);
    expect(monotonicUs(a)).toBe(monotonicUs(b));
    simulation.setClock(a.port, undefined);
    expect(wallMs(a)).toBe(wallMs(b));
  });

  test("drift moves both clocks and the timers of that host; the monotonic one never goes back", async () => {
    const fired: string[] = [];
    const { simulation, hosts } = net(2);
    const [a, b] = hosts as [Host, Host];
    simulation.setClock(a.port, { driftPpm: 100_000 });
    for (const [name, { instance }] of [["a", a] as const, ["b", b] as const]) {
      const { world } = instance;
      const note = (what: string) => () => {
        fired.push(`${simulation.nowUs / MS} ms ${name} ${what}, its clock ${world.nowUs() / MS}`);
      };
      world.after(0, 1_100 * MS, note("after"));
      world.timer("t", note("timer")).arm(0, 2_200 * MS);
    }
    await advance(simulation, 3 * SECOND);
    expect(fired).toEqual([
      "1000 ms a after, its clock 1100",
      "1100 ms b after, its clock 1100",
      "2000 ms a timer, its clock 2200",
      "2200 ms b timer, its clock 2200",
    ]);
    const local = () => simulation.actingAs(a.port, () => a.instance.world.nowUs());
    const before = local();
    expect(before).toBe(3_300 * MS);
    simulation.setClock(a.port, undefined);
    expect(local()).toBe(before);
    await advance(simulation, SECOND);
    expect(local()).toBe(before + SECOND);
    const wallMs = (host: Host) =>
      simulation.actingAs(host.port, () => host.instance.world.wallMs());
    expect(wallMs(a)).toBe(wallMs(b));
  });

  test("a message is handled by the clock of who gets it, and outside events none acts", async () => {
    const { simulation, hosts } = net(2);
    const [a, b] = hosts as [Host, Host];
    simulation.setClock(b.port, { driftPpm: -100_000 });
    const seen: number[] = [];
    const heard = b.onMessage.bind(b);
    b.onMessage = (port, from, message) => {
      seen.push(b.instance.world.nowUs());
      heard(port, from, message);
    };
    await advance(simulation, 980 * MS);
    a.send(b, 1);
    await advance(simulation, 20 * MS);
    expect(seen).toEqual([900 * MS]);
    expect(b.instance.world.nowUs()).toBe(SECOND);
    expect(() => simulation.setClock(b.port, { driftPpm: 200_000 })).toThrow(/E_OPTIONS/);
  });
});

test("rules compose: delays add up, the first that ends a message's way counts it, each goes alone", async () => {
  const { simulation, hosts } = net(2);
  const [a, b] = hosts as [Host, Host];
  const slow = simulation.faults.add(delayRule("slow", [a.port], 100 * MS));
  const slower = simulation.faults.add(delayRule("slower", [b.port], 200 * MS));
  a.send(b, 1);
  const cut = simulation.faults.add(cutRule("cut", [a.port], "out"));
  simulation.faults.add(cutRule("cut again", [a.port], "out"));
  a.send(b, 2);
  await advance(simulation, SECOND);
  expect(b.lines).toEqual(["320 ms message 1 from 0"]);
  expect(simulation.faults.inForce).toEqual(["slow", "slower", "cut", "cut again"]);
  expect(simulation.faults.counters["cut"]).toMatchObject({ dropped: 1 });
  expect(simulation.faults.counters["cut again"]).toMatchObject({ dropped: 0 });
  cut.remove();
  a.send(b, 3);
  await advance(simulation, SECOND);
  expect(simulation.faults.counters["cut again"]).toMatchObject({ dropped: 1 });
  expect(slow.counters.delayed + slower.counters.delayed).toBe(6);
});
