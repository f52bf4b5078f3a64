/** Latency over percentile, one curve a transport, as the HdrHistogram plotter draws it. */

import {
  decadeRange,
  formatMilliseconds,
  latencyAxis,
  legendMarkers,
  powersOfTen,
  seriesColor,
  themeColor,
} from "./theme.js";

function percentileLabel(x) {
  if (x <= 1) return "0 %";
  const percent = 100 * (1 - 1 / x);
  const decimals = Math.max(0, Math.ceil(Math.log10(x) - 1e-9) - 2);
  return `${percent.toFixed(decimals)} %`;
}

export function drawPercentiles(target, data) {
  const tables = data.curves
    .filter((curve) => curve.length > 0)
    .map((curve) => [curve.map(([x]) => x), curve.map(([, ms]) => ms)]);
  if (tables.length === 0) return undefined;
  const drawn = data.names.flatMap((name, i) => (data.curves[i].length > 0 ? [{ name, i }] : []));
  const narrow = target.clientWidth < 560;
  return new uPlot(
    {
      width: target.clientWidth,
      height: narrow ? 320 : 420,
      padding: [12, narrow ? 8 : 20, 0, 0],
      cursor: { points: { size: 7 }, drag: { x: false, y: false } },
      legend: { live: true, markers: legendMarkers },
      scales: {
        x: { time: false, distr: 3, range: (_plot, _min, max) => [1, Math.max(max, 10)] },
        ms: { distr: 3, range: decadeRange },
      },
      axes: [
        {
          stroke: themeColor("muted"),
          font: "12px system-ui, sans-serif",
          grid: { stroke: themeColor("line"), width: 1 },
          ticks: { show: false },
          size: 32,
          splits: (_plot, _axis, _min, max) => [1, 2, ...powersOfTen(10, max)],
          filter: (_plot, splits) => splits,
          values: (_plot, splits) => splits.map(percentileLabel),
        },
        latencyAxis(64),
      ],
      series: [
        { label: "Percentile", value: (_plot, x) => (x === null ? "" : percentileText(x)) },
        ...drawn.map(({ name, i }) => ({
          label: name,
          scale: "ms",
          stroke: seriesColor(i),
          width: 2,
          spanGaps: true,
          points: { show: false },
          value: (_plot, ms) => formatMilliseconds(ms),
        })),
      ],
    },
    uPlot.join(tables),
    target,
  );
}

/** The percentile under the cursor, as exact as its place on the axis. */
function percentileText(x) {
  if (x <= 1) return "0 %";
  const decimals = Math.max(1, Math.ceil(Math.log10(x)) - 1);
  return `${(100 * (1 - 1 / x)).toFixed(decimals)} %`;
}
