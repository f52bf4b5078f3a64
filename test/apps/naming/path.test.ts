import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  COMPONENT_BYTES_MAX,
  COMPONENTS_MAX,
  isDirectoryPath,
  isEntryName,
  linkOf,
  PATH_BYTES_MAX,
  parseDirectoryPath,
  parseEntryPath,
  parsePath,
} from "../../../src/apps/naming/path.ts";
import { SkipnetError } from "../../../src/core/errors.ts";

const component = fc
  .string({ unit: "binary", minLength: 1, maxLength: 20 })
  .filter((text) => isEntryName(text) && !text.endsWith("/"));
const plain = component.filter((text) => !text.includes("!"));

describe("a path", () => {
  test("is put together from its parts again", () => {
    fc.assert(
      fc.property(plain, fc.array(component, { maxLength: 8 }), (first, rest) => {
        const text = `/${[first, ...rest].join("/")}`;
        expect(parsePath(text)).toEqual([first, ...rest]);
        const { directory, name } = parseEntryPath(text);
        expect(`${directory === "/" ? "" : directory}/${name}`).toBe(text);
        expect(parseDirectoryPath(`${text}/`)).toBe(text);
      }),
    );
  });

  test("leads to the root by the entries of its directories", () => {
    const links = [];
    for (let link = linkOf("/a/b/c"); link !== undefined; link = linkOf(link.directory)) {
      links.push(link);
    }
    expect(links).toEqual([
      { directory: "/a/b", name: "c/" },
      { directory: "/a", name: "b/" },
      { directory: "/", name: "a/" },
    ]);
  });

  test("may begin with an organisation", () => {
    expect(parsePath("/com.example!/apps/web")).toEqual(["com.example!", "apps", "web"]);
    expect(parseEntryPath("/com.example!/x")).toEqual({ directory: "/com.example!", name: "x" });
    for (const wrong of ["/!", "/a!b/c", "/com..example!/x", "/com.example!!/x"]) {
      expect(isDirectoryPath(wrong)).toBe(false);
    }
    expect(isDirectoryPath("/a/b!c")).toBe(true);
  });

  test.each([
    ["", "no slash"],
    ["a/b", "no slash in front"],
    ["/a/", "a slash at its end"],
    ["//a", "an empty component"],
    ["/a//b", "an empty component"],
    ["/a/./b", "a dot"],
    ["/a/../b", "two dots"],
    ["/a\u0000b", "a control character"],
    ["/a\n", "a line end"],
    ["/\ud800", "half a character"],
    [`/${"x".repeat(COMPONENT_BYTES_MAX + 1)}`, "a long component"],
    [`/${"é".repeat(COMPONENT_BYTES_MAX / 2 + 1)}`, "a component long in bytes"],
    ["/a".repeat(COMPONENTS_MAX + 1), "many components"],
    [`/${Array(6).fill("x".repeat(200)).join("/")}`, "many bytes"],
  ])("%j is refused: %s", (text) => {
    expect(() => parsePath(text)).toThrow(SkipnetError);
    expect(isDirectoryPath(text)).toBe(false);
  });

  test("at its limits is taken", () => {
    expect(parsePath(`/${"x".repeat(COMPONENT_BYTES_MAX)}`)).toHaveLength(1);
    expect(parsePath("/a".repeat(COMPONENTS_MAX))).toHaveLength(COMPONENTS_MAX);
    const long = `/${"x".repeat(254)}`.repeat(4);
    expect(parsePath(long + "y".repeat(PATH_BYTES_MAX - long.length - 3))).toHaveLength(4);
  });

  test("of any text is taken or refused with E_NAME, never otherwise", () => {
    const texts = fc.oneof(
      fc.string({ unit: "binary", maxLength: 400 }),
      fc.string({ unit: fc.constantFrom("/", "a", ".", "!", "\ud83d", "\u0000"), maxLength: 60 }),
    );
    fc.assert(
      fc.property(texts, (text) => {
        for (const parse of [parsePath, parseEntryPath, parseDirectoryPath]) {
          try {
            parse(text);
          } catch (error) {
            expect(error).toMatchObject({ code: "E_NAME" });
          }
        }
        if (isDirectoryPath(text)) expect(text.length === 1 || !text.endsWith("/")).toBe(true);
      }),
      { numRuns: 20_000 },
    );
  });
});
