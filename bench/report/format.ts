/** How a number is written in tables: three significant digits at most, with its unit. */

const significant = (value: number): string => {
  if (value === 0) return "0";
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return value
    .toFixed(Math.min(digits, 3))
    .replace(/(\.\d*?)0+$/, "$1")
    .replace(/\.$/, "");
};

/** Thin groups of three, as in 12 345. */
export function formatCount(value: number): string {
  return Math.round(value)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, " ");
}

/** Milliseconds as `0.42 ms`, `17.3 ms`, `2.41 s`, `3.5 min`. */
export function formatMs(ms: number): string {
  if (ms < 999.5) return `${significant(ms)} ms`;
  if (ms < 119_500) return `${significant(ms / 1_000)} s`;
  return `${significant(ms / 60_000)} min`;
}

/** `> 12 s`: not seen in that time. Rounded down, so that it never claims more than was watched. */
export function formatNotWithin(ms: number): string {
  if (ms < 1_000) return `> ${Math.floor(ms)} ms`;
  return `> ${Math.floor(ms / 1_000)} s`;
}

/** Bytes as `512 B`, `1.21 KiB`, `3 MiB`. */
export function formatBytes(bytes: number): string {
  if (bytes < 1_024) return `${significant(bytes)} B`;
  if (bytes < 1_048_576) return `${significant(bytes / 1_024)} KiB`;
  return `${significant(bytes / 1_048_576)} MiB`;
}

/** A mean or a ratio without a unit. */
export function formatNumber(value: number): string {
  return value >= 1_000 ? formatCount(value) : significant(value);
}

export function formatShare(part: number, whole: number): string {
  if (whole === 0) return "none";
  const percent = (100 * part) / whole;
  if (percent > 0 && percent < 0.1) return "< 0.1 %";
  // 99.97 % is not "100 %": what failed must not be rounded away.
  if (percent > 99.9 && percent < 100) return "> 99.9 %";
  return `${significant(percent)} %`;
}
