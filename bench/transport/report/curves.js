/** Draws the percentile curves of each measurement, and again when the theme or the width changes. */

import { drawPercentiles } from "../../report/assets/percentiles.js";
import { reportData } from "../../report/assets/theme.js";

const data = reportData();
let plots = [];

function drawAll() {
  for (const plot of plots) plot.destroy();
  plots = data.charts
    .map((curves, i) =>
      drawPercentiles(document.getElementById(`curves-${i}`), { names: data.names, curves }),
    )
    .filter((plot) => plot !== undefined);
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
