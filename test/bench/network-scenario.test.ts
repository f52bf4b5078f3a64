import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { benchOptions } from "../../bench/options.ts";
import { headline } from "../../bench/report/page-head.ts";
import { terminalTable } from "../../bench/report/terminal.ts";
import { runAll } from "../../bench/run-all.ts";
import { networkScript } from "../../bench/scenarios/network.ts";
import { runSim } from "../../bench/sim/run-sim.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "skipnet-network-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

let files = 0;
async function scenarioFile(content: object): Promise<string> {
  const path = join(folder, `network-${files++}.json`);
  await writeFile(path, JSON.stringify(content));
  return path;
}

const SMALL = { nodes: 4, clients: 1, rate: 40, duration: "4s", warmUp: "0s", workload: "echo" };

async function column(network: object, given: object = {}, transport = "sim:packet-udp") {
  const scenario = await scenarioFile({ ...SMALL, faults: "none", ...given, network });
  const options = await benchOptions({ scenario });
  return await runSim({
    transport,
    scenario: options.scenario,
    logFolder: "",
    signal: new AbortController().signal,
    progress: () => undefined,
  });
}

describe("the network of a scenario", () => {
  test("is read as it is written", () => {
    const script = networkScript(
      {
        delay: "15ms",
        up: { rate: "10Mbit", queue: "25p" },
        down: { rate: "1Gbit", queue: "64KiB" },
        path: {
          loss: 0.02,
          burst: { bad: "80ms", good: "2s", loss: 0.8 },
          reorder: { share: 0.02, by: "50ms" },
          mtu: "1500B",
        },
        hosts: [{ hosts: [0, 1], cpu: "50us", down: { delay: "5ms" } }],
        changes: [
          { at: "5s", for: "2s", every: "7s", cut: "both" },
          { at: "1s", hosts: "10%", clockJump: "-2s" },
        ],
      },
      10,
    );
    expect(script).toMatchObject({
      oneWayUs: 15_000,
      conditions: {
        up: { rateBitsPerSecond: 10e6, queuePackets: 25 },
        down: { rateBitsPerSecond: 1e9, queueBytes: 65_536 },
        path: {
          loss: 0.02,
          burst: { badUs: 80_000, goodUs: 2e6, lossBad: 0.8, lossGood: 0 },
          reorder: 0.02,
          reorderUs: 50_000,
          mtuBytes: 1_500,
        },
      },
      hosts: [{ hosts: [0, 1], cpuUs: 50, down: { delayUs: 5_000 } }],
      changes: [
        { atUs: 5e6, forUs: 2e6, everyUs: 7e6, up: { outage: true }, down: { outage: true } },
        { atUs: 1e6, hosts: { share: 0.1 }, clockJumpUs: -2e6 },
      ],
    });
  });

  test.each<[string, object, string]>([
    ["a key that does not exist", { speed: "1Mbit" }, "network.speed"],
    ["a rate of another kind", { up: { rate: "fast", queue: "3p" } }, "network.up.rate"],
    ["a rate without a queue", { up: { rate: "1Mbit" } }, "without a queue"],
    ["a rate of the path", { path: { rate: "1Mbit", queue: "3p" } }, "up or down"],
    ["a loss of more than all", { path: { loss: 2 } }, "network.path.loss"],
    [
      "a burst that never ends",
      { path: { burst: { bad: "long", good: "1s", loss: 1 } } },
      "burst.bad",
    ],
    ["a host that is not there", { hosts: [{ hosts: [5], cpu: "1us" }] }, "no host 5"],
    ["hosts by a word", { hosts: [{ hosts: "some", cpu: "1us" }] }, "some"],
    [
      "a change that overlaps itself",
      { changes: [{ at: "0s", for: "2s", every: "1s", cut: "in" }] },
      "below every",
    ],
    [
      "a change that contradicts the link",
      { up: { rate: "1Mbit", queue: "64KiB" }, changes: [{ at: "0s", up: { mtu: "99KiB" } }] },
      "full packet",
    ],
    ["a stop for good", { changes: [{ at: "0s", stop: true }] }, "hangs a node for good"],
  ])("is refused with %s", async (_, network, said) => {
    const scenario = await scenarioFile({ ...SMALL, faults: "none", network });
    await expect(benchOptions({ scenario })).rejects.toThrow(said);
    await expect(benchOptions({ scenario })).rejects.toThrow("E_OPTIONS");
  });

  test.each<[string, object, string]>([
    [
      "after the load",
      { network: { delay: "1ms", changes: [{ at: "5s", for: "1s", cut: "in" }] } },
      "the load is over",
    ],
    [
      "crashes beside other crashes",
      { faults: "crash", network: { changes: [{ at: "1s", hosts: [1], crash: true }] } },
      "could not be told apart",
    ],
    ["live columns of its own", { transports: "udp", network: { delay: "1ms" } }, "lists udp"],
    ["columns of messages", { transports: "sim:udp", network: {} }, "lists sim:udp"],
  ])("is refused with %s", async (_, given, said) => {
    const scenario = await scenarioFile({ ...SMALL, faults: "none", ...given });
    await expect(benchOptions({ scenario })).rejects.toThrow(said);
    await expect(benchOptions({ scenario })).rejects.toThrow("E_OPTIONS");
  });

  test("shows in the figures: a longer way, a narrow link, and an outage while it lasts", async () => {
    const near = await column({ delay: "10ms" });
    const far = await column({ delay: "40ms" });
    expect(near.operations["echo"]?.latencyMs?.p50).toBeCloseTo(20, 0);
    expect(far.operations["echo"]?.latencyMs?.p50).toBeCloseTo(80, 0);
    const cut = await column({ delay: "10ms", changes: [{ at: "1s", for: "300ms", cut: "both" }] });
    expect(near.serviceGapMs).toBeLessThan(250);
    expect(cut.serviceGapMs).toBeGreaterThan(290);
    expect(cut.serviceGapMs).toBeLessThan(1_000);
  });

  test("runs over the model of TCP too: what is lost holds up what is behind it", async () => {
    const network = { delay: "10ms", path: { loss: 0.03 } };
    const given = { rate: 200, duration: "10s" };
    const tcp = await column(network, given, "sim:packet-tcp");
    expect(tcp.operations["echo"]).toMatchObject({ failed: 0, uncertain: 0, pendingAtEnd: 0 });
    const again = await column(network, given, "sim:packet-tcp");
    expect({ ...again, cpuMs: 0 }).toEqual({ ...tcp, cpuMs: 0 });
    const udp = await column(network, given);
    const p90 = (figures: typeof tcp) => figures.operations["echo"]?.latencyMs?.p90 ?? 0;
    expect(p90(udp)).toBeLessThan(p90(tcp));
  });

  test("gives the same figures for the same seed", async () => {
    const network = {
      delay: "10ms",
      up: { rate: "2Mbit", queue: "20p" },
      path: { loss: 0.05, jitter: "5ms", duplicate: 0.02, corrupt: 0.02 },
      hosts: [{ hosts: "50%", cpu: "100us" }],
      changes: [{ at: "1s", for: "300ms", every: "1s", hosts: [2], stop: true }],
    };
    const figures = async () => {
      const { cpuMs: _, ...figure } = await column(network);
      return figure;
    };
    const first = await figures();
    expect(await figures()).toEqual(first);
    expect(first.wire.retransmits).toBeGreaterThan(0);
  });

  test("leaves columns out that cannot show it, and the table says so", async () => {
    const scenario = await scenarioFile({
      ...SMALL,
      faults: "none",
      duration: "1s",
      network: { delay: "5ms" },
    });
    const given = { scenario, transports: "sim,udp,sim:packet-udp:lan" };
    const results = await runAll({
      ...(await benchOptions(given)),
      out: join(folder, "report"),
      signal: new AbortController().signal,
      progress: () => undefined,
    });
    expect(Object.keys(results.transports)).toEqual(["sim:packet-udp:lan"]);
    expect(Object.keys(results.leftOut)).toEqual(["sim", "udp"]);
    expect(terminalTable(results, false)).toContain("udp is left out: link conditions need hosts");
  });

  test("has packet-level columns if nobody says which; the live ones are named, and left out", async () => {
    const scenario = await scenarioFile({
      ...SMALL,
      faults: "none",
      duration: "1s",
      network: { delay: "5ms" },
    });
    const results = await runAll({
      ...(await benchOptions({ scenario })),
      out: join(folder, "report"),
      signal: new AbortController().signal,
      progress: () => undefined,
    });
    expect(Object.keys(results.transports)).toEqual(["sim:packet-udp", "sim:packet-tcp"]);
    expect(terminalTable(results, false)).toContain(
      "tcp:os, tcp, udp are left out: link conditions",
    );
    expect(headline(results).html).toContain("<code>tcp:os, tcp, udp</code> are left out");
  });
});
