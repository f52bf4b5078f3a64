import { expect, test } from "vitest";
import { seededRandom } from "../../../src/core/random.ts";
import {
  CLOUD_REGION_RTT_MS,
  CLOUD_REGIONS,
} from "../../../src/transport/sim/data/cloud-regions.ts";
import { PacketReader } from "../../../src/transport/udp/packet/packet-reader.ts";
import { PacketWriter } from "../../../src/transport/udp/packet/packet-writer.ts";
import {
  foretoldRttUs,
  isPlausible,
  OwnPlace,
} from "../../../src/transport/udp/path/coordinate.ts";
import { token, VirtualNet, type VirtualNode } from "./virtual-net.ts";

const ms = (n: number) => n * 1000;
const PER_REGION = 3;
/** The round trip between two ports of different regions, as measured; the mean of both directions. */
function rttUs(a: number, b: number): number {
  const [from, to] = [Math.floor((a - 1) / PER_REGION), Math.floor((b - 1) / PER_REGION)];
  if (from === to) return 500;
  const there = CLOUD_REGION_RTT_MS[from]?.[to] ?? 0;
  return ((there + (CLOUD_REGION_RTT_MS[to]?.[from] ?? 0)) / 2) * 1000;
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

/** Thirty processes in ten cloud regions, each talking to six others for some minutes. */
function world() {
  const random = seededRandom("regions");
  const net = new VirtualNet((from, to) => [
    Math.round((rttUs(from, to) / 2) * (1 + 0.05 * random.float())),
  ]);
  const nodes: VirtualNode[] = [];
  for (let port = 1; port <= CLOUD_REGIONS.length * PER_REGION; port++) {
    nodes.push(net.node(port, { options: { preset: "wan" } }));
  }
  for (const node of nodes) {
    for (const other of random.shuffle(nodes.filter((n) => n !== node)).slice(0, 6)) {
      node.protocol.watch(node.peer(other), net.nowUs);
    }
  }
  net.advance(300 * ms(1_000));
  return { net, nodes };
}

test("coordinates carried on packets converge to the measured round trips between cloud regions", () => {
  const { nodes } = world();
  const errors: number[] = [];
  for (const a of nodes) {
    for (const b of nodes) {
      const realUs = rttUs(a.port, b.port);
      if (a.port >= b.port || realUs < 1_000) continue;
      const foretoldUs = foretoldRttUs(a.protocol.coordinate, b.protocol.coordinate);
      errors.push(Math.abs(foretoldUs - realUs) / realUs);
    }
  }
  const sorted = [...errors].sort((a, b) => a - b);
  const at = (share: number) => (sorted[Math.floor(sorted.length * share)] ?? 1) * 100;
  console.log(
    `coordinates: relative error of ${errors.length} pairs: median ${at(0.5).toFixed(1)} %, p90 ${at(0.9).toFixed(1)} %`,
  );
  expect(median(errors)).toBeLessThan(0.15);
}, 30_000);

test("the first timeout to a peer that was forgotten comes from where it was last", () => {
  const { net, nodes } = world();
  const far = nodes.at(-1) as VirtualNode;
  const near = nodes[0] as VirtualNode;
  const toFar = near.peer(far);
  near.send(toFar, "hello", token(1));
  net.advance(ms(2_000));
  const known = near.protocol.health(toFar);
  const realUs = rttUs(near.port, far.port);
  expect(Math.abs((known?.foretoldRttUs ?? 0) - realUs) / realUs).toBeLessThan(0.5);
  // A later life at the same address: nothing was ever sent to it.
  const next = near.directory.claim({ ...far.endpoint, incarnation: 999_999 as never });
  near.protocol.watch(next, net.nowUs);
  const fresh = near.protocol.health(next);
  expect(fresh?.srttUs).toBeUndefined();
  expect(fresh?.rtoUs).toBeGreaterThan(realUs);
  const unknown = near.directory.claim({
    address: far.endpoint.address.replace(/\d+$/, "999") as never,
    incarnation: 5 as never,
  });
  near.protocol.watch(unknown, net.nowUs);
  expect(near.protocol.health(unknown)?.rtoUs).toBe(250_000);
  expect(near.protocol.health(unknown)?.foretoldRttUs).toBeUndefined();
}, 30_000);

test("a coordinate travels in thirteen bytes, to within its unit", () => {
  const writer = new PacketWriter();
  const reader = new PacketReader();
  const random = seededRandom("units");
  for (let n = 0; n < 1_000; n++) {
    const place = () => (random.float() - 0.5) * 4_000_000;
    const at = {
      x: place(),
      y: place(),
      z: place(),
      heightUs: random.below(1_000_000),
      error: 0.4,
    };
    writer.begin(100, 1, n);
    writer.coordinate(at);
    const bytes = writer.finish();
    expect(bytes.length).toBe(16 + 13);
    expect(reader.parse(bytes)).toBeUndefined();
    expect(reader.path.hasCoordinate).toBe(true);
    expect(isPlausible(reader.path.coordinate)).toBe(true);
    for (const part of ["x", "y", "z", "heightUs"] as const) {
      expect(Math.abs(reader.path.coordinate[part] - at[part])).toBeLessThanOrEqual(8);
    }
  }
});

test("liars move us a step at a time, impossible places not at all, and honest peers bring us back", () => {
  const own = new OwnPlace(seededRandom("own"));
  const honest = [
    { x: 20_000, y: 0, z: 0, heightUs: 100, error: 0.1 },
    { x: 0, y: 30_000, z: 0, heightUs: 100, error: 0.1 },
    { x: -40_000, y: 0, z: 10_000, heightUs: 100, error: 0.1 },
    { x: 0, y: -10_000, z: -30_000, heightUs: 100, error: 0.1 },
  ];
  const real = (peer: (typeof honest)[number]) => Math.hypot(peer.x, peer.y, peer.z) + 200;
  const settle = () => {
    for (let n = 0; n < 400; n++) for (const peer of honest) own.sample(peer, real(peer));
  };
  const worst = () =>
    Math.max(...honest.map((p) => Math.abs(foretoldRttUs(own.coordinate, p) - real(p)) / real(p)));
  settle();
  expect(worst()).toBeLessThan(0.05);
  const before = { ...own.coordinate };
  for (const x of [Number.NaN, Number.POSITIVE_INFINITY, 1e9]) {
    expect(own.sample({ ...before, x }, 10_000)).toBe(false);
    expect(own.sample({ ...before, heightUs: x }, 10_000)).toBe(false);
    expect(own.sample({ ...before, error: x }, 10_000)).toBe(false);
  }
  for (const rtt of [Number.NaN, -1, 0, 1e12]) expect(own.sample(before, rtt)).toBe(false);
  expect(own.coordinate).toEqual(before);
  for (let n = 0; n < 50; n++) {
    const at = { ...own.coordinate };
    own.sample({ x: 2_000_000, y: 2_000_000, z: 0, heightUs: 0, error: 0 }, 1);
    const { x, y, z } = own.coordinate;
    expect(Math.hypot(x - at.x, y - at.y, z - at.z)).toBeLessThanOrEqual(100_001);
    expect(isPlausible(own.coordinate)).toBe(true);
  }
  settle();
  expect(worst()).toBeLessThan(0.05);
});
