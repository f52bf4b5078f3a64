import { readFileSync, statSync } from "node:fs";
import { type Command, InvalidArgumentError } from "commander";
import { SkipnetError } from "../../../core/errors.ts";
import { parseDurationUs } from "../../../core/units.ts";
import { isPacketTransport } from "../../../transport/sim/packet/packet-spec.ts";
import type { ChurnOptions } from "./run-churn.ts";
import { parseChurn } from "./spec.ts";
import { parseTrace, TRACE_BYTES_MAX } from "./trace.ts";

/** What the command line says of churn. */
export interface ChurnFlags {
  readonly churn?: string;
  readonly churnTrace?: string;
  readonly duration?: string;
  readonly lookupEvery: string;
  readonly countIds?: boolean;
}

/** Adds the options of churn. */
export function withChurnFlags(command: Command): Command {
  const checked = (parse: (text: string) => unknown) => (text: string) => {
    try {
      parse(text);
      return text;
    } catch (error) {
      throw new InvalidArgumentError(error instanceof SkipnetError ? error.message : String(error));
    }
  };
  return command
    .option(
      "--churn <model>",
      "nodes come and go: a preset, or LAW:KEY=VALUE,… (docs/faults.md)",
      checked(parseChurn),
    )
    .option("--churn-trace <file>", "the same by a trace: lines of TIME NODE join|leave|crash")
    .option("--duration <time>", "of churn, as 1h", checked(parseDurationUs))
    .option(
      "--lookup-every <time>",
      "with churn: between two lookups of one node, in the mean",
      checked(parseDurationUs),
      "60s",
    )
    .option("--count-ids", "with churn: count messages as 20 bytes and 4 an ID too");
}

/** Throws `E_OPTIONS` where options contradict each other. */
export function churnOptions(
  given: ChurnFlags & {
    readonly transport: string;
    readonly extraJoins: number;
    readonly lookups?: number;
    readonly load?: string;
    readonly linkStress?: boolean;
  },
): ChurnOptions | undefined {
  const { churn, churnTrace, duration, lookupEvery } = given;
  if (churn === undefined && churnTrace === undefined) {
    refuse(duration !== undefined, "--duration needs --churn or --churn-trace");
    refuse(given.countIds === true, "--count-ids needs --churn or --churn-trace");
    return undefined;
  }
  refuse(churn !== undefined && churnTrace !== undefined, "--churn and --churn-trace are two ways");
  refuse(isPacketTransport(given.transport), "no churn on packets: their processes start once");
  refuse(given.load !== undefined, "churn begins with joins, not with --load");
  refuse(given.extraJoins > 0, "with churn nodes come as it says, not by --extra-joins");
  refuse(
    given.linkStress === true,
    "--link-stress knows the hosts of the beginning alone: no churn",
  );
  refuse(given.lookups !== undefined, "with churn lookups run by --lookup-every, not --lookups");
  const lookupEveryMs = parseDurationUs(lookupEvery) / 1000;
  refuse(lookupEveryMs < 1, "--lookup-every is 1ms at least");
  if (churnTrace !== undefined) {
    const by = parseTrace(readTrace(churnTrace), churnTrace);
    const lastUs = (by.steps.at(-1)?.atUs ?? 0) - (by.steps[0]?.atUs ?? 0);
    const durationMs = (duration === undefined ? lastUs + 1e6 : parseDurationUs(duration)) / 1000;
    refuse(durationMs < 1000, "--duration is 1s at least");
    return { by, rejoin: "same", durationMs, lookupEveryMs };
  }
  refuse(duration === undefined, "--churn needs --duration, as 1h");
  const durationMs = parseDurationUs(duration ?? "") / 1000;
  refuse(durationMs < 1000, "--duration is 1s at least");
  const by = parseChurn(churn ?? "");
  return { by, rejoin: by.rejoin, durationMs, lookupEveryMs };
}

/** Nodes of a trace; `undefined`: there is none. */
export function nodesOfTrace(churn: ChurnOptions | undefined): number | undefined {
  return churn !== undefined && "nodes" in churn.by ? churn.by.nodes.length : undefined;
}

function refuse(isWrong: boolean, what: string): void {
  if (isWrong) throw new SkipnetError("E_OPTIONS", what);
}

function readTrace(file: string): string {
  try {
    if (statSync(file).size <= TRACE_BYTES_MAX) return readFileSync(file, "utf8");
  } catch (cause) {
    throw new SkipnetError("E_FILE", `cannot read ${file}: ${String(cause)}`, { cause });
  }
  throw new SkipnetError("E_FILE", `${file} is over ${TRACE_BYTES_MAX} bytes`);
}
