import fc from "fast-check";
import { expect, test } from "vitest";
import { compareName } from "../../src/core/names.ts";
import { sortByName } from "../../src/core/sort-names.ts";

/** Names that begin alike, are equal, or are each other's beginning. */
const name = fc.oneof(
  fc.stringMatching(/^[ab./!-]{0,4}$/),
  fc.constantFrom(
    "com.ms.john",
    "com.ms.john-2",
    "com.ms.john/doc",
    "com.ms",
    "\u{1f600}",
    "\ue000",
  ),
);

test("rows come in the order of their names, as comparing whole names has it", () => {
  fc.assert(
    fc.property(fc.array(name, { maxLength: 80 }), (names) => {
      const rows = Int32Array.from(names.keys());
      sortByName(rows, names);
      const sorted = Array.from(rows, (row) => names[row] as string);
      expect(sorted).toEqual([...names].sort(compareName));
      expect([...rows].sort((a, b) => a - b)).toEqual([...names.keys()]);
    }),
    { numRuns: 300 },
  );
});
