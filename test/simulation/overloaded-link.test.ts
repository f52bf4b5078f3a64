import { expect, test } from "vitest";
import { constantLatency } from "../../src/transport/sim/latency.ts";
import { advance, packetScene } from "../transport/sim/packet/scene.ts";
import { Watcher } from "./watcher.ts";

/**
 * More traffic than a link carries: the paper's authors sent over 100 Mbit/s through a link of 100
 * Mbit/s, and lost messages. Source: Jones & Dunagan 2004, §3.5.
 */
const RATE = 1e6;
const SECONDS = 60;
const KIB = 1_024;

/** Two hosts with a line of 1 Mbit/s whose queue holds 1.2 s; so many TCP flows fill it. */
function narrow(flows: number) {
  const simulation = packetScene({
    seed: "an overloaded link",
    transport: "packet-udp:wan,queueBytes=1MiB",
    latency: constantLatency(10_000),
    up: { rateBitsPerSecond: RATE, queuePackets: 100 },
  });
  const [a, b] = [new Watcher(simulation, 0), new Watcher(simulation, 1)];
  a.watch(b);
  b.watch(a);
  const others = Array.from({ length: flows }, () => simulation.bulkFlow(a.port, b.port, "cubic"));
  return { simulation, a, b, others };
}

test.each([0, 2])(
  "an overloaded link, with %i TCP flows that fill its queue: the sender is told, the goodput stands, nobody is called dead",
  async (flows) => {
    const { simulation, a, b, others } = narrow(flows);
    const answers = new Set<string>();
    let id = 0;
    const fill = (): void => {
      for (;;) {
        const answer = a.send(b, ++id, 16 * KIB);
        answers.add(answer);
        if (answer !== "sent") return;
      }
    };
    a.onRoom = fill;
    fill();
    let longestUs = 0;
    for (let second = 0; second < SECONDS; second++) {
      await advance(simulation, 1_000);
      longestUs = Math.max(longestUs, a.transport.health(a.port, a.peer(b))?.srttUs ?? 0);
      // Whoever does not wait to be told that there is room is told so again.
      fill();
    }
    const bits = (bytes: number): number => (bytes * 8) / (RATE * SECONDS);
    const own = bits(b.got.length * 16 * KIB);
    const all = own + others.reduce((sum, flow) => sum + bits(flow.receivedBytes), 0);
    expect([...answers].sort().at(-1), "back-pressure").toBe("slow");
    expect(all, "goodput of the line").toBeGreaterThan(0.85);
    expect(own, "ours").toBeGreaterThan(flows === 0 ? 0.85 : 0.08);
    if (flows > 0) expect(longestUs, "queueing delay").toBeGreaterThan(0.9e6);
    expect([a.badNews, b.badNews].flat().filter((news) => news.includes("down"))).toEqual([]);
    expect(new Set(b.ids).size, "nothing twice").toBe(b.ids.length);
    // Beside the TCP flows some wait beyond their deadline; whatever is said of a message is true.
    const got = new Set(b.ids);
    for (const [token, verdict] of a.verdicts) {
      if (verdict.outcome !== "unknown") {
        expect(got.has(token), `${token} ${verdict.outcome}`).toBe(verdict.outcome === "delivered");
      } else expect(verdict.reason).toBe("deadline");
    }
    if (flows === 0) expect(a.outcomes).toEqual(["delivered"]);
  },
);
