/** Draws the plots of the report. */

import { drawPercentiles } from "./percentiles.js";
import { keepDrawn } from "./redraw.js";
import { reportData, seriesColor } from "./theme.js";
import { drawLatency, drawRate, timelineLimits } from "./timeline.js";

const data = reportData();

keepDrawn(() => {
  const element = (id) => document.getElementById(id);
  const limits = timelineLimits(data);
  const plots = [drawPercentiles(element("curves"), data)];
  data.timelines.forEach((timeline, i) => {
    plots.push(drawRate(element(`rate-${i}`), timeline, data.faults[i], limits, seriesColor(i)));
    plots.push(
      drawLatency(element(`latency-${i}`), timeline, data.faults[i], limits, seriesColor(i)),
    );
  });
  return plots;
});
