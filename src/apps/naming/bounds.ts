import type { BoundStep } from "../../transport/transport.ts";
import type { NamingOptions } from "./options.ts";

/** Worst cases of the overlay below, in microseconds. */
export interface OverlayBoundsBelow {
  /** From the crash of a node until routes go round it and end at the next in order. */
  readonly detectUs: number;
}

/** Worst cases of the naming service, and how they come about. */
export interface NamingBounds {
  /** An operation ends within its caller's deadline: it adds nothing to that. */
  readonly operationBeyondDeadlineUs: 0;
  /**
   * From the crash of one holder until its directories are on three members again. An acknowledged
   * write survives crashes of nodes that store it which are so far apart; reads may be stale by so long.
   */
  readonly repairMs: number;
  /** From joining until a member says on its own word that there is no such name. */
  readonly establishMs: number;
  readonly steps: readonly BoundStep[];
}

/** `directories`: how many one member holds at most. */
export function namingBounds(
  options: NamingOptions,
  below: OverlayBoundsBelow,
  directories: number,
): NamingBounds {
  const turns = Math.ceil(Math.max(1, directories) / options.repairsAtOnce);
  const steps: BoundStep[] = [
    { what: "overlay: the crash is noticed and routes go round it", us: below.detectUs },
    {
      what: `another holder's next repair: 1.875 periods of ${options.repairPeriodMs} ms`,
      us: 1.875 * options.repairPeriodMs * 1000,
    },
    {
      what: `${turns} turns of ${options.repairsAtOnce} directories, each ${options.repairMs} ms at most`,
      us: turns * options.repairMs * 1000,
    },
    {
      what: `a repair that news set off, once more: ${options.repairMs} ms`,
      us: options.repairMs * 1000,
    },
  ];
  const sumUs = steps.reduce((sum, step) => sum + step.us, 0);
  return {
    operationBeyondDeadlineUs: 0,
    repairMs: Math.ceil(sumUs / 1000),
    establishMs: options.establishMs,
    steps,
  };
}
