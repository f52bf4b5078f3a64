/** One transport over time: operations a second above, latency below, faults as dashed lines. */

import {
  decadeRange,
  formatMilliseconds,
  latencyAxis,
  legendMarkers,
  themeColor,
} from "./theme.js";

/** Draws a dashed line and a word at each fault. */
function faultMarks(faults, withLabel) {
  return (plot) => {
    const { ctx, bbox } = plot;
    const ratio = uPlot.pxRatio;
    ctx.save();
    ctx.strokeStyle = themeColor("bad");
    ctx.fillStyle = themeColor("bad");
    ctx.lineWidth = 1.5 * ratio;
    ctx.setLineDash([4 * ratio, 4 * ratio]);
    ctx.font = `600 ${11 * ratio}px system-ui, sans-serif`;
    ctx.textAlign = "left";
    ctx.textBaseline = "top";
    for (const { kind, atMs } of faults) {
      const x = plot.valToPos(atMs / 1000, "x", true);
      if (x < bbox.left || x > bbox.left + bbox.width) continue;
      ctx.beginPath();
      ctx.moveTo(x, bbox.top);
      ctx.lineTo(x, bbox.top + bbox.height);
      ctx.stroke();
      if (withLabel) ctx.fillText(kind, x + 5 * ratio, bbox.top + 2 * ratio);
    }
    ctx.restore();
  };
}

function secondsAxis(show) {
  return {
    show,
    size: 30,
    stroke: themeColor("muted"),
    font: "12px system-ui, sans-serif",
    grid: { show: false },
    ticks: { show: false },
    values: (_plot, splits) => splits.map((s) => `${s} s`),
  };
}

const timelineCursor = {
  sync: { key: "timeline" },
  points: { size: 6 },
  drag: { x: false, y: false },
};

/** The same scale in every panel, or they could not be compared by eye. */
export function timelineLimits(data) {
  let seconds = 1;
  let rate = 1;
  for (const { intervalMs, done, failed } of data.timelines) {
    seconds = Math.max(seconds, (done.length * intervalMs) / 1000);
    const perSecond = 1000 / intervalMs;
    done.forEach((n, i) => {
      rate = Math.max(rate, (n + failed[i]) * perSecond);
    });
  }
  const latencies = data.timelines.flatMap((t) => [...t.p50Ms, ...t.maxMs]).filter((ms) => ms > 0);
  const ms =
    latencies.length === 0
      ? [1, 10]
      : decadeRange(null, Math.min(...latencies), Math.max(...latencies));
  return { seconds, rate, ms };
}

export function drawRate(target, timeline, faults, limits, color) {
  const { intervalMs, done, failed } = timeline;
  const perSecond = 1000 / intervalMs;
  const x = done.map((_, i) => ((i + 0.5) * intervalMs) / 1000);
  const all = done.map((n, i) => (n + failed[i]) * perSecond);
  const bars = uPlot.paths.bars({ size: [0.86, 60] });
  const series = (label, fill, values) => ({
    label,
    scale: "rate",
    fill,
    stroke: fill,
    width: 0,
    paths: bars,
    points: { show: false },
    value: (_plot, _raw, _series, index) =>
      index === null ? "–" : String(Math.round(values[index])),
  });
  return new uPlot(
    {
      width: target.clientWidth,
      height: 130,
      padding: [14, 8, 4, 0],
      cursor: timelineCursor,
      legend: { markers: legendMarkers },
      scales: {
        x: { time: false, range: () => [0, limits.seconds] },
        rate: { range: () => [0, limits.rate * 1.15] },
      },
      axes: [
        secondsAxis(false),
        {
          scale: "rate",
          size: 52,
          space: 34,
          stroke: themeColor("muted"),
          font: "12px system-ui, sans-serif",
          grid: { stroke: themeColor("line"), width: 1 },
          ticks: { show: false },
          values: (_plot, splits) => splits.map((n) => `${n}/s`),
        },
      ],
      series: [
        { label: "at", value: (_plot, s) => (s === null ? "–" : `${s} s`) },
        // The failed ones stand on top: all are drawn first, the done ones over them.
        series(
          "failed",
          themeColor("bad"),
          failed.map((n) => n * perSecond),
        ),
        series(
          "done",
          color,
          done.map((n) => n * perSecond),
        ),
      ],
      hooks: { draw: [faultMarks(faults, true)] },
    },
    [x, all, done.map((n) => n * perSecond)],
    target,
  );
}

export function drawLatency(target, timeline, faults, limits, color) {
  const { intervalMs, p50Ms, maxMs } = timeline;
  const x = p50Ms.map((_, i) => ((i + 0.5) * intervalMs) / 1000);
  const line = (label, options) => ({
    label,
    scale: "ms",
    stroke: color,
    points: { show: false },
    value: (_plot, ms) => formatMilliseconds(ms),
    ...options,
  });
  return new uPlot(
    {
      width: target.clientWidth,
      height: 170,
      padding: [8, 8, 0, 0],
      cursor: timelineCursor,
      legend: { markers: legendMarkers },
      scales: {
        x: { time: false, range: () => [0, limits.seconds] },
        ms: { distr: 3, range: () => limits.ms },
      },
      axes: [secondsAxis(true), latencyAxis(52)],
      series: [
        { label: "at", value: (_plot, s) => (s === null ? "–" : `${s} s`) },
        line("slowest", { width: 1, dash: [2, 2] }),
        line("median", { width: 2 }),
      ],
      hooks: { draw: [faultMarks(faults, false)] },
    },
    [x, maxMs, p50Ms],
    target,
  );
}
