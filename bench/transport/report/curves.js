/** Draws the percentile curves of each measurement. */

import { drawPercentiles } from "../../report/assets/percentiles.js";
import { keepDrawn } from "../../report/assets/redraw.js";
import { reportData } from "../../report/assets/theme.js";

const data = reportData();

keepDrawn(() =>
  data.charts.map((curves, i) =>
    drawPercentiles(document.getElementById(`curves-${i}`), { names: data.names, curves }),
  ),
);
