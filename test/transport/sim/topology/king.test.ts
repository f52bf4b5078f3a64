import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SkipnetError } from "../../../../src/core/errors.ts";
import { seededRandom } from "../../../../src/core/random.ts";
import { kingLike, kingMatrix } from "../../../../src/transport/sim/topology/king.ts";
import {
  type KingFileOptions,
  type KingTimes,
  readKingFile,
} from "../../../../src/transport/sim/topology/king-file.ts";

const PLAIN: KingFileOptions = { file: "king.txt", unitUs: 1, oneWay: false, asymmetryMax: 0.1 };
const read = (text: string, options: Partial<KingFileOptions> = {}): KingTimes =>
  readKingFile(new TextEncoder().encode(text), { ...PLAIN, ...options });

/** Four nodes; every form of it below says the same. */
const TIMES = [
  [0, 10, 20, 30],
  [10, 0, 40, 50],
  [20, 40, 0, 60],
  [30, 50, 60, 0],
];
const lines = (rows: readonly (readonly unknown[])[]): string =>
  rows.map((row) => row.join(" ")).join("\n");

describe("a file of measured latencies", () => {
  const forms: Readonly<Record<string, string>> = {
    "a square": lines(TIMES),
    "a square with commas, comments and empty lines": `# King\n\n${TIMES.map((row) => row.join(", ")).join("\r\n% more\r\n")}\n\n`,
    "a lower triangle": lines(TIMES.slice(1).map((row, i) => row.slice(0, i + 1))),
    "a lower triangle with its diagonal": lines(TIMES.map((row, i) => row.slice(0, i + 1))),
    "an upper triangle": lines(TIMES.slice(0, -1).map((row, i) => row.slice(i + 1))),
    "an upper triangle with its diagonal": lines(TIMES.map((row, i) => row.slice(i))),
    "p2psim's list, one direction":
      "topology E2EGraph 4\nfailure_model Null\nnode 1\nnode 2\nnode 3\nnode 4\n1,2 10\n1,3 20\n1,4 30\n2,3 40\n2,4 50\n3,4 60\n",
    "PeerSim's list, both directions": `${[1, 2, 3, 4].map((i) => `node ${i}\n`).join("")}${TIMES.flatMap(
      (row, a) => row.map((us, b) => `${a + 1}, ${b + 1} ${us}`),
    ).join("\n")}`,
    "numbers with fractions and exponents": lines(
      TIMES.map((row) => row.map((us) => us.toExponential(3))),
    ),
  };
  for (const [name, text] of Object.entries(forms)) {
    test(`may be ${name}`, () => {
      expect(read(text)).toEqual({ nodes: 4, rttUs: Int32Array.from(TIMES.flat()), missing: 0 });
    });
  }

  test("may be in milliseconds, and one way", () => {
    expect(read("0 1.5\n1.5 0", { unitUs: 1_000 }).rttUs[1]).toBe(1_500);
    expect(read("0 1.5\n1.5 0", { unitUs: 1_000, oneWay: true }).rttUs[1]).toBe(3_000);
  });

  test("pairs without a measurement are counted and get what is usual at their ends", () => {
    for (const missing of ["NaN", "-", "-1", "0", "?"]) {
      // Medians of the rows: 20 at node 1, 40 at node 2.
      const rows = TIMES.map((row) => row.map(String));
      (rows[0] as string[])[1] = missing;
      (rows[1] as string[])[0] = missing;
      const times = read(lines(rows));
      expect(times.missing).toBe(1);
      expect(times.rttUs[1]).toBe((30 + 50) / 2);
      expect(times.rttUs[4]).toBe(times.rttUs[1]);
    }
  });

  test("one direction of a pair is enough; two that differ a little are averaged", () => {
    expect(read("0 10\nNaN 0").rttUs[2]).toBe(10);
    expect(read("0 100\n108 0").rttUs[1]).toBe(104);
  });

  const errors: Readonly<Record<string, readonly [text: string, message: string]>> = {
    empty: ["", "E_FILE: king.txt holds no numbers"],
    "nothing but comments": ["# nothing\n\n", "E_FILE: king.txt holds no numbers"],
    "no numbers": ["0 1\n1 zero", 'E_FILE: king.txt, line 2, column 2: "zero" is not a number'],
    binary: ["0 1\n\u0001\u0002 0", "king.txt, line 2, column 1"],
    "not square": ["0 1 2\n1 0 2", "king.txt, line 2, column 1: 2 lines, the first of 3 numbers"],
    "a short line": ["0 1 2\n1 0\n2 2 0", "king.txt, line 3, column 2: 3 numbers where 1 are due"],
    "a line too long": ["0 1\n1 0 5", "king.txt, line 2, column 3: 3 numbers where 2 are due"],
    negative: ["0 1\n-3 0", "king.txt, line 2, column 1: -3 is negative"],
    asymmetric: [
      "0 100\n150 0",
      "king.txt, line 2, column 1: 150 µs, and 100 µs the other way (line 1, column 2)",
    ],
    "far too long": [
      "0 1e9\n1e9 0",
      "king.txt, line 1, column 2: 1e9 is a round trip of over 600 s",
    ],
    "nothing known of a node": ["0 5 0\n5 0 0\n0 0 0", "king.txt: nothing is known of node 3"],
    "a list without nodes": [
      "topology E2EGraph\n",
      'neither numbers nor lines that begin with "node"',
    ],
    "a list that begins with latencies": [
      "topology x\n1,2 5\n",
      "king.txt, line 2, column 1: a latency before",
    ],
    "an unknown node": [
      "node 1\nnode 2\n1,3 5",
      'king.txt, line 3, column 2: "3" is no node from 1 to 2',
    ],
    "a pair without latency": [
      "node 1\nnode 2\n1,2",
      "king.txt, line 3, column 3: not two nodes and a latency",
    ],
    "a pair twice": [
      "node 1\nnode 2\n1,2 5\n1,2 6",
      "king.txt, line 4, column 1: this pair stands in line 3",
    ],
    "too wide": [`${"1 ".repeat(4_097)}`, "E_LIMIT: king.txt, line 1: over 4096 numbers"],
    "too many nodes": ["node\n".repeat(4_097), "E_LIMIT: king.txt: over 4096 nodes"],
  };
  for (const [name, [text, message]] of Object.entries(errors)) {
    test(`is refused if it is ${name}`, () => {
      expect(() => read(text)).toThrow(message);
    });
  }

  test("whatever a file holds: times of a network, or a typed error", () => {
    const word = fc.oneof(
      fc.constantFrom(
        "0",
        "1",
        "2",
        "10",
        "12.5",
        "-1",
        "-7",
        "NaN",
        "-",
        "node",
        "1e3",
        "x",
        "#",
        "1e999",
      ),
      fc.string({ maxLength: 3 }),
    );
    const rows = fc.array(fc.array(word, { maxLength: 5 }), { maxLength: 6 });
    fc.assert(
      fc.property(
        rows,
        fc.constantFrom(" ", ",", "\t"),
        fc.constantFrom("\n", "\r\n"),
        (words, gap, end) => {
          const text = words.map((row) => row.join(gap)).join(end);
          let times: KingTimes;
          try {
            times = read(text);
          } catch (error) {
            expect(error).toBeInstanceOf(SkipnetError);
            return;
          }
          const { nodes, rttUs } = times;
          for (let a = 0; a < nodes; a++) {
            for (let b = 0; b < nodes; b++) {
              expect(rttUs[a * nodes + b]).toBe(rttUs[b * nodes + a]);
              expect((rttUs[a * nodes + b] as number) > 0).toBe(a !== b);
            }
          }
        },
      ),
      { numRuns: 1_500 },
    );
  });

  test("becomes a network whose ways take half the round trip", () => {
    const topology = kingMatrix(read(lines(TIMES)));
    expect(topology.routers).toBe(4);
    for (let a = 0; a < 4; a++) {
      for (let b = 0; b < 4; b++) {
        expect(topology.distanceUs(a, b)).toBe((TIMES[a]?.[b] as number) / 2);
        const links: number[] = [];
        topology.visitPath(a, b, (link) => links.push(link));
        expect(links).toEqual(a === b ? [] : [a, b]);
        expect(topology.hops(a, b)).toBe(links.length);
      }
    }
    expect(topology.longestUs).toBe(30);
  });
});

describe("delays like King's", () => {
  for (const routers of [1_024, 1_740, 20_000]) {
    test(`${routers} routers: median 156 ms and mean 178 ms of round trip, within 5 %`, () => {
      const random = seededRandom(`pairs of ${routers}`);
      const medians: number[] = [];
      const means: number[] = [];
      for (const seed of ["1", "2", "3"]) {
        const topology = kingLike(seededRandom(seed), routers);
        const rtts: number[] = [];
        while (rtts.length < 20_000) {
          const [a, b] = [random.below(routers), random.below(routers)];
          if (a !== b) rtts.push((2 * topology.distanceUs(a, b)) / 1_000);
        }
        rtts.sort((x, y) => x - y);
        medians.push(rtts[rtts.length >> 1] as number);
        means.push(rtts.reduce((sum, rtt) => sum + rtt, 0) / rtts.length);
        expect(rtts.at(-1)).toBeLessThanOrEqual((2 * topology.longestUs) / 1_000);
      }
      for (const median of medians) expect(Math.abs(median / 156 - 1)).toBeLessThan(0.05);
      for (const mean of means) expect(Math.abs(mean / 178 - 1)).toBeLessThan(0.05);
    });
  }

  test("both directions are the same, the same seed gives the same, and detours break the triangle inequality", () => {
    const topology = kingLike(seededRandom("1"), 200);
    const again = kingLike(seededRandom("1"), 200);
    let broken = 0;
    for (let a = 0; a < 200; a++) {
      const b = (a * 7 + 1) % 200;
      expect(topology.distanceUs(b, a)).toBe(topology.distanceUs(a, b));
      expect(again.distanceUs(a, b)).toBe(topology.distanceUs(a, b));
      for (let c = 0; c < 200; c++) {
        const around = topology.distanceUs(a, c) + topology.distanceUs(c, b);
        if (around < topology.distanceUs(a, b)) broken++;
      }
    }
    expect(broken).toBeGreaterThan(100);
  });
});
