import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  assertNodeName,
  compareName,
  isNodeName,
  NODE_COMPONENT_BYTES_MAX,
  NODE_NAME_BYTES_MAX,
  shareFirstComponent,
  utf8Bytes,
} from "../../src/core/names.ts";

/** Names that are prefixes of each other and continue with every separator and its neighbours. */
const component = fc.stringMatching(/^[a-c\-#+0A~é\u{1f600}\uff5e]{1,3}$/u);
const nodeName = fc
  .array(component, { minLength: 1, maxLength: 4 })
  .map((components) => components.join("."));
const objectName = fc.stringMatching(/^[ -~é\u{1f600}\uff5e]{0,6}$/u);

const predecessor = (nodes: readonly string[], target: string): string | undefined =>
  nodes
    .filter((node) => compareName(node, target) <= 0)
    .toSorted(compareName)
    .at(-1);

describe("the order of names (SkipNet §3.1)", () => {
  test("predecessor(node + / + object) = node, whatever other nodes there are", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(nodeName, { minLength: 1, maxLength: 40 }),
        objectName,
        (nodes, object) => {
          for (const node of nodes) expect(predecessor(nodes, `${node}/${object}`)).toBe(node);
        },
      ),
      { numRuns: 1_000 },
    );
  });

  test("the example of plain ASCII order going wrong goes right", () => {
    const nodes = ["com.ms.john", "com.ms.john-2", "com.ms.john.laptop", "com.ms.john!x"];
    expect(predecessor(nodes, "com.ms.john/doc")).toBe("com.ms.john");
    expect([...nodes].sort()[0]).not.toBe("com.ms.john.laptop");
  });

  test("is a total order that agrees with equality", () => {
    const any = fc.oneof(nodeName, fc.string({ unit: "grapheme" }));
    fc.assert(
      fc.property(any, any, any, (a, b, c) => {
        expect(Math.sign(compareName(a, b)) + Math.sign(compareName(b, a))).toBe(0);
        expect(compareName(a, b) === 0).toBe(a === b);
        const [x, y, z] = [a, b, c].toSorted(compareName) as [string, string, string];
        expect(compareName(x, y)).toBeLessThanOrEqual(0);
        expect(compareName(y, z)).toBeLessThanOrEqual(0);
        expect(compareName(x, z)).toBeLessThanOrEqual(0);
      }),
    );
  });

  test("beyond the separators it is the order of code points, not of UTF-16 units", () => {
    const points = fc
      .array(fc.integer({ min: 0x30, max: 0x10ffff }), { minLength: 1, maxLength: 4 })
      .filter((list) => list.every((p) => p < 0xd800 || p > 0xdfff));
    fc.assert(
      fc.property(points, points, (a, b) => {
        const byPoint = (): number => {
          for (let i = 0; i < Math.min(a.length, b.length); i++) {
            if (a[i] !== b[i]) return a[i]! - b[i]!;
          }
          return a.length - b.length;
        };
        const order = compareName(String.fromCodePoint(...a), String.fromCodePoint(...b));
        expect(Math.sign(order)).toBe(Math.sign(byPoint()));
      }),
    );
  });

  test("all names of one prefix stand together, as path locality needs", () => {
    fc.assert(
      fc.property(fc.uniqueArray(nodeName, { minLength: 3, maxLength: 40 }), (nodes) => {
        const sorted = nodes.toSorted(compareName);
        for (const node of nodes) {
          const prefix = node.split(".")[0] as string;
          const inside = sorted.map((name) => name === prefix || name.startsWith(`${prefix}.`));
          const first = inside.indexOf(true);
          const last = inside.lastIndexOf(true);
          expect(inside.slice(first, last + 1)).not.toContain(false);
        }
      }),
    );
  });
});

describe("first components", () => {
  test.each([
    ["com.example", "com.ms", true],
    ["com", "com.ms", true],
    ["com/x", "com!y", true],
    ["com", "comx", false],
    ["comx.a", "com.a", false],
    ["", "", true],
    [".a", ".b", true],
  ])("%s and %s: %s", (a, b, shared) => {
    expect(shareFirstComponent(a, b)).toBe(shared);
    expect(shareFirstComponent(b, a)).toBe(shared);
  });
});

test("utf8Bytes is the length of the encoding", () => {
  const encoder = new TextEncoder();
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      expect(utf8Bytes(text)).toBe(encoder.encode(text).length);
    }),
  );
});

describe("node names", () => {
  test.each(["a", "com.example.host1", "org-1.büro", "日本.東京", "x".repeat(63), "a_b.~c"])(
    "%s is one",
    (name) => expect(isNodeName(name)).toBe(true),
  );

  const long = Array.from({ length: 5 }, () => "y".repeat(60)).join(".");
  test.each([
    ["", "is empty"],
    [".a", "empty component"],
    ["a.", "empty component"],
    ["a..b", "empty component"],
    ["a b", "a space"],
    ["a/b", "/"],
    ["a!b", "!"],
    ["a\nb", "control"],
    ["a\u007f", "control"],
    ["\ud800", "not valid Unicode"],
    ["x".repeat(NODE_COMPONENT_BYTES_MAX + 1), `${NODE_COMPONENT_BYTES_MAX} bytes`],
    ["é".repeat(32), `${NODE_COMPONENT_BYTES_MAX} bytes`],
    [long, `${NODE_NAME_BYTES_MAX} bytes`],
  ])("%j is refused and told why", (name, why) => {
    expect(() => assertNodeName(name)).toThrow(why);
    expect(() => assertNodeName(name)).toThrow(/^E_NAME: /);
    expect(isNodeName(name)).toBe(false);
  });
});
