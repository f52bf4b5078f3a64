import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Lines } from "../../../bench/suites/packet/post.ts";
import { alive, silence } from "../../../bench/suites/packet/silences.ts";
import { tcpOptions } from "../../../src/transport/tcp/options.ts";
import { PathLoss } from "../../../src/transport/tcp/path-loss.ts";
import { type Process, peerOf, start } from "./processes.ts";
import { VirtualNet } from "./virtual-net.ts";

const second = 1_000_000;

const lines = (rttMs: number, loss: number): Lines => ({
  seed: "tcp detector",
  transport: "packet-tcp",
  oneWayUs: rttMs * 500,
  path: { loss },
});

/** A process that watches so many others, all of which watch it too. */
async function star(seed: string, watched: number) {
  const net = new VirtualNet(seed);
  const hub = await start(net, 1);
  const others: Process[] = [];
  for (let i = 0; i < watched; i++) others.push(await start(net, 10 + i));
  for (const other of others) watchEachOther(hub, other);
  await net.run(3 * second);
  return { net, hub, others };
}

function watchEachOther(a: Process, b: Process): void {
  a.node.transport.watch(a.node.port, peerOf(a, b));
  b.node.transport.watch(b.node.port, peerOf(b, a));
}

const told = ({ node }: Process, state: string) =>
  node.states.filter((known) => known.state === state).map(({ reason }) => reason);

describe("over the model of the kernel's TCP", () => {
  test.each([0.05, 0.1])(
    "where %d of all packets are lost, nobody alive is called down",
    async (loss) => {
      const run = await alive(lines(20, loss), 8, 120, undefined);
      expect(run.falseDown).toBe(0);
    },
  );

  test("a stopped program is down within the bound, and usually within two seconds", async () => {
    for (const tickUs of [20_000, undefined]) {
      const { downUs, suspectUs } = await silence(lines(20, 0.01), "stopped", 20, tickUs);
      const sorted = [...downUs].sort((a, b) => a - b);
      expect(sorted[10]).toBeLessThan(2 * second);
      // Two lost SYNs and all: what `bounds()` says for this path.
      expect(sorted.at(-1)).toBeLessThan(9 * second);
      expect(Math.max(...suspectUs)).toBeLessThan(3 * second);
    }
  });

  test("who watch each other pay for it together, and data pays for it alone", async () => {
    const idle = await alive(lines(1, 0), 4, 60, undefined);
    expect(idle.bytesPerPeerSecond).toBeLessThan(150);
    expect(idle.bytesPerPeerSecond).toBeGreaterThan(50);
  });
});

describe("on a virtual network", () => {
  test("while data flows both ways nobody is probed", async () => {
    const net = new VirtualNet("busy");
    const [a, b] = [await start(net, 1), await start(net, 2)];
    watchEachOther(a, b);
    for (let i = 1; i < 600; i++) {
      a.node.note(peerOf(a, b), i, i);
      await net.run(100_000);
    }
    expect(a.node.transport.stats().probeBytes + b.node.transport.stats().probeBytes).toBe(0);
  });

  test("a process that stands still 400 ms in every second is not called down", async () => {
    const net = new VirtualNet("staller");
    const [a, b] = [await start(net, 1), await start(net, 2)];
    watchEachOther(a, b);
    for (let i = 1; i < 60; i++) {
      a.node.note(peerOf(a, b), i, i);
      await net.run(600_000);
      b.machine.hang(true);
      await net.run(400_000);
      b.machine.hang(false);
    }
    expect(told(a, "down")).toEqual([]);
    expect(told(b, "down")).toEqual([]);
    expect(a.node.messages.length + b.node.messages.length).toBe(59);
  });

  test("when most peers fall silent at once it is us: verdicts are held, and all come back", async () => {
    const { net, hub, others } = await star("outage", 10);
    for (const { machine } of others) machine.hang(true);
    await net.run(2 * second);
    expect(told(hub, "suspect").length).toBeGreaterThan(5);
    for (const { machine } of others) machine.hang(false);
    await net.run(5 * second);
    expect(told(hub, "down")).toEqual([]);
    expect(hub.node.transport.stats().localOutages).toBe(1);
    expect(told(hub, "up").length).toBe(told(hub, "suspect").length);
  });

  test("an outage that does not end is theirs: everybody is down", async () => {
    const { net, hub, others } = await star("deaths", 10);
    for (const { machine } of others) machine.hang(true);
    await net.run(2 * second + 2 * tcpOptions().outageHoldUs);
    expect(told(hub, "down")).toEqual(Array(10).fill("silent"));
  });

  test("one of many that falls silent is down alone, and the others are asked", async () => {
    const { net, hub, others } = await star("one", 10);
    others[3]?.machine.hang(true);
    await net.run(4 * second);
    expect(told(hub, "down")).toEqual(["silent"]);
    expect(hub.node.transport.stats().localOutages).toBe(0);
  });

  test("a silent peer whose host says that nobody listens is refused, not silent", async () => {
    const net = new VirtualNet("refused");
    const [a, b] = [await start(net, 1), await start(net, 2)];
    watchEachOther(a, b);
    await net.run(2 * second);
    b.machine.hang(true);
    net.listeners.delete(`${b.machine.host}:7000`);
    await net.run(2 * second);
    expect(told(a, "down")).toEqual(["refused"]);
  });

  test("a silent peer at whose address another life answers was restarted", async () => {
    const net = new VirtualNet("another life");
    const [a, b] = [await start(net, 1), await start(net, 2)];
    watchEachOther(a, b);
    await net.run(2 * second);
    b.machine.hang(true);
    net.listeners.delete(`${b.machine.host}:7000`);
    await start(net, 2);
    await net.run(2 * second);
    expect(told(a, "down")).toEqual(["restarted"]);
  });

  test("a program that says how late it runs is waited for", async () => {
    const downAfterUs = async (late: boolean): Promise<number> => {
      const net = new VirtualNet("late");
      const [a, b] = [await start(net, 1), await start(net, 2)];
      watchEachOther(a, b);
      await net.run(2 * second);
      // Its own timers show it that it stood still; `a` is told with the next answers.
      b.machine.hang(late);
      await net.run(late ? 1_100_000 : 0);
      b.machine.hang(false);
      await net.run(1_500_000);
      b.machine.hang(true);
      const sinceUs = net.nowUs;
      await net.run(20 * second);
      const down = a.node.states.find(({ state }) => state === "down");
      return (down?.atUs ?? Number.POSITIVE_INFINITY) - sinceUs;
    };
    const usualUs = await downAfterUs(false);
    const patientUs = await downAfterUs(true);
    expect(patientUs).toBeGreaterThan(usualUs + 500_000);
    expect(patientUs).toBeLessThan(tcpOptions().lateSilenceUs + 2 * second);
  });
});

test("loss as seen by questions stays between floor and ceiling, and follows what is seen", () => {
  const { lossFloor, lossCeiling } = tcpOptions();
  fc.assert(
    fc.property(fc.array(fc.boolean(), { maxLength: 300 }), (answers) => {
      const path = new PathLoss(tcpOptions());
      for (const answered of answers) {
        const before = path.loss;
        if (answered) path.answered();
        else path.failed();
        if (answered) expect(path.loss).toBeLessThanOrEqual(before);
        else expect(path.loss).toBeGreaterThanOrEqual(before);
        expect(path.loss).toBeGreaterThanOrEqual(lossFloor);
        expect(path.loss).toBeLessThanOrEqual(lossCeiling);
      }
    }),
  );
});
