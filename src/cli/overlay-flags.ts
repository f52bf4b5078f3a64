import type { Command } from "commander";
import type { OverlayOptions } from "../overlay/options.ts";

/** What the command line says of the tables beside R-Table and leaf set. */
export interface ShortcutFlags {
  readonly dedupe?: boolean;
  readonly pTable?: boolean;
  readonly cTable?: boolean;
}

/** Adds the flags of the tables that make routes shorter or nearer; all of them off. */
export function withShortcutFlags(command: Command): Command {
  return command
    .option("--dedupe", "pointers in which no level repeats a lower one: shorter routes by name")
    .option("--p-table", "a near node in each segment of the ring: quicker routes by name")
    .option("--c-table", "a near node for each digit: quicker routes by numeric ID");
}

/** The options of the overlay that the flags stand for. */
export function shortcutOptions(
  flags: ShortcutFlags,
): Pick<OverlayOptions, "dedupe" | "pTable" | "cTable"> {
  return {
    dedupe: flags.dedupe === true,
    pTable: flags.pTable === true,
    cTable: flags.cTable === true,
  };
}
