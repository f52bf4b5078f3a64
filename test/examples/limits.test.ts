import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { NAMING_DEFAULTS } from "../../src/apps/naming/options.ts";
import { OVERLAY_DEFAULTS } from "../../src/overlay/options.ts";
import { TCP_DEFAULTS } from "../../src/transport/tcp/options.ts";
import { UDP_PRESETS } from "../../src/transport/udp/presets.ts";

/** `docs/limits.md` says what the code says. */
const ROOT = join(import.meta.dirname, "../..");
const text = (file: string): string => readFileSync(join(ROOT, file), "utf8");
const page = text("docs/limits.md");

/** Ranges of fields and models, and limits made of others: nothing that anybody meets. */
const NO_LIMITS = new Set([
  "DETAIL_CHARACTERS_MAX",
  "ENTRY_NAME_BYTES_MAX",
  "OVERHEAD_BYTES_MAX",
  "RECORD_BYTES_MAX",
  "SESSION_ID_MAX",
  "SLEEP_MS_MAX",
  "SPHERE_MAX_US",
  "U16_MAX",
  "UNIFORM_MAX_US",
]);

const DEFAULTS: Readonly<Record<string, object>> = {
  naming: NAMING_DEFAULTS,
  overlay: OVERLAY_DEFAULTS,
  tcp: TCP_DEFAULTS,
  udp: UDP_PRESETS.lan,
};

interface Row {
  readonly number: string;
  readonly where: string;
}

const rows: readonly Row[] = page.split("\n").flatMap((line) => {
  const [, , number, where] = line.split("|").map((cell) => cell.trim());
  return number === undefined || where === undefined || !/\d/.test(number)
    ? []
    : [{ number, where }];
});

/** `1,024`, `64 KiB` and `8 MiB` as numbers. */
function shown(number: string): number {
  const [amount = "", unit = ""] = number.split(" ");
  const scale = { KiB: 1_024, MiB: 1_048_576 }[unit] ?? 1;
  return Number(amount.replaceAll(",", "")) * scale;
}

/** The value of `const NAME = …;` in a file: numbers, `+`, `*`, `<<`, and names of the same file. */
function declared(file: string, name: string): number {
  const expression = new RegExp(`\\bconst ${name} =\\s*([^;]+);`).exec(text(file))?.[1];
  if (expression === undefined) throw new Error(`${file} declares no ${name}`);
  const plain = expression.replace(/\b[A-Z][A-Z0-9_]+\b/g, (other) => `${declared(file, other)}`);
  if (!/^[\d\s+*()<_exa-f.]+$/i.test(plain)) throw new Error(`${name} = ${plain}`);
  return Number(Function(`return ${plain}`)());
}

test("the page has its tables", () => {
  expect(rows.length).toBeGreaterThan(100);
});

test("constants stand there with their value", () => {
  const constants = rows.flatMap(({ number, where }) => {
    const [, name, file] = /^`([A-Z0-9_]+)` in `([^`]+)`$/.exec(where) ?? [];
    return name === undefined || file === undefined ? [] : [{ name, file, says: shown(number) }];
  });
  expect(constants.length).toBeGreaterThan(80);
  const wrong = constants
    .map(({ name, file, says }) => ({ name, file, says, is: declared(file, name) }))
    .filter(({ says, is }) => says !== is);
  expect(wrong).toEqual([]);
});

test("options stand there with their default", () => {
  const options = rows.flatMap(({ number, where }) => {
    const [, floor, name] = /^option `([a-z]+)\.([A-Za-z]+)`$/.exec(where) ?? [];
    return floor === undefined || name === undefined ? [] : [{ floor, name, says: shown(number) }];
  });
  expect(options.length).toBeGreaterThan(25);
  const wrong = options.filter(({ floor, name, says }) => {
    const values = new Map<string, unknown>(Object.entries(DEFAULTS[floor] ?? {}));
    const is = values.get(name) ?? values.get(`${name}Bytes`) ?? values.get(`${name}Max`);
    return is !== says;
  });
  expect(wrong).toEqual([]);
});

test("no limit of the code is missing", () => {
  const files = readdirSync(join(ROOT, "src"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => `src/${name}`);
  const missing = files.flatMap((file) =>
    [...text(file).matchAll(/^(?:export )?const ([A-Z][A-Z0-9_]*_MAX(?:_[A-Z]+)?) =/gm)]
      .map(([, name]) => name as string)
      .filter((name) => !NO_LIMITS.has(name) && !page.includes(`\`${name}\` in \`${file}\``))
      .map((name) => `${name} in ${file}`),
  );
  expect(missing).toEqual([]);
});
