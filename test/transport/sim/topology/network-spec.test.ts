import { describe, expect, test } from "vitest";
import { seededRandom } from "../../../../src/core/random.ts";
import { LATENCY_NAMES } from "../../../../src/transport/sim/latency.ts";
import { parseNetwork } from "../../../../src/transport/sim/topology/network-spec.ts";
import type { Topology } from "../../../../src/transport/sim/topology/topology.ts";

const make = (text: string, content = ""): Topology => {
  const spec = parseNetwork(text);
  if (spec === undefined) throw new Error("no topology");
  return spec.make(seededRandom("1"), new TextEncoder().encode(content));
};

describe("a network as it is written", () => {
  test("delay models have no routers", () => {
    for (const name of LATENCY_NAMES) expect(parseNetwork(name)).toBeUndefined();
  });

  test("names alone are the networks of the papers", () => {
    expect(make("transit-stub").routers).toBe(5_050);
    expect(make("mercator").routers).toBe(102_639);
    expect(make("king").routers).toBe(1_740);
    expect(parseNetwork("mercator")?.accessUs).toBe(1_000);
  });

  test("options change their shape", () => {
    const stub = make(
      "transit-stub:transitDomains=2,transitRouters=3,stubs=1,stubRouters=4,mean=5ms",
    );
    expect(stub.routers).toBe(2 * 3 * 5);
    const map = make("mercator:routers=100,links=110,systems=10,systemLinks=12,link=3ms");
    expect([map.routers, map.links, map.domains.length]).toEqual([100, 110, 10]);
    expect(map.distanceUs(0, 99)).toBe(3_000 * map.hops(0, 99));
    expect(make("king:routers=77").routers).toBe(77);
    expect(parseNetwork("king:routers=77,access=0")?.accessUs).toBe(0);
    expect(parseNetwork("transit-stub:access=250us,seed=7")).toMatchObject({
      accessUs: 250,
      seed: "7",
    });
  });

  test("a King file stands behind the colon, its options behind it", () => {
    const spec = parseNetwork("king:./data/king.txt,unit=ms,times=one-way,access=2ms");
    expect(spec).toMatchObject({ file: "./data/king.txt", accessUs: 2_000 });
    expect(make("king:k.txt,unit=ms,times=one-way", "0 7\n7 0").distanceUs(0, 1)).toBe(7_000);
    expect(make("king:k.txt,asymmetry=0.5", "0 10\n14 0").distanceUs(0, 1)).toBe(6);
  });

  const wrong: Readonly<Record<string, string>> = {
    torus:
      'no network "torus"; there are constant, uniform, sphere, regions, transit-stub, mercator, king',
    "transit-stub:stub=3":
      'transit-stub has no option "stub"; it has access, mean, seed, stubRouters, stubs, transitDomains, transitRouters',
    "transit-stub:large": 'transit-stub has no preset "large"',
    "transit-stub:stubs=0": "transit-stub option stubs",
    "transit-stub:mean=0ms": 'transit-stub option mean: "0ms" is not a delay from 1us to 10s',
    "mercator:delays=random": 'mercator option delays: "random" is not one of unit, drawn',
    "king:file.txt,routers=5":
      'king has no option "routers"; it has access, asymmetry, times, unit',
    "king:routers=1": "king option routers",
    "king:unit=ms": 'king has no option "unit"; it has access, routers, seed',
  };
  for (const [text, message] of Object.entries(wrong)) {
    test(`${text} is refused`, () => {
      expect(() => parseNetwork(text)).toThrow(message);
    });
  }
});
