import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { describe, expect, test } from "vitest";

/** What the linter cannot say about this repository, checked as a test. */
const ROOT = join(import.meta.dirname, "..");
const LINES_MAX = 300;

/** What is not part of the package. */
const UNPUBLISHED = /^(bench\/(peers|suites|transport|papers|baselines|queue|scale)|test)\//;

const FOLDERS = ["src", "bench", "test", "examples", "tools", "docs"];
const files = [
  ...readdirSync(ROOT),
  ...FOLDERS.filter((folder) => existsSync(join(ROOT, folder))).flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" }).map((name) =>
      join(folder, name),
    ),
  ),
].filter((name) => !name.includes("node_modules") && statSync(join(ROOT, name)).isFile());
const code = files.filter((file) => file.endsWith(".ts"));
const product = code.filter((file) => /^(src|bench)\//.test(file));
const pages = files.filter((file) => file.endsWith(".md"));
const text = (file: string): string => readFileSync(join(ROOT, file), "utf8");

test("the repository is listed", () => {
  expect(code).toContain("test/tidy.test.ts");
  expect(product.length).toBeGreaterThan(20);
});

test(`no file of code has over ${LINES_MAX} lines`, () => {
  const long = code
    .map((file) => ({ file, lines: text(file).split("\n").length - 1 }))
    .filter(({ lines }) => lines > LINES_MAX);
  expect(long).toEqual([]);
});

test("nothing is left to do", () => {
  // Written apart, so that this file passes its own test.
  const leftover = new RegExp(["TO", "DO|FIX", "ME|X", "XX"].join(""));
  expect([...code, ...pages].filter((file) => leftover.test(text(file)))).toEqual([]);
});

test("every page has exactly one title, on its first line", () => {
  const wrong = pages.filter((file) => {
    const withoutCode = text(file).replace(/^```[\s\S]*?^```/gm, "");
    const titles = withoutCode.match(/^# /gm) ?? [];
    return titles.length !== 1 || !withoutCode.startsWith("# ");
  });
  expect(wrong).toEqual([]);
});

test("every link between pages leads somewhere", () => {
  const broken = pages.flatMap((file) =>
    [...text(file).matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g)]
      .map((match) => join(file, "..", match[1] as string))
      .filter(
        (target) => !files.some((known) => known === target || known.startsWith(`${target}/`)),
      )
      .map((target) => `${file} -> ${target}`),
  );
  expect(broken).toEqual([]);
});

describe("the house", () => {
  const FLOORS = ["core", "wire", "transport", "overlay", "apps", "node", "cli"];

  test("src has the floors of docs/architecture.md and nothing else", () => {
    const found = readdirSync(join(ROOT, "src"), { withFileTypes: true });
    const folders = found.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
    expect(folders.filter((name) => !FLOORS.includes(name))).toEqual([]);
    const loose = found.filter((entry) => entry.isFile()).map((entry) => entry.name);
    expect(loose.filter((name) => !["index.ts", "testing.ts"].includes(name))).toEqual([]);
    const page = text("docs/architecture.md");
    for (const folder of folders) expect(page).toContain(`${folder}/`);
  });

  test("no floor imports a floor above it", () => {
    const upward: string[] = [];
    for (const file of product.filter((name) => name.startsWith("src/"))) {
      const own = FLOORS.indexOf(file.split("/")[1] as string);
      if (own < 0) continue;
      for (const target of importsOf(file)) {
        const [top, floor] = join(file, "..", target).split("/");
        const above =
          top === "bench" ? own < FLOORS.indexOf("cli") : FLOORS.indexOf(floor ?? "") > own;
        if (target.startsWith(".") && above) upward.push(`${file} -> ${target}`);
      }
    }
    expect(upward).toEqual([]);
  });

  test("nothing that is published depends on what is not", () => {
    const wrong = product
      .filter((file) => !UNPUBLISHED.test(file))
      .flatMap((file) => importsOf(file).map((target) => `${file} -> ${join(file, "..", target)}`))
      .filter((edge) => UNPUBLISHED.test(edge.split(" -> ")[1] as string));
    expect(wrong).toEqual([]);
  });
});

test("every exported function, class and interface of the product says what it is", () => {
  expect(product.filter((file) => !file.startsWith("bench/suites/")).flatMap(undocumented)).toEqual(
    [],
  );
});

function importsOf(file: string): string[] {
  return [...text(file).matchAll(/(?:from|import)\s*\(?\s*"([^"]+)"/g)].map(
    (match) => match[1] as string,
  );
}

/** Exported functions, classes and interfaces of more than a few lines without a doc comment. */
function undocumented(file: string): string[] {
  const source = ts.createSourceFile(file, text(file), ts.ScriptTarget.ES2023, true);
  const missing: string[] = [];
  for (const node of source.statements) {
    const isKind =
      ts.isFunctionDeclaration(node) ||
      ts.isClassDeclaration(node) ||
      ts.isInterfaceDeclaration(node);
    if (!isKind || !node.modifiers?.some((m) => m.kind === ts.SyntaxKind.ExportKeyword)) continue;
    const lines = node.getText().split("\n").length;
    if (lines > 12 && ts.getJSDocCommentsAndTags(node).length === 0) {
      missing.push(`${file}: ${node.name?.text}`);
    }
  }
  return missing;
}
