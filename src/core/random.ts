import seedrandom from "seedrandom";

/** A seeded stream of random numbers. Streams are forked by name, so that a new draw in one place shifts no other. */
export interface Random {
  /** A number in [0, 1). */
  float(): number;
  /** A whole number in [0, bound). */
  below(bound: number): number;
  chance(probability: number): boolean;
  /** Exponentially distributed with this mean. */
  exponential(mean: number): number;
  shuffle<T>(items: readonly T[]): T[];
  fork(name: string): Random;
}

/** `alea` draws 32 bits and is the fastest to create; `xor128` is the fastest to draw from. */
export type Generator = "alea" | "xor128";

/** The stream of this seed: the same on every machine and Node version. */
export function seededRandom(seed: string, generator: Generator = "alea"): Random {
  const next = seedrandom[generator](seed);
  const below = (bound: number): number => Math.floor(next() * bound);
  return {
    float: () => next(),
    below,
    chance: (probability) => next() < probability,
    exponential: (mean) => -mean * Math.log(1 - next()),
    shuffle(items) {
      const out = [...items];
      for (let i = out.length - 1; i > 0; i--) {
        const j = below(i + 1);
        const held = out[i] as (typeof out)[number];
        out[i] = out[j] as (typeof out)[number];
        out[j] = held;
      }
      return out;
    },
    fork: (name) => seededRandom(`${seed}/${name}`, generator),
  };
}
