import type { UdpOptions } from "../../src/transport/udp/options.ts";
import { type Conditions, LossyNet, type VerdictNode } from "./lossy-net.ts";

const SECOND_US = 1_000_000;
const TICK_US = 20_000;
const WARM_SECONDS = 5;
/** Those that both ends know, and that know both. */
const HELPERS = 4;

export interface BadPaths {
  /** Live peers that were called down over the bad path, each time once. */
  readonly falseDown: number;
  readonly suspicions: number;
  /** Of all while the path was bad, IP and UDP headers included. */
  readonly bytes: number;
}

/** What is wrong with the path between two. */
export interface BadPath {
  /** Share of the datagrams that is lost. */
  readonly loss: number;
  readonly seconds: number;
  readonly ways: "both ways" | "one way";
}

/**
 * Two of six lose most of what they say to each other for a while, with a message from one to the other every
 * 20 ms; nobody else has trouble, and nobody dies.
 */
export function badPaths(
  seed: string,
  options: UdpOptions,
  conditions: Conditions,
  { loss, seconds, ways }: BadPath,
  trials: number,
  progress: (share: number) => void,
): BadPaths {
  const sum = { falseDown: 0, suspicions: 0, bytes: 0 };
  for (let trial = 0; trial < trials; trial++) {
    const net = new LossyNet(`${seed}/${trial}`, conditions);
    const nodes = Array.from({ length: 2 + HELPERS }, () => net.node(options));
    const [a, b] = nodes as [VerdictNode, VerdictNode];
    for (const node of nodes) {
      node.assistedBy(nodes.filter((other) => other !== node));
      for (const other of nodes) if (other !== node) node.watch(node.peer(other));
      node.onEvent = (event) => {
        if (event.kind !== "peer") return;
        if (event.state === "down") sum.falseDown++;
        if (event.state === "suspect") sum.suspicions++;
      };
    }
    const talk = (forSeconds: number): void => {
      const toB = a.peer(b);
      for (let n = 0; n < (forSeconds * SECOND_US) / TICK_US; n++) {
        a.throwTo(toB);
        net.advance(TICK_US);
      }
    };
    talk(WARM_SECONDS);
    const bytesBefore = net.bytes;
    net.lossOf = (from, to) => {
      const there = from === a.number && to === b.number;
      const back = from === b.number && to === a.number;
      return there || (back && ways === "both ways") ? loss : undefined;
    };
    talk(seconds);
    sum.bytes += net.bytes - bytesBefore;
    progress(trial / trials);
  }
  return sum;
}
