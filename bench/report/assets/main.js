/** Draws the plots, and draws them again when the theme or the width of the page changes. */

import { drawPercentiles } from "./percentiles.js";
import { reportData, seriesColor } from "./theme.js";
import { drawLatency, drawRate, timelineLimits } from "./timeline.js";

const data = reportData();
let plots = [];

function drawAll() {
  for (const plot of plots) plot.destroy();
  const element = (id) => document.getElementById(id);
  const limits = timelineLimits(data);
  plots = [drawPercentiles(element("curves"), data)];
  data.timelines.forEach((timeline, i) => {
    plots.push(drawRate(element(`rate-${i}`), timeline, data.faults[i], limits, seriesColor(i)));
    plots.push(
      drawLatency(element(`latency-${i}`), timeline, data.faults[i], limits, seriesColor(i)),
    );
  });
  plots = plots.filter((plot) => plot !== undefined);
  document.documentElement.dataset.plots = String(plots.length);
}

let width = window.innerWidth;
let pending = 0;
window.addEventListener("resize", () => {
  if (window.innerWidth === width) return;
  width = window.innerWidth;
  clearTimeout(pending);
  pending = setTimeout(drawAll, 120);
});
window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
drawAll();
