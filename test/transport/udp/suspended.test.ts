import { describe, expect, test } from "vitest";
import { udpBounds } from "../../../src/transport/udp/bounds.ts";
import { udpOptions } from "../../../src/transport/udp/options.ts";
import { VirtualNet, type VirtualNode } from "./virtual-net.ts";

const ms = (n: number) => n * 1_000;
const seconds = (n: number) => n * 1_000_000;

/** What a node was told of its peers: `state reason` for each event, by the peer's port. */
type News = Map<number, string[]>;

/** So many that watch each other, as neighbours do; each of them keeps what it is told. */
function neighbourhood(count: number) {
  const net = new VirtualNet();
  const nodes = Array.from({ length: count }, (_, i) => net.node(1 + i));
  const news = new Map<VirtualNode, News>();
  for (const node of nodes) {
    const told: News = new Map(nodes.map(({ port }) => [port, []]));
    const ports = new Map<number, number>();
    for (const other of nodes) {
      if (other === node) continue;
      const peer = node.peer(other);
      ports.set(peer, other.port);
      node.protocol.watch(peer, net.nowUs);
    }
    const others = [...ports.keys()];
    node.protocol.assistedBy(
      (about) => others.filter((peer) => peer !== about) as ReturnType<typeof node.peer>[],
    );
    node.onEvent = (event) => {
      if (event.kind !== "peer") return;
      told.get(ports.get(event.peer) ?? 0)?.push(`${event.state} ${event.reason}`);
    };
    news.set(node, told);
  }
  net.advance(seconds(3));
  const toldOf = (node: VirtualNode, other: VirtualNode): string[] =>
    news.get(node)?.get(other.port) ?? [];
  return { net, nodes, toldOf };
}

const downs = (told: readonly string[]): number =>
  told.filter((state) => state.startsWith("down")).length;

/** As a process on a real socket notices: the timer that was due rings so late. */
function resume(net: VirtualNet, node: VirtualNode): void {
  net.resume(node, Math.max(0, net.nowUs - node.protocol.nextDeadlineUs));
}

describe.each([
  ["ten seconds", seconds(10)],
  ["ten minutes", seconds(600)],
])("a process that stood still for %s", (_, us) => {
  test("calls nobody down who lives; all are in touch again", () => {
    const { net, nodes, toldOf } = neighbourhood(8);
    const [sleeper, ...others] = nodes as [VirtualNode, ...VirtualNode[]];
    sleeper.paused = true;
    net.advance(us);
    for (const other of others) expect(toldOf(other, sleeper).at(-1)).toBe("down silent");
    resume(net, sleeper);
    net.advance(seconds(5));
    for (const other of others) {
      expect(downs(toldOf(sleeper, other)), `of ${other.port}`).toBe(0);
      expect(toldOf(sleeper, other).at(-1)).toBe("up heard");
      expect(toldOf(other, sleeper).at(-1)).toBe("up heard");
      expect(downs(toldOf(other, sleeper))).toBe(1);
    }
  });

  test("finds who died meanwhile, and who dies after, within the bound and what lateness adds", () => {
    const { net, nodes, toldOf } = neighbourhood(8);
    const [sleeper, early, late] = nodes as [VirtualNode, VirtualNode, VirtualNode];
    sleeper.paused = true;
    net.advance(us / 2);
    early.paused = true;
    net.advance(us / 2);
    resume(net, sleeper);
    net.advance(ms(100));
    late.paused = true;
    const { downUs } = udpBounds(udpOptions());
    net.advance(downUs + udpOptions().lateSilenceUs);
    expect(toldOf(sleeper, early).at(-1)).toBe("down silent");
    expect(toldOf(sleeper, late).at(-1)).toBe("down silent");
  });

  test("judges as fast as ever again half a minute later", () => {
    const { net, nodes, toldOf } = neighbourhood(8);
    const [sleeper, victim] = nodes as [VirtualNode, VirtualNode];
    sleeper.paused = true;
    net.advance(us);
    resume(net, sleeper);
    net.advance(seconds(30));
    victim.paused = true;
    net.advance(udpOptions().probeIntervalUs + ms(400));
    expect(toldOf(sleeper, victim).at(-1)).toBe("down silent");
  });
});

test("stalls of three seconds while messages are under way: nobody is called down for them", () => {
  const { net, nodes, toldOf } = neighbourhood(8);
  const [busy, ...others] = nodes as [VirtualNode, ...VirtualNode[]];
  for (let round = 0; round < 5; round++) {
    for (const other of others) {
      busy.send(busy.peer(other), `round ${round}`);
      net.flush(busy);
    }
    busy.paused = true;
    net.advance(seconds(3));
    resume(net, busy);
    net.advance(seconds(1));
  }
  for (const other of others) {
    expect(downs(toldOf(busy, other))).toBe(0);
    expect(toldOf(busy, other).at(-1)).toBe("up heard");
  }
});

test("all are silent because our own link is cut: nobody is down before the hold ends, and not if it heals", () => {
  const { net, nodes, toldOf } = neighbourhood(8);
  const [cutOff, ...others] = nodes as [VirtualNode, ...VirtualNode[]];
  net.fate = (from, to) => (from === cutOff.port || to === cutOff.port ? [] : [500]);
  net.advance(ms(1_500));
  expect(cutOff.protocol.counters.localOutages).toBe(1);
  const dead = others[0] as VirtualNode;
  dead.paused = true;
  net.fate = () => [500];
  net.advance(seconds(5));
  for (const other of others.slice(1)) {
    expect(downs(toldOf(cutOff, other))).toBe(0);
    expect(toldOf(cutOff, other).at(-1)).toBe("up heard");
  }
  expect(toldOf(cutOff, dead).at(-1)).toBe("down silent");
});

test("a whole machine that slept for an hour: on waking nobody is called down, and who did not wake is", () => {
  const { net, nodes, toldOf } = neighbourhood(8);
  const [dead, ...awake] = nodes as [VirtualNode, ...VirtualNode[]];
  for (const node of nodes) node.paused = true;
  net.advance(seconds(3_600));
  for (const node of awake) resume(net, node);
  const { downUs } = udpBounds(udpOptions());
  net.advance(downUs + udpOptions().lateSilenceUs);
  for (const node of awake) {
    for (const other of awake) {
      if (other !== node) expect(downs(toldOf(node, other))).toBe(0);
    }
    expect(toldOf(node, dead).at(-1)).toBe("down silent");
  }
});
