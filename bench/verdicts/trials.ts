import { seededRandom } from "../../src/core/random.ts";
import type { Peer, Token } from "../../src/transport/transport.ts";
import type { UdpOptions } from "../../src/transport/udp/options.ts";
import { type Conditions, LossyNet, type VerdictNode } from "./lossy-net.ts";

const SECOND_US = 1_000_000;
/** A message leaves so often where data is in flight. */
const TICK_US = 20_000;
const GIVE_UP_US = 60 * SECOND_US;

/** The value below which a share of all lies; `Infinity` where there is none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = Math.min(sorted.length - 1, Math.floor(share * sorted.length));
  return sorted[at] ?? Number.POSITIVE_INFINITY;
}

export interface BlackHole {
  /** From the moment that the peer fell silent until it was down; `Infinity`: never. */
  readonly verdictsUs: readonly number[];
  readonly suspectUs: readonly number[];
  /** Messages that were delivered, from send to verdict. */
  readonly successUs: readonly number[];
}

/**
 * A peer that falls silent while messages go to it every 20 ms, or while nobody says anything. Others, which watch
 * both, may be asked about it.
 */
export function blackHole(
  seed: string,
  options: UdpOptions,
  conditions: Conditions,
  trials: number,
  data: boolean,
): BlackHole {
  const verdictsUs: number[] = [];
  const suspectUs: number[] = [];
  const successUs: number[] = [];
  for (let trial = 0; trial < trials; trial++) {
    const net = new LossyNet(`${seed}/${trial}`, conditions);
    const [a, b] = [net.node(options), net.node(options)];
    const toB = a.peer(b);
    const helpers = Array.from({ length: options.indirectProbes }, () => net.node(options));
    for (const helper of helpers) {
      helper.watch(helper.peer(a));
      helper.watch(helper.peer(b));
    }
    a.assistedBy(helpers);
    const sentUs: number[] = [0];
    let silentUs = Number.POSITIVE_INFINITY;
    let down = false;
    a.onEvent = (event) => {
      if (event.kind === "verdict" && event.verdict.outcome === "delivered") {
        successUs.push(net.nowUs - (sentUs[event.token] as number));
      }
      if (event.kind !== "peer" || net.nowUs < silentUs) return;
      if (event.state === "suspect") suspectUs.push(net.nowUs - silentUs);
      if (event.state !== "down" || down) return;
      down = true;
      verdictsUs.push(net.nowUs - silentUs);
    };
    a.watch(toB);
    const quietUs = seededRandom(`${seed}/${trial}/when`).float() * SECOND_US;
    const warmUntilUs = net.nowUs + 10 * SECOND_US + quietUs;
    const endUs = warmUntilUs + GIVE_UP_US;
    while (!down && net.nowUs < endUs) {
      if (net.nowUs >= warmUntilUs && !b.silent) {
        b.silent = true;
        silentUs = net.nowUs;
      }
      if (data) a.throwTo(toB, (sentUs.push(net.nowUs) - 1) as Token);
      const stepUs =
        b.silent || net.nowUs + TICK_US < warmUntilUs ? TICK_US : warmUntilUs - net.nowUs;
      net.advance(Math.max(1, stepUs));
    }
    if (!down) verdictsUs.push(Number.POSITIVE_INFINITY);
  }
  return { verdictsUs, suspectUs, successUs };
}

export interface FalseAlarms {
  /** Round trips for which a live peer was waited. */
  readonly rounds: number;
  /** Live peers that were called down, each time once. */
  readonly falseDown: number;
  readonly suspicions: number;
}

const PAIRS = 16;

/** Live pairs with data in flight, for so many round trips in all. */
export function livePairs(
  seed: string,
  options: UdpOptions,
  conditions: Conditions,
  rounds: number,
  progress: (share: number) => void,
): FalseAlarms {
  const net = new LossyNet(seed, conditions);
  const count = { falseDown: 0, suspicions: 0 };
  const pairs = Array.from({ length: PAIRS }, () => {
    const [a, b] = [net.node(options), net.node(options)];
    counted(a, count);
    counted(b, count);
    return { a, toB: a.peer(b) };
  });
  const steps = Math.ceil(rounds / PAIRS);
  for (let step = 0; step < steps; step++) {
    for (const { a, toB } of pairs) a.throwTo(toB);
    net.advance(conditions.rttUs);
    if (step % 2_000 === 0) progress(step / steps);
  }
  return { rounds: steps * PAIRS, ...count };
}

function counted(node: VerdictNode, count: { falseDown: number; suspicions: number }): void {
  node.onEvent = (event) => {
    if (event.kind !== "peer") return;
    if (event.state === "down") count.falseDown++;
    if (event.state === "suspect") count.suspicions++;
  };
}

/** One node watches peers for hours; one of them stands still 400 ms in every second. */
export function stallingPeer(
  seed: string,
  options: UdpOptions,
  conditions: Conditions,
  watched: number,
  hours: number,
  progress: (share: number) => void,
): FalseAlarms {
  const net = new LossyNet(seed, conditions);
  const count = { falseDown: 0, suspicions: 0 };
  const hub = net.node(options);
  const others = Array.from({ length: watched }, () => net.node(options));
  for (const node of [hub, ...others]) counted(node, count);
  for (const other of others) {
    hub.watch(hub.peer(other));
    other.watch(other.peer(hub));
  }
  const staller = others[0] as VerdictNode;
  const seconds = Math.ceil(hours * 3_600);
  for (let second = 0; second < seconds; second++) {
    net.advance(600_000);
    staller.stalledUntilUs = net.nowUs + 400_000;
    net.advance(400_000);
    staller.runAgain();
    if (second % 60 === 0) progress(second / seconds);
  }
  return { rounds: Math.round(net.datagrams / 2), ...count };
}

export interface Members {
  /** From the moment that some fell silent until a survivor had called one of them down. */
  readonly verdictsUs: readonly number[];
  readonly falseDown: number;
  readonly rounds: number;
  /** Of all in the ten seconds from the moment on that some fell silent, IP and UDP headers included. */
  readonly bytes: number;
}

/** Members that all watch each other, as an overlay of this size does; so many fall silent at once. */
export function members(
  seed: string,
  options: UdpOptions,
  conditions: Conditions,
  shape: { readonly members: number; readonly silent: number; readonly seconds: number },
  progress: (share: number) => void = () => undefined,
): Members {
  const net = new LossyNet(seed, conditions);
  const nodes = Array.from({ length: shape.members }, () => net.node(options));
  const verdictsUs: number[] = [];
  let falseDown = 0;
  let silentUs = Number.POSITIVE_INFINITY;
  for (const node of nodes) {
    node.assistedBy(nodes.filter((other) => other !== node));
    const numbers = new Map<Peer, VerdictNode>();
    for (const other of nodes) {
      if (other === node) continue;
      const peer = node.peer(other);
      numbers.set(peer, other);
      node.watch(peer);
    }
    node.onEvent = (event) => {
      if (event.kind !== "peer" || event.state !== "down") return;
      if (numbers.get(event.peer)?.silent === true) verdictsUs.push(net.nowUs - silentUs);
      else falseDown++;
    };
  }
  for (let second = 0; second < shape.seconds; second++) {
    net.advance(SECOND_US);
    if (second % 60 === 0) progress(second / shape.seconds);
  }
  const bytesBefore = net.bytes;
  if (shape.silent > 0) {
    net.advance(seededRandom(`${seed}/when`).float() * SECOND_US);
    silentUs = net.nowUs;
    for (const node of nodes.slice(0, shape.silent)) node.silent = true;
    net.advance(10 * SECOND_US);
    const expected = shape.silent * (shape.members - shape.silent);
    while (verdictsUs.length < expected) verdictsUs.push(Number.POSITIVE_INFINITY);
  }
  const rounds = Math.round(net.datagrams / 2);
  return { verdictsUs, falseDown, rounds, bytes: net.bytes - bytesBefore };
}

/** What it costs both ends together, bytes a second, to watch a peer that says nothing of its own. */
export function watchingBytes(
  seed: string,
  options: UdpOptions,
  conditions: Conditions,
  mutual: boolean,
): number {
  const net = new LossyNet(seed, conditions);
  const [a, b] = [net.node(options), net.node(options)];
  a.watch(a.peer(b));
  if (mutual) b.watch(b.peer(a));
  net.advance(10 * SECOND_US);
  const before = net.bytes;
  const seconds = 600;
  net.advance(seconds * SECOND_US);
  return (net.bytes - before) / seconds;
}
