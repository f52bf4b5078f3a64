import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { benchOptions } from "../../bench/options.ts";
import { SCENARIOS } from "../../bench/scenarios/catalogue.ts";
import { scenarioList, scenarioMarkdown } from "../../bench/scenarios/list.ts";
import { networkScript } from "../../bench/scenarios/network.ts";

/** Every row of the peers' own test networks, and the paper's war stories. */
const WANTED = [
  ...["lan", "kcp-test", "udx-lat", "ge-burst", "loop-stall"],
  ...["q-p2p", "q-longrtt", "q-loss", "q-handshakeloss", "q-corrupt", "q-corrupt-low"],
  ...["q-blackhole", "q-blackhole-one-way", "q-rebind", "q-rebind-address", "q-amplif"],
  ...["gns-low", "gns-med", "gns-terrible", "gns-wifi", "gns-reorder"],
  ...["rapid-flipflop", "rapid-80", "rapid-crash10", "lifeguard-pause"],
  ...["wan-10ms-0", "wan-50ms-1", "wan-100ms-5", "wan-150ms-20"],
  ...["nine-seconds", "one-address", "overload"],
];
const withLinks = Object.keys(SCENARIOS).filter((name) => SCENARIOS[name]?.network !== undefined);

describe("the scenarios that come with the program", () => {
  test("are the peers' networks and the paper's, and each says whose it is and what to look at", () => {
    expect(Object.keys(SCENARIOS)).toEqual(expect.arrayContaining(WANTED));
    for (const name of withLinks) {
      expect(SCENARIOS[name]?.source, name).toBeTruthy();
      expect(SCENARIOS[name]?.about, name).toBeTruthy();
      expect(SCENARIOS[name]?.look, name).toBeTruthy();
    }
  });

  test.each(Object.keys(SCENARIOS))("%s is read without a contradiction", async (name) => {
    const { scenario } = await benchOptions({ scenario: name });
    expect(scenario.name).toBe(name);
  });

  test("are in docs/scenarios.md as they are declared", () => {
    expect(readFileSync("docs/scenarios.md", "utf8")).toContain(`\n${scenarioMarkdown()}\n`);
  });

  test("are listed, each in the table of --scenario list", () => {
    const list = scenarioList();
    for (const name of Object.keys(SCENARIOS).filter((n) => !n.startsWith("wan-"))) {
      expect(list, name).toContain(`│ ${name}`);
    }
    expect(list).toContain("{0,1,5,10,20}");
  });
});

describe("a scenario that contradicts itself is refused", () => {
  const changes = (...all: object[]) => ({ changes: all });
  test.each<[string, object, string]>([
    [
      "an end without a beginning",
      changes({ at: "1s", hosts: [1], cut: "in", crash: true }),
      "for good",
    ],
    ["a repetition that never ended", changes({ at: "1s", every: "2s", cut: "in" }), "needs for"],
    ["a change of nothing", changes({ at: "1s", hosts: [1] }), "nothing changes"],
    [
      "a time without anything that lasts",
      changes({ at: "1s", for: "1s", clockJump: "1s" }),
      "no meaning",
    ],
    ["a crash of all", changes({ at: "1s", crash: true }), "somebody has to measure"],
    ["a crash of a client", changes({ at: "1s", hosts: [4], crash: true }), "a client cannot die"],
    [
      "a share that is nobody",
      changes({ at: "1s", hosts: "1%", stop: true, for: "1s" }),
      "is none",
    ],
    ["one address of one host", changes({ at: "1s", hosts: [1], sameAddressAs: 1 }), "one other"],
    ["an address of nobody", changes({ at: "1s", hosts: [1], sameAddressAs: 9 }), "no host 9"],
    ["packets counted on the path", { path: { packets: { from: 1, to: 2 } } }, "up or down"],
    ["packets in no order", { up: { packets: { from: 3, to: 2 } } }, "are none"],
    ["losses in a row of no losses", { up: { inARow: 3 } }, "no losses"],
  ])("%s", (_, network, said) => {
    expect(() => networkScript(network, 5, 4)).toThrow(said);
    expect(() => networkScript(network, 5, 4)).toThrow("E_OPTIONS");
  });
});
