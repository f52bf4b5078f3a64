import { SkipnetError } from "./errors.ts";

/** Longest duration that may be written, in microseconds: 366 days. */
export const DURATION_US_MAX = 366 * 86_400 * 1e6;

const DURATION_UNITS_US: Readonly<Record<string, number>> = {
  us: 1,
  ms: 1e3,
  s: 1e6,
  m: 60e6,
  h: 3_600e6,
  d: 86_400e6,
};

const SIZE_UNITS_BYTES: Readonly<Record<string, number>> = {
  B: 1,
  KiB: 1 << 10,
  MiB: 1 << 20,
  GiB: 1 << 30,
};

const QUANTITY = /^(\d{1,15}(?:\.\d{1,9})?)([A-Za-z]{1,3})$/;

function quantity(
  text: string,
  units: Readonly<Record<string, number>>,
): { amount: number; unit: number } | undefined {
  const match = QUANTITY.exec(text.trim());
  const name = match?.[2];
  if (name === undefined || !Object.hasOwn(units, name)) return undefined;
  return { amount: Number(match?.[1]), unit: units[name] as number };
}

/** A duration as people write it (`250ms`, `3s`, `1.5m`) in whole microseconds. Throws `E_OPTIONS`. */
export function parseDurationUs(text: string): number {
  const found = quantity(text, DURATION_UNITS_US);
  const us = found === undefined ? Number.NaN : Math.round(found.amount * found.unit);
  if (!(us <= DURATION_US_MAX)) {
    throw new SkipnetError(
      "E_OPTIONS",
      `"${text.slice(0, 40)}" is not a duration; write for example 250ms, 3s or 2m (us, ms, s, m, h, d)`,
    );
  }
  return us;
}

/** A size as people write it (`64B`, `16KiB`, `1MiB`) in whole bytes. Throws `E_OPTIONS`. */
export function parseSizeBytes(text: string): number {
  const found = quantity(text, SIZE_UNITS_BYTES);
  const bytes = found === undefined ? Number.NaN : Math.round(found.amount * found.unit);
  if (!Number.isSafeInteger(bytes)) {
    throw new SkipnetError(
      "E_OPTIONS",
      `"${text.slice(0, 40)}" is not a size; write for example 64B, 16KiB or 1MiB (B, KiB, MiB, GiB)`,
    );
  }
  return bytes;
}

const RATE_UNITS: Readonly<Record<string, number>> = { kbit: 1e3, Mbit: 1e6, Gbit: 1e9 };

/** A line's rate as people write it (`512kbit`, `10Mbit`, `1Gbit`), in bits a second. Throws `E_OPTIONS`. */
export function parseBitRate(text: string): number {
  const match = /^(\d{1,15}(?:\.\d{1,9})?)([kMG]bit)$/.exec(text.trim());
  const rate = Number(match?.[1]) * (RATE_UNITS[match?.[2] ?? ""] ?? Number.NaN);
  if (rate > 0) return rate;
  throw new SkipnetError(
    "E_OPTIONS",
    `"${text.slice(0, 40)}" is not a rate; write for example 10Mbit (kbit, Mbit, Gbit a second)`,
  );
}

/** A duration for people, with three significant digits at least: `250 µs`, `1.20 s`, `15.4 min`. */
export function formatDurationUs(us: number): string {
  if (us === Number.POSITIVE_INFINITY) return "never";
  const steps: readonly (readonly [string, number, number])[] = [
    ["µs", 1, 1e3],
    ["ms", 1e3, 1e6],
    ["s", 1e6, 180e6],
    ["min", 60e6, 10_800e6],
    ["h", 3_600e6, 259_200e6],
    ["d", 86_400e6, Number.POSITIVE_INFINITY],
  ];
  for (const [name, unit, below] of steps) {
    if (Math.abs(us) < below) return `${threeDigits(us / unit)} ${name}`;
  }
  return `${us} µs`;
}

/** A size for people: `64 B`, `16 KiB`, `1.50 MiB`. */
export function formatSizeBytes(bytes: number): string {
  const steps: readonly (readonly [string, number])[] = [
    ["GiB", 1 << 30],
    ["MiB", 1 << 20],
    ["KiB", 1 << 10],
  ];
  for (const [name, unit] of steps) {
    if (Math.abs(bytes) >= unit) return `${threeDigits(bytes / unit)} ${name}`;
  }
  return `${bytes} B`;
}

function threeDigits(value: number): string {
  const magnitude = Math.abs(value);
  if (Number.isInteger(value)) return String(value);
  if (magnitude >= 100) return value.toFixed(0);
  return magnitude >= 10 ? value.toFixed(1) : value.toFixed(2);
}
