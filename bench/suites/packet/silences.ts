import type { PacketSimulation } from "../../../src/transport/sim/packet/packet-simulation.ts";
import { type Lines, network, Post, pass } from "./post.ts";

const SMALL = new Uint8Array(64);
const PAIRS = 20;
const WARM_S = 10;
const GIVE_UP_S = 60;

interface Pair {
  readonly a: Post;
  readonly b: Post;
  /** Process number of `b`. */
  readonly process: number;
}

/** Pairs that have spoken and watch each other; with `tickUs`, `a` sends something so often. */
async function pairsOf(
  simulation: PacketSimulation,
  count: number,
  tickUs: number | undefined,
): Promise<Pair[]> {
  const pairs: Pair[] = [];
  for (let i = 0; i < count; i++) {
    const a = await Post.open(simulation, 2 * i);
    const b = await Post.open(simulation, 2 * i + 1);
    const process = simulation.processAt(simulation.address(2 * i + 1)) ?? -1;
    const [toB, toA] = [a.peer(b), b.peer(a)];
    a.transport.watch(a.port, toB);
    b.transport.watch(b.port, toA);
    let id = 0;
    const tick = (): void => {
      a.send(toB, ++id, SMALL);
      if (tickUs !== undefined) simulation.at(simulation.nowUs + tickUs, tick);
    };
    simulation.at(simulation.nowUs + i * 1_000, tick);
    pairs.push({ a, b, process });
  }
  return pairs;
}

export interface Silence {
  /** From the moment that the peer fell silent until it was down; `Infinity`: never. */
  readonly downUs: readonly number[];
  readonly suspectUs: readonly number[];
}

/** Peers that fall silent: the program is stopped and its host goes on, or nothing passes any more. */
export async function silence(
  lines: Lines,
  how: "stopped" | "cut",
  trials: number,
  tickUs: number | undefined,
): Promise<Silence> {
  const downUs: number[] = [];
  const suspectUs: number[] = [];
  for (let batch = 0; batch * PAIRS < trials; batch++) {
    const simulation = network({ ...lines, seed: `${lines.seed}/${batch}` });
    const random = simulation.random("bench.silence");
    const pairs = await pairsOf(simulation, PAIRS, tickUs);
    for (const { a, process } of pairs) {
      const atUs = simulation.nowUs + WARM_S * 1e6 + random.below(1_000_000);
      const first = { suspect: Number.POSITIVE_INFINITY, down: Number.POSITIVE_INFINITY };
      a.onState = (state) => {
        if (state === "up" || simulation.nowUs < atUs) return;
        first[state] = Math.min(first[state], simulation.nowUs - atUs);
      };
      simulation.at(atUs, () => {
        if (how === "stopped") simulation.hang(process);
        else simulation.faults.partition([process], 1 + process);
      });
      simulation.at(atUs + GIVE_UP_S * 1e6, () => {
        downUs.push(first.down);
        suspectUs.push(first.suspect);
      });
    }
    await pass(simulation, WARM_S + GIVE_UP_S + 2);
  }
  return { downUs, suspectUs };
}

export interface Alive {
  readonly falseDown: number;
  readonly suspicions: number;
  /** Peer-seconds of watching. */
  readonly watchedS: number;
  /** Of IP packets, both directions together, for each watched peer and second. */
  readonly bytesPerPeerSecond: number;
}

/** Pairs that live and watch each other. A pair that called the other down has no more to tell. */
export async function alive(
  lines: Lines,
  pairs: number,
  seconds: number,
  tickUs: number | undefined,
): Promise<Alive> {
  const simulation = network(lines);
  let falseDown = 0;
  let suspicions = 0;
  for (const { a, b } of await pairsOf(simulation, pairs, tickUs)) {
    for (const post of [a, b]) {
      post.onState = (state) => {
        if (state === "down") falseDown++;
        if (state === "suspect") suspicions++;
      };
    }
  }
  await pass(simulation, WARM_S);
  const beforeBytes = simulation.network.counters.sentBytes;
  await pass(simulation, seconds);
  const watchedS = 2 * pairs * seconds;
  const bytes = simulation.network.counters.sentBytes - beforeBytes;
  return { falseDown, suspicions, watchedS, bytesPerPeerSecond: bytes / watchedS };
}
