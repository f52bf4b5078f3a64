import { SkipnetError } from "../../../core/errors.ts";
import type { KingFileOptions, KingValues } from "./king-file.ts";
import type { TextRows } from "./text-rows.ts";

/** Hosts of a matrix of latencies: four bytes a pair. */
export const KING_NODES_MAX = 4_096;
/** A round trip in a matrix. */
const KING_RTT_US_MAX = 600_000_000;

/** One number of the line as a round trip in microseconds; 0: it is missing. */
function readRtt(rows: TextRows, index: number, { unitUs, oneWay }: KingFileOptions): number {
  const value = rows.number(index) ?? 0;
  if (value === -1) return 0;
  if (value < 0) return rows.fail(index, `${rows.word(index)} is negative`);
  const us = value * unitUs * (oneWay ? 2 : 1);
  if (us <= KING_RTT_US_MAX) return us;
  return rows.fail(index, `${rows.word(index)} is a round trip of over ${KING_RTT_US_MAX / 1e6} s`);
}

function assertNodes(nodes: number, file: string): void {
  if (nodes <= KING_NODES_MAX) return;
  throw new SkipnetError("E_LIMIT", `${file}: over ${KING_NODES_MAX} nodes`);
}

/** The form of p2psim and PeerSim; the reader stands at the first line. */
export function readKingList(rows: TextRows, options: KingFileOptions): KingValues {
  const { file } = options;
  let more = true;
  while (more && rows.word(0) !== "node") {
    if (!/^[a-z]/i.test(rows.word(0))) {
      rows.fail(0, 'a latency before the lines that begin with "node"');
    }
    more = rows.next();
  }
  let nodes = 0;
  for (; more && rows.word(0) === "node"; more = rows.next()) assertNodes(++nodes, file);
  if (nodes === 0) {
    throw new SkipnetError(
      "E_FILE",
      `${file} has neither numbers nor lines that begin with "node"`,
    );
  }
  const us = new Float64Array(nodes * nodes);
  const lines = new Int32Array(nodes * nodes);
  const nodeAt = (index: number): number => {
    const node = rows.number(index);
    if (node !== undefined && Number.isInteger(node) && node >= 1 && node <= nodes) return node - 1;
    return rows.fail(index, `"${rows.word(index)}" is no node from 1 to ${nodes}`);
  };
  for (; more; more = rows.next()) {
    if (rows.count !== 3) rows.fail(Math.min(rows.count, 3), "not two nodes and a latency");
    const pair = nodeAt(0) * nodes + nodeAt(1);
    if (lines[pair] !== 0) rows.fail(0, `this pair stands in line ${lines[pair]} already`);
    lines[pair] = rows.line;
    us[pair] = readRtt(rows, 2, options);
  }
  return { nodes, us, placeOf: (a, b) => `line ${lines[a * nodes + b]}, column 3` };
}

/** The numbers of a matrix, line by line, before its form is known. */
interface Table {
  readonly lengths: readonly number[];
  readonly lines: readonly number[];
  readonly values: Float64Array;
}

function readTable(rows: TextRows, options: KingFileOptions): Table {
  const lengths: number[] = [];
  const lines: number[] = [];
  let values = new Float64Array(4_096);
  let count = 0;
  do {
    assertNodes(lengths.length + 1, options.file);
    if (count + rows.count > values.length) {
      const grown = new Float64Array(2 * (count + rows.count));
      grown.set(values);
      values = grown;
    }
    for (let i = 0; i < rows.count; i++) values[count++] = readRtt(rows, i, options);
    lengths.push(rows.count);
    lines.push(rows.line);
  } while (rows.next());
  return { lengths, lines, values: values.subarray(0, count) };
}

/** Which part of the square the lines of a table are. */
interface Form {
  readonly nodes: number;
  /** The node of the first line, and of the first number of each. */
  readonly firstRow: number;
  firstColumn(row: number): number;
}

const SQUARE = 0;
const LOWER = 1;
const UPPER = -1;

/** Throws `E_FILE` at the first line that is too long or too short for any form. */
function formOf({ lengths, lines, values }: Table, file: string): Form {
  const count = lengths.length;
  const [first = 0, second = first] = lengths;
  const slope = first === 1 && count > 1 ? LOWER : second === first - 1 ? UPPER : SQUARE;
  const fail = (row: number, column: number, what: string): never => {
    throw new SkipnetError(
      "E_FILE",
      `${file}, line ${lines[row]}, column ${column}: ${what}; the matrix is neither square nor a triangle`,
    );
  };
  lengths.forEach((length, row) => {
    const due = first + slope * row;
    if (length === due) return;
    fail(row, Math.min(length, due) + 1, `${length} numbers where ${due} are due`);
  });
  if (slope !== LOWER && count !== first) {
    fail(count - 1, 1, `${count} lines, the first of ${first} numbers`);
  }
  if (slope === SQUARE) return { nodes: count, firstRow: 0, firstColumn: () => 0 };
  // With a diagonal, each line has a 0 where the node meets itself.
  let at = 0;
  const hasDiagonal = lengths.every((length) => {
    at += length;
    return values[slope === LOWER ? at - 1 : at - length] === 0;
  });
  const beside = hasDiagonal ? 0 : 1;
  return slope === LOWER
    ? { nodes: count + beside, firstRow: beside, firstColumn: () => 0 }
    : { nodes: count + beside, firstRow: 0, firstColumn: (row) => row + beside };
}

/** A square matrix or a triangle of one; the reader stands at the first line. */
export function readKingMatrix(rows: TextRows, options: KingFileOptions): KingValues {
  const table = readTable(rows, options);
  const { nodes, firstRow, firstColumn } = formOf(table, options.file);
  assertNodes(nodes, options.file);
  const us = new Float64Array(nodes * nodes);
  let next = 0;
  table.lengths.forEach((length, row) => {
    const from = (row + firstRow) * nodes + firstColumn(row);
    us.set(table.values.subarray(next, next + length), from);
    next += length;
  });
  const placeOf = (a: number, b: number): string => {
    const row = a - firstRow;
    return `line ${table.lines[row]}, column ${b - firstColumn(row) + 1}`;
  };
  return { nodes, us, placeOf };
}
