import { SkipnetError } from "../../src/core/errors.ts";
import { parseDurationUs } from "../../src/core/units.ts";
import type { HostConditions } from "../../src/transport/sim/packet/network-script.ts";
import type { FaultKind } from "../results.ts";
import type { ChangeText, NetworkText } from "./network-schema.ts";

/** Shortest time after which a change happens again. */
const EVERY_US_MIN = 1_000;
const TCP_MODEL = /^sim:packet-tcp(?::|$)/;

/**
 * Throws `E_OPTIONS` where a change contradicts itself: it ends what has no end, begins again before
 * it is over, kills whoever measures.
 */
export function checkChange(
  entry: ChangeText,
  { hosts: choice }: HostConditions,
  hosts: number,
  nodes: number,
): void {
  const { stop, crash, rebind, clockJump, sameAddressAs } = entry;
  const forUs = entry.for === undefined ? undefined : parseDurationUs(entry.for);
  const everyUs = entry.every === undefined ? undefined : parseDurationUs(entry.every);
  demand(everyUs === undefined || everyUs >= EVERY_US_MIN, "every is 1ms at least");
  demand(
    everyUs === undefined || forUs === undefined || forUs < everyUs,
    "it would begin again before it is over: for must be below every",
  );
  demand(
    everyUs === undefined || forUs !== undefined || !lasts(entry),
    "every needs for: it would begin again without having ended",
  );
  demand(stop !== true || forUs !== undefined, "stop needs for: a fault hangs a node for good");
  demand(forUs === undefined || lasts(entry), "for has no meaning: nothing in this change lasts");
  demand(
    lasts(entry) || crash === true || rebind !== undefined || clockJump !== undefined,
    "nothing changes",
  );
  if (crash === true) checkCrash(entry, choice, nodes);
  if (sameAddressAs !== undefined) {
    demand(sameAddressAs < hosts, `sameAddressAs: there is no host ${sameAddressAs}`);
    demand(
      Array.isArray(choice) && choice.length === 1 && !choice.includes(sameAddressAs),
      "sameAddressAs needs hosts: the number of one other host",
    );
  }
}

function checkCrash(entry: ChangeText, choice: HostConditions["hosts"], nodes: number): void {
  demand(
    Object.keys(entry).every((key) => ["at", "hosts", "crash"].includes(key)),
    "a crash is for good: nothing else belongs to that change",
  );
  demand(choice !== "all", "crash needs hosts: somebody has to measure");
  demand(
    !Array.isArray(choice) || choice.every((host: number) => host < nodes),
    "crash: a client cannot die, it measures",
  );
}

/** Whether something in it has a beginning and an end. */
function lasts({ up, down, path, cpu, cut, stop, sameAddressAs }: ChangeText): boolean {
  return [up, down, path, cpu, cut, stop, sameAddressAs].some((part) => part !== undefined);
}

/** What a scenario's changes have to agree with. */
export interface ChangeSurroundings {
  readonly durationMs: number;
  readonly faults: readonly FaultKind[];
  readonly transports: readonly string[];
}

/**
 * Throws `E_OPTIONS` where a change would come after the load, or contradicts the faults of the run or
 * a transport.
 */
export function checkChanges(
  { changes = [] }: NetworkText,
  { durationMs, faults, transports }: ChangeSurroundings,
): void {
  demand(
    !faults.includes("crash") || changes.every(({ crash }) => crash !== true),
    "network.changes crash nodes, and so does faults: their figures could not be told apart",
  );
  const tcp = transports.find((transport) => TCP_MODEL.test(transport));
  demand(
    tcp === undefined || changes.every(({ rebind }) => rebind === undefined),
    `network.changes rebind, and ${tcp} cannot: a TCP connection ends with its address`,
  );
  changes.forEach(({ at }, i) => {
    demand(
      parseDurationUs(at) < durationMs * 1_000,
      `network.changes.${i}: at ${at} the load is over: it takes ${durationMs} ms`,
    );
  });
}

function demand(holds: boolean, what: string): void {
  if (!holds) throw new SkipnetError("E_OPTIONS", what);
}
