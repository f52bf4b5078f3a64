import type { Command } from "commander";
import type { OverlayOptions } from "../overlay/options.ts";

/** What the command line says of the tables beside R-Table and leaf set. */
export interface ShortcutFlags {
  readonly dedupe?: boolean;
}

/** Adds the flags of the tables that make routes shorter or nearer; all of them off. */
export function withShortcutFlags(command: Command): Command {
  return command.option(
    "--dedupe",
    "pointers in which no level repeats a lower one: shorter routes by name",
  );
}

/** The options of the overlay that the flags stand for. */
export function shortcutOptions({ dedupe }: ShortcutFlags): Pick<OverlayOptions, "dedupe"> {
  return { dedupe: dedupe === true };
}
