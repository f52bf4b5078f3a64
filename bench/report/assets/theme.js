/** What the plots share: the data, the colours of the current theme, and how numbers are written. */

/** @returns {{names: string[], curves: number[][][], timelines: object[], faults: object[][]}} */
export function reportData() {
  return JSON.parse(document.getElementById("data").textContent);
}

/** The value of a custom property of the page, as the current theme has it. */
export function themeColor(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

export function seriesColor(index) {
  return themeColor(`c${index % 8}`);
}

export function formatMilliseconds(ms) {
  if (ms === null || ms === undefined) return "–";
  const digits = (value) => String(Number(value.toPrecision(3)));
  if (ms < 999.5) return `${digits(ms)} ms`;
  return `${digits(ms / 1000)} s`;
}

/** The axis of latencies: logarithmic, labels at the powers of ten alone. */
export function latencyAxis(size) {
  return {
    scale: "ms",
    size,
    stroke: themeColor("muted"),
    font: "12px system-ui, sans-serif",
    grid: { stroke: themeColor("line"), width: 1 },
    ticks: { show: false },
    splits: (_plot, _axis, min, max) => powersOfTen(min, max),
    // What does not fit arrives here as null.
    values: (_plot, splits) => splits.map((ms) => (ms === null ? "" : formatMilliseconds(ms))),
  };
}

export function powersOfTen(min, max) {
  const powers = [];
  for (
    let exponent = Math.ceil(Math.log10(min) - 1e-9);
    10 ** exponent <= max * 1.001;
    exponent++
  ) {
    powers.push(Number((10 ** exponent).toPrecision(6)));
  }
  return powers;
}

/** Filled squares, as everywhere else on the page. */
export const legendMarkers = {
  width: 0,
  fill: (plot, index) => plot.series[index].stroke(plot, index),
};

/** Whole decades around everything that is drawn, so that curves of different runs look alike. */
export function decadeRange(_plot, min, max) {
  if (min === null || max === null) return [1, 10];
  const low = 10 ** Math.floor(Math.log10(Math.max(min, 1e-3)) + 1e-9);
  const high = 10 ** Math.ceil(Math.log10(Math.max(max, 1e-3)) - 1e-9);
  return [low, Math.max(high, low * 10)];
}
