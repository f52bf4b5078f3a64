/** Draws the curves of the experiments, with the 95 % intervals of their means. */

import { keepDrawn } from "../../report/assets/redraw.js";
import {
  legendMarkers,
  powersOfTen,
  reportData,
  seriesColor,
  themeColor,
} from "../../report/assets/theme.js";

const HEIGHT = 360;
const HEIGHT_NARROW = 300;
/** Labels on the axis below, one to so many pixels at most. */
const LABEL_WIDTH = 64;

/** After the palette the same again, darker: a chart may have more curves than there are colours. */
const PALETTE = 8;
const curveColor = (i) =>
  i < PALETTE ? seriesColor(i) : `color-mix(in srgb, ${seriesColor(i)} 55%, ${themeColor("ink")})`;

const written = (value) => {
  if (value === null || value === undefined) return "–";
  if (Math.abs(value) >= 10_000) return Math.round(value).toLocaleString("en-US");
  return String(Number(value.toPrecision(4)));
};

/** The values that were measured, thinned to what fits. */
function measuredSplits(chart, width) {
  const all = [...new Set(chart.curves.flatMap(({ x }) => x))].sort((a, b) => a - b);
  const step = Math.max(1, Math.ceil((all.length * LABEL_WIDTH) / width));
  return all.filter((_, i) => i % step === 0);
}

/** Some room around the least and the most, so that no curve lies on the frame. */
function axisRange(chart) {
  const all = chart.curves.flatMap(({ x }) => x);
  const [least, most] = [Math.min(...all), Math.max(...all)];
  if (!chart.isXLogarithmic) {
    const room = (most - least) * 0.03;
    return [least - room, most + room];
  }
  const room = (most / least) ** 0.03;
  return [least / room, most * room];
}

function figureRange(chart) {
  const all = chart.curves
    .flatMap(({ high, low, model, paper }) => [...high, ...low, ...model, ...paper])
    .filter((value) => value !== null);
  if (!chart.isLogarithmic) return [Math.min(0, ...all), Math.max(...all) * 1.06 || 1];
  const positive = all.filter((value) => value > 0);
  return [Math.min(...positive) / 1.5, Math.max(...positive) * 1.5];
}

/** For each curve: the two edges of its band, the mean, and what others say. */
function seriesOf(chart) {
  const value = (_plot, figure) => written(figure);
  const hushed = { class: "hushed", width: 0, points: { show: false }, spanGaps: true };
  return chart.curves.flatMap(({ label, model, paper }, i) => {
    const color = curveColor(i);
    const others = [];
    if (model.some((figure) => figure !== null)) {
      others.push({
        label: `${label}: model`,
        class: "hushed",
        stroke: color,
        width: 1.5,
        dash: [6, 5],
        spanGaps: true,
        points: { show: false },
        value,
      });
    }
    if (paper.some((figure) => figure !== null)) {
      others.push({
        label: `${label}: paper`,
        class: "hushed",
        stroke: color,
        width: 0,
        points: { show: true, size: 11, fill: "transparent", stroke: color, width: 2 },
        value,
      });
    }
    return [
      { ...hushed, label: `${label}: high`, stroke: color },
      { ...hushed, label: `${label}: low`, stroke: color },
      {
        label,
        stroke: color,
        width: 2,
        spanGaps: true,
        points: { show: true, size: 6, fill: color },
        value,
      },
      ...others,
    ];
  });
}

function tablesOf(chart) {
  return chart.curves.flatMap(({ x, high, low, mean, model, paper }) => {
    const columns = [high, low, mean];
    for (const other of [model, paper]) {
      if (other.some((figure) => figure !== null)) columns.push(other);
    }
    return columns.map((column) => [x, column]);
  });
}

function bandsOf(series) {
  return series.flatMap((one, i) =>
    one.label?.endsWith(": high")
      ? [{ series: [i, i + 1], fill: `color-mix(in srgb, ${one.stroke} 22%, transparent)` }]
      : [],
  );
}

function drawChart(chart) {
  const target = document.getElementById(chart.id);
  const width = target.clientWidth - 18;
  const isNarrow = width < 560;
  const series = [{ label: chart.xTitle, value: (_plot, x) => written(x) }, ...seriesOf(chart)];
  const axis = {
    stroke: themeColor("muted"),
    font: "12px system-ui, sans-serif",
    grid: { stroke: themeColor("line"), width: 1 },
    ticks: { show: false },
  };
  const splits = measuredSplits(chart, width);
  const unit = chart.unit === "" ? "" : ` ${chart.unit}`;
  return new uPlot(
    {
      width,
      height: isNarrow ? HEIGHT_NARROW : HEIGHT,
      padding: [12, isNarrow ? 20 : 32, 0, 0],
      cursor: { points: { size: 7 }, drag: { x: false, y: false } },
      legend: { live: true, markers: legendMarkers },
      scales: {
        x: {
          time: false,
          distr: chart.isXLogarithmic ? 3 : 1,
          log: 2,
          range: () => axisRange(chart),
        },
        y: { distr: chart.isLogarithmic ? 3 : 1, range: () => figureRange(chart) },
      },
      axes: [
        {
          ...axis,
          label: chart.xTitle,
          labelSize: 22,
          labelFont: axis.font,
          size: 32,
          splits: () => splits,
          filter: (_plot, all) => all,
          values: (_plot, all) => all.map(written),
        },
        {
          ...axis,
          size: 64,
          ...(chart.isLogarithmic
            ? { splits: (_plot, _axis, min, max) => powersOfTen(min, max) }
            : {}),
          values: (_plot, all) => all.map((value) => (value === null ? "" : written(value) + unit)),
        },
      ],
      series,
      bands: bandsOf(series),
    },
    uPlot.join(tablesOf(chart)),
    target,
  );
}

keepDrawn(() => reportData().charts.map(drawChart));
