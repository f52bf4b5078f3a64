import { SkipnetError } from "../../../core/errors.ts";
import { parseDurationUs } from "../../../core/units.ts";
import { isPacketTransport } from "../../../transport/sim/packet/packet-spec.ts";

/** What can go wrong in a simulated run. */
export const FAULT_KINDS = [
  "crash",
  "restart",
  "hang",
  "pause",
  "partition",
  "disconnect",
  "cut",
  "intransitive",
  "hold",
  "delay",
  "loss",
  "slow",
  "clock",
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

/** A fault of a simulated run: so large a share of the nodes, chosen by seed, at once. */
export interface FaultSpec {
  readonly kind: FaultKind;
  /** Of the nodes; of all pairs of nodes for `intransitive`; of no meaning for `disconnect`. */
  readonly share: number;
  /** `disconnect`: prefixes of the names of the nodes that are cut off from all others, together. */
  readonly prefixes?: readonly string[] | undefined;
  /** Virtual time after the overlay has converged. */
  readonly atMs: number;
  /** How long it lasts; left out: to the end. Of a restart: until the new process runs. */
  readonly forMs: number | undefined;
  /** `restart`: whether the new process knows what the former one knew. */
  readonly state?: "kept" | "lost" | undefined;
  /** `partition`: into how many groups the nodes are split; the others stay together. */
  readonly groups?: number | undefined;
  /** `cut`: nothing gets out of the nodes, or nothing into them. */
  readonly way?: "out" | "in" | undefined;
  /** `delay`: added to each message, one way. */
  readonly byMs?: number | undefined;
  /** `loss`: share of transmissions lost. */
  readonly rate?: number | undefined;
  /** `slow`: time to handle one message. */
  readonly serviceMs?: number | undefined;
  /** `clock`: each clock is up to so far ahead or behind. */
  readonly offsetMs?: number | undefined;
  /** `clock`: each runs up to so many millionths fast or slow. */
  readonly driftPpm?: number | undefined;
}

type Settings = Omit<FaultSpec, "kind" | "share" | "atMs" | "forMs">;

interface Kind {
  /** Keys that it takes, each with what reads its value. */
  readonly keys: Readonly<Record<string, (value: string) => Settings>>;
  /** Keys of which one at least is given. */
  readonly needs?: readonly string[];
  readonly defaults?: Settings;
  readonly duration: "none" | "optional" | "required";
}

const oneOf =
  <const T extends string>(...values: readonly T[]) =>
  (value: string): T => {
    const found = values.find((candidate) => candidate === value);
    if (found !== undefined) return found;
    throw new SkipnetError("E_OPTIONS", `"${value.slice(0, 40)}" is not ${values.join(" or ")}`);
  };

const KINDS: Readonly<Record<FaultKind, Kind>> = {
  crash: { keys: {}, duration: "none" },
  restart: {
    keys: { state: (value) => ({ state: oneOf("kept", "lost")(value) }) },
    defaults: { state: "lost" },
    duration: "required",
  },
  hang: { keys: {}, duration: "optional" },
  pause: { keys: {}, duration: "required" },
  partition: {
    keys: { groups: (value) => ({ groups: whole(value, 1, 64) }) },
    defaults: { groups: 1 },
    duration: "optional",
  },
  disconnect: { keys: {}, duration: "optional" },
  cut: {
    keys: { way: (value) => ({ way: oneOf("out", "in")(value) }) },
    defaults: { way: "out" },
    duration: "optional",
  },
  intransitive: {
    keys: {},
    duration: "optional",
  },
  hold: {
    keys: {},
    duration: "required",
  },
  delay: {
    keys: { by: (value) => ({ byMs: parseDurationUs(value) / 1000 }) },
    needs: ["by"],
    duration: "optional",
  },
  loss: {
    keys: { rate: (value) => ({ rate: parseShare(value) }) },
    needs: ["rate"],
    duration: "optional",
  },
  slow: {
    keys: { service: (value) => ({ serviceMs: parseDurationUs(value) / 1000 }) },
    needs: ["service"],
    duration: "optional",
  },
  clock: {
    keys: {
      offset: (value) => ({ offsetMs: parseDurationUs(value) / 1000 }),
      drift: (value) => ({ driftPpm: ppm(value) }),
    },
    needs: ["offset", "drift"],
    duration: "optional",
  },
};

const SPEC = /^([a-z]+):([^,@+]+)((?:,[^,@+]*)*)(?:@([^+]+))?(?:\+(.+))?$/;

/**
 * Reads `KIND:SHARE[,KEY=VALUE…][@TIME][+DURATION]`: `hang:20%`, `slow:0.1,service=50ms@500ms+1m`; and
 * `disconnect:PREFIX[:PREFIX…]`: `disconnect:org3+1h`. Throws `E_OPTIONS`.
 */
export function parseFault(text: string): FaultSpec {
  const match = SPEC.exec(text);
  if (match === null) {
    throw new SkipnetError(
      "E_OPTIONS",
      `"${text.slice(0, 60)}" is not a fault; write KIND:SHARE[,KEY=VALUE][@TIME][+DURATION], as hang:20% or partition:30%@0ms+60s`,
    );
  }
  const [, name = "", share = "", settings = "", at, duration] = match;
  const kind = FAULT_KINDS.find((candidate) => candidate === name);
  if (kind === undefined) {
    throw new SkipnetError(
      "E_OPTIONS",
      `no fault "${name.slice(0, 40)}"; there are ${FAULT_KINDS.join(", ")}`,
    );
  }
  const { duration: lasting } = KINDS[kind];
  if (lasting === "none" && duration !== undefined) {
    throw new SkipnetError("E_OPTIONS", `${kind} has no duration: such nodes do not come back`);
  }
  if (lasting === "required" && duration === undefined) {
    throw new SkipnetError("E_OPTIONS", `${kind} needs a +DURATION`);
  }
  return {
    kind,
    ...(kind === "disconnect"
      ? { share: 1, prefixes: share.split(":") }
      : { share: parseShare(share) }),
    atMs: at === undefined ? 0 : parseDurationUs(at) / 1000,
    forMs: duration === undefined ? undefined : parseDurationUs(duration) / 1000,
    ...settingsOf(kind, settings),
  };
}

function settingsOf(kind: FaultKind, text: string): Settings {
  const { keys, needs = [], defaults = {} } = KINDS[kind];
  const given = new Set<string>();
  let settings: Settings = defaults;
  for (const part of text.split(",").slice(1)) {
    const [key = "", ...rest] = part.split("=");
    const read = Object.hasOwn(keys, key) ? keys[key] : undefined;
    if (read === undefined) {
      const known = Object.keys(keys).join(", ") || "none";
      throw new SkipnetError(
        "E_OPTIONS",
        `${kind} has no key "${key.slice(0, 40)}"; it has ${known}`,
      );
    }
    if (given.has(key)) throw new SkipnetError("E_OPTIONS", `${kind}: ${key} is given twice`);
    given.add(key);
    settings = { ...settings, ...read(rest.join("=")) };
  }
  if (needs.length > 0 && !needs.some((key) => given.has(key))) {
    throw new SkipnetError("E_OPTIONS", `${kind} needs ${needs.join("= or ")}=`);
  }
  return settings;
}

/** `20%` or `0.2`, from 0 to 1. Throws `E_OPTIONS`. */
export function parseShare(text: string): number {
  const match = /^(\d{1,3}(?:\.\d{0,9})?|\.\d{1,9})(%?)$/.exec(text);
  const value = match === null ? Number.NaN : Number(match[1]) / (match[2] === "%" ? 100 : 1);
  if (value >= 0 && value <= 1) return value;
  throw new SkipnetError(
    "E_OPTIONS",
    `"${text.slice(0, 40)}" is not a share; write 20% or 0.2, from 0 to 1`,
  );
}

function whole(text: string, min: number, max: number): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw new SkipnetError(
    "E_OPTIONS",
    `"${text.slice(0, 40)}" is not a whole number from ${min} to ${max}`,
  );
}

function ppm(text: string): number {
  const match = /^(\d{1,6}(?:\.\d{1,3})?)ppm$/.exec(text);
  const value = match === null ? Number.NaN : Number(match[1]);
  if (value <= 100_000) return value;
  throw new SkipnetError(
    "E_OPTIONS",
    `"${text.slice(0, 40)}" is not a drift; write 200ppm, 100000ppm at most`,
  );
}

/** Kinds that packets can meet: there, processes are started once, and links have conditions of their own. */
const ON_PACKETS: ReadonlySet<FaultKind> = new Set([
  "crash",
  "hang",
  "pause",
  "partition",
  "cut",
  "intransitive",
  "delay",
  "loss",
]);

/** Throws `E_OPTIONS` where a fault means nothing to the transport. */
export function assertFaults(faults: readonly FaultSpec[], transport: string): void {
  for (const { kind } of faults) {
    if (isPacketTransport(transport) && !ON_PACKETS.has(kind)) {
      const known = [...ON_PACKETS].join(", ");
      throw new SkipnetError("E_OPTIONS", `no ${kind} on packets; there are ${known}`);
    }
    if (kind === "loss" && transport === "ideal") {
      throw new SkipnetError(
        "E_OPTIONS",
        "loss needs --transport tcp or udp: the ideal transport loses nothing",
      );
    }
  }
}
