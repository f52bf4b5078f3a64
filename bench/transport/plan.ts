import type { CellPlan } from "./cell.ts";
import type { Part, TransportBenchOptions } from "./results.ts";

const KIB = 1_024;
const SMALL = 64;
const SIZES = [SMALL, KIB, 16 * KIB, 64 * KIB] as const;
const WINDOWS = [1, 64] as const;
/** `loopback` would not say what watching costs where it costs something. */
export const LAN_TRANSPORT = "udp:lan";

/** Other contenders than this one have no goal for what is killed, and get fewer trials. */
export const KILLED_MOST = "udp";
export const KILLS_OF_OTHERS = 20;

/** The whole benchmark. */
export const FULL: Omit<TransportBenchOptions, "transports" | "parts"> = {
  runs: 5,
  cellMs: 500,
  ratePerSecond: 2_000,
  kills: 100,
  stops: 4,
  watchers: 5,
  patienceMs: 15_000,
  idlePeers: 10_000,
  contacts: 100,
};

/** Whether everything works here: the figures are worth little. */
export const QUICK: typeof FULL = {
  runs: 1,
  cellMs: 60,
  ratePerSecond: 500,
  kills: 1,
  stops: 1,
  watchers: 2,
  patienceMs: 1_500,
  idlePeers: 50,
  contacts: 5,
};

/** What is measured of every contender, of the parts that were asked for. */
export function cellPlans({ parts, ratePerSecond }: TransportBenchOptions): CellPlan[] {
  const roundTrips = (part: Part, window: number, bytes: number): CellPlan => ({
    part,
    load: { kind: "roundTrips", window },
    bytes,
  });
  const all: CellPlan[] = [
    ...WINDOWS.flatMap((window) => SIZES.map((bytes) => roundTrips("roundTrips", window, bytes))),
    { part: "oneWay", load: { kind: "oneWay" }, bytes: SMALL },
    { part: "bulk", load: { kind: "oneWay" }, bytes: 64 * KIB },
    { part: "openLoop", load: { kind: "openLoop", ratePerSecond }, bytes: SMALL },
  ];
  return all.filter(({ part }) => parts.includes(part));
}

/** What is measured of each variant of `udp`. */
export function ablationPlans(): CellPlan[] {
  return [
    { part: "ablation", load: { kind: "roundTrips", window: 1 }, bytes: SMALL },
    { part: "ablation", load: { kind: "roundTrips", window: 64 }, bytes: SMALL },
    { part: "ablation", load: { kind: "roundTrips", window: 1 }, bytes: 64 * KIB },
    { part: "ablation", load: { kind: "oneWay" }, bytes: SMALL },
  ];
}

/** Sent before anything is measured, so that both processes are compiled and warm. */
export const WARM_UP: readonly CellPlan[] = [
  { part: "roundTrips", load: { kind: "roundTrips", window: 64 }, bytes: SMALL },
  { part: "roundTrips", load: { kind: "roundTrips", window: 64 }, bytes: 16 * KIB },
  { part: "roundTrips", load: { kind: "roundTrips", window: 1 }, bytes: 64 * KIB },
  { part: "roundTrips", load: { kind: "roundTrips", window: 1 }, bytes: SMALL },
  { part: "oneWay", load: { kind: "oneWay" }, bytes: SMALL },
];
