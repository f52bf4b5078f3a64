import type { Random } from "../../../core/random.ts";

/** Two nodes that are linked. */
export type Edge = readonly [a: number, b: number];

/**
 * A connected graph in which pairs are linked with this probability: a random tree, and as many other
 * links as bring the mean to it. (GT-ITM draws pairs alone, and again until the graph is connected.)
 */
export function connectedGraph(nodes: number, probability: number, random: Random): Edge[] {
  const edges: Edge[] = [];
  const parents = new Int32Array(nodes);
  for (let node = 1; node < nodes; node++) {
    parents[node] = random.below(node);
    edges.push([parents[node] as number, node]);
  }
  const pairs = (nodes * (nodes - 1)) / 2;
  const others = pairs - edges.length;
  const chance = others === 0 ? 0 : (probability * pairs - edges.length) / others;
  for (let a = 0; a < nodes; a++) {
    for (let b = a + 1; b < nodes; b++) {
      if (parents[b] !== a && random.chance(chance)) edges.push([a, b]);
    }
  }
  return edges;
}

/** Drawn pairs that were linked already, in a row, after which all pairs left are listed. */
const MISSES_MAX = 64;

/**
 * A connected graph with this many links, between `nodes - 1` and all pairs. Each node is linked to one
 * before it, likelier to one with many links (Barabási and Albert), and so are the ends of the other
 * links: few nodes have many links, the first ones most.
 */
export function preferentialGraph(nodes: number, links: number, random: Random): Edge[] {
  const edges: Edge[] = [];
  const known = new Set<number>();
  /** Each node as often as it has links. */
  const ends: number[] = nodes > 0 ? [0] : [];
  const add = (a: number, b: number): boolean => {
    const pair = Math.min(a, b) * nodes + Math.max(a, b);
    if (a === b || known.has(pair)) return false;
    known.add(pair);
    edges.push([a, b]);
    ends.push(a, b);
    return true;
  };
  const anyEnd = (): number => ends[random.below(ends.length)] as number;
  for (let node = 1; node < nodes; node++) add(anyEnd(), node);
  for (let misses = 0; edges.length < links && misses < MISSES_MAX; ) {
    misses = add(anyEnd(), anyEnd()) ? 0 : misses + 1;
  }
  if (edges.length === links) return edges;
  const left: Edge[] = [];
  for (let a = 0; a < nodes; a++) {
    for (let b = a + 1; b < nodes; b++) if (!known.has(a * nodes + b)) left.push([a, b]);
  }
  for (const [a, b] of random.shuffle(left).slice(0, links - edges.length)) add(a, b);
  return edges;
}
