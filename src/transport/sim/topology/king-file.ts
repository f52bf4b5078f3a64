import { SkipnetError } from "../../../core/errors.ts";
import { KING_NODES_MAX, readKingList, readKingMatrix } from "./king-forms.ts";
import { TextRows } from "./text-rows.ts";

/** How a file of latencies is to be read. */
export interface KingFileOptions {
  /** Named in errors. */
  readonly file: string;
  /** Of its numbers, in microseconds. */
  readonly unitUs: number;
  /** The numbers are one way; otherwise they are round trips. */
  readonly oneWay: boolean;
  /** How far the two directions of a pair may differ, as a share of the larger. */
  readonly asymmetryMax: number;
}

/** Round-trip times between all pairs of some hosts. */
export interface KingTimes {
  readonly nodes: number;
  /** Row by row, microseconds; symmetric, and 0 on the diagonal only. */
  readonly rttUs: Int32Array;
  /** Pairs that the file does not tell: filled in. */
  readonly missing: number;
}

/** What a file says of each ordered pair, as a round trip in microseconds; 0 where it says nothing. */
export interface KingValues {
  readonly nodes: number;
  readonly us: Float64Array;
  /** Where the value of an ordered pair stands. */
  placeOf(a: number, b: number): string;
}

/**
 * Reads measured latencies as text, in one of these forms: a square matrix; one of its triangles, with or
 * without the diagonal; or, as p2psim and PeerSim have it, lines that begin with `node`, one a host, and
 * then `i, j latency` with hosts numbered from 1. Other words before those lines are passed over. A pair
 * without a measurement (`NaN`, `-`, -1, 0 or no entry) gets the mean of what is usual at its two hosts:
 * of their medians. Throws `E_FILE`, with line and column, and `E_LIMIT`.
 */
export function readKingFile(bytes: Uint8Array, options: KingFileOptions): KingTimes {
  const rows = new TextRows(bytes, options.file, KING_NODES_MAX);
  if (!rows.next()) throw new SkipnetError("E_FILE", `${options.file} holds no numbers`);
  const isList = /^(?!nan?$)[a-z]/i.test(rows.word(0));
  return complete(isList ? readKingList(rows, options) : readKingMatrix(rows, options), options);
}

function complete({ nodes, us, placeOf }: KingValues, options: KingFileOptions): KingTimes {
  const rttUs = new Int32Array(nodes * nodes);
  let missing = 0;
  for (let a = 0; a < nodes; a++) {
    for (let b = 0; b < a; b++) {
      const [one, other] = [us[a * nodes + b] as number, us[b * nodes + a] as number];
      const most = Math.max(one, other);
      if (one > 0 && other > 0 && Math.abs(one - other) > options.asymmetryMax * most) {
        throw new SkipnetError(
          "E_FILE",
          `${options.file}, ${placeOf(a, b)}: ${one} µs, and ${other} µs the other way (${placeOf(b, a)}); they differ by over ${options.asymmetryMax * 100} %`,
        );
      }
      if (most === 0) missing++;
      const both = one > 0 && other > 0 ? (one + other) / 2 : most;
      // A round trip that was measured takes time.
      const rtt = most === 0 ? 0 : Math.max(1, Math.round(both));
      rttUs[a * nodes + b] = rtt;
      rttUs[b * nodes + a] = rtt;
    }
  }
  if (missing > 0) fillMissing(nodes, rttUs, options);
  return { nodes, rttUs, missing };
}

function fillMissing(nodes: number, rttUs: Int32Array, { file }: KingFileOptions): void {
  const medians = Array.from({ length: nodes }, (_, node) => {
    const known = rttUs
      .slice(node * nodes, (node + 1) * nodes)
      .filter((rtt) => rtt > 0)
      .sort();
    if (known.length > 0) return known[known.length >> 1] as number;
    throw new SkipnetError("E_FILE", `${file}: nothing is known of node ${node + 1}`);
  });
  for (let a = 0; a < nodes; a++) {
    for (let b = 0; b < nodes; b++) {
      if (a === b || rttUs[a * nodes + b] !== 0) continue;
      rttUs[a * nodes + b] = Math.round(((medians[a] as number) + (medians[b] as number)) / 2);
    }
  }
}
