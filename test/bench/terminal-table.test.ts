import { describe, expect, test } from "vitest";
import { terminalTable } from "../../bench/report/terminal.ts";
import { sampleResults } from "./sample-results.ts";

describe("the table on the terminal", () => {
  test("has one column a transport, and what was not seen is a lower bound", () => {
    expect(terminalTable(sampleResults(), false)).toMatchSnapshot();
  });

  test("says the same in colour", () => {
    const plain = terminalTable(sampleResults(), false);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is how a terminal is told.
    const stripped = terminalTable(sampleResults(), true).replace(/\u001b\[\d+m/g, "");
    expect(stripped).toBe(plain);
  });

  test("never shows a run as valid that was not, and says why", () => {
    const results = sampleResults();
    const { udp, tcp } = results.transports;
    udp?.invalid.push("the load was late");
    if (tcp !== undefined) tcp.interrupted = true;
    const table = terminalTable(results, false);
    expect(table).toMatch(/valid +yes +yes +cut short +INVALID/);
    expect(table).toContain("udp is invalid: the load was late");
    expect(table).toContain("tcp was interrupted after 15 s");
  });
});
