import { nameWeight } from "./names.ts";

/** Ranges of fewer names are sorted by insertion. */
const SHORT_RANGE = 8;

/**
 * Puts rows in the order of their names (`compareName`). Names of one organisation begin alike, and
 * comparing whole names would read those beginnings again and again: this looks at one character of
 * each name at a time. Source: Bentley and Sedgewick, Fast Algorithms for Sorting and Searching Strings (1997).
 */
export function sortByName(rows: Int32Array, names: readonly string[]): void {
  /** Ranges still to sort, three numbers each: from, to, and how many characters are equal in them. */
  const ranges = [0, rows.length, 0];
  while (ranges.length > 0) {
    const depth = ranges.pop() as number;
    const to = ranges.pop() as number;
    const from = ranges.pop() as number;
    if (to - from <= SHORT_RANGE) {
      insertionSort(rows, names, from, to, depth);
      continue;
    }
    const at = (i: number): number => nameWeight(names[rows[i] as number] as string, depth);
    const pivot = middleOf(at(from), at((from + to) >>> 1), at(to - 1));
    let less = from;
    let greater = to;
    for (let i = from; i < greater; ) {
      const weight = at(i);
      if (weight < pivot) swap(rows, less++, i++);
      else if (weight > pivot) swap(rows, i, --greater);
      else i++;
    }
    ranges.push(from, less, depth, greater, to, depth);
    // Weight 0: these names have ended, and are the same.
    if (pivot !== 0) ranges.push(less, greater, depth + 1);
  }
}

function insertionSort(
  rows: Int32Array,
  names: readonly string[],
  from: number,
  to: number,
  depth: number,
): void {
  for (let i = from + 1; i < to; i++) {
    const row = rows[i] as number;
    let j = i;
    for (; j > from; j--) {
      const before = rows[j - 1] as number;
      if (compareFrom(names[before] as string, names[row] as string, depth) <= 0) break;
      rows[j] = before;
    }
    rows[j] = row;
  }
}

/** Compares two names of which so many characters are known to be equal. */
function compareFrom(a: string, b: string, depth: number): number {
  for (let i = depth; ; i++) {
    const x = nameWeight(a, i);
    const y = nameWeight(b, i);
    if (x !== y) return x - y;
    if (x === 0) return 0;
  }
}

function middleOf(a: number, b: number, c: number): number {
  return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
}

function swap(rows: Int32Array, i: number, j: number): void {
  const row = rows[i] as number;
  rows[i] = rows[j] as number;
  rows[j] = row;
}
