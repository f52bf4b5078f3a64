import { formatDurationUs } from "../core/units.ts";
import type { Timeout } from "./cascade.ts";

const KIND_WORDS = { bound: "at most", deadline: "waits", step: "", floor: "" } as const;
const DURATION_WIDTH = 9;
const KIND_WIDTH = 7;

/** The cascade as a tree, with the durations in a column before it. */
export function cascadeText(title: string, cascade: readonly Timeout[]): string {
  const lines = [title];
  const walk = (timeouts: readonly Timeout[], indent: string): void => {
    timeouts.forEach(({ what, us, kind, parts }, i) => {
      const isLast = i === timeouts.length - 1;
      const duration = kind === "floor" ? "" : formatDurationUs(us);
      const columns = `${KIND_WORDS[kind].padStart(KIND_WIDTH)} ${duration.padStart(DURATION_WIDTH)}`;
      lines.push(`${columns}  ${indent}${isLast ? "└─ " : "├─ "}${what}`);
      walk(parts, `${indent}${isLast ? "   " : "│  "}`);
    });
  };
  walk(cascade, "");
  return lines.join("\n");
}
