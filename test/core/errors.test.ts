import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  asSkipnetError,
  ERROR_CODES,
  type ErrorCode,
  SkipnetError,
} from "../../src/core/errors.ts";
import { ERRORS_PAGE, errorsPage } from "../../tools/errors-doc.ts";

test("docs/errors.md is what the table says (rewrite it with tools/errors-doc.ts)", () => {
  expect(readFileSync(ERRORS_PAGE, "utf8")).toBe(errorsPage());
});

describe("every code", () => {
  test.each(Object.keys(ERROR_CODES) as ErrorCode[])(
    "%s says what it means and what next",
    (code) => {
      const error = new SkipnetError(code, "the detail");
      expect(error.message).toBe(`${code}: the detail`);
      expect(["definite", "indefinite"]).toContain(error.certainty);
      expect(error.whatNext).toMatch(/\.$/);
      expect(ERROR_CODES[code].meaning).toMatch(/^[A-Z].*\.$/);
    },
  );
});

test("what may have happened is indefinite", () => {
  for (const code of ["E_DEADLINE", "E_UNREACHABLE", "E_UNCERTAIN", "E_ABORTED"] as const) {
    expect(new SkipnetError(code, "").certainty).toBe("indefinite");
  }
});

test("a thrown value that is not ours becomes a defect with its cause", () => {
  const ours = new SkipnetError("E_LIMIT", "x");
  expect(asSkipnetError(ours)).toBe(ours);
  const cause = new TypeError("oops");
  expect(asSkipnetError(cause)).toMatchObject({ code: "E_INTERNAL", cause });
  expect(asSkipnetError("text").message).toBe("E_INTERNAL: text");
});
