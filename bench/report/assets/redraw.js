/** Draws a page's plots now, and anew when the theme or the width of the page changes. */
export function keepDrawn(drawPlots) {
  let plots = [];
  const draw = () => {
    for (const plot of plots) plot.destroy();
    plots = drawPlots().filter((plot) => plot !== undefined);
    document.documentElement.dataset.plots = String(plots.length);
  };
  let width = window.innerWidth;
  let pending = 0;
  window.addEventListener("resize", () => {
    if (window.innerWidth === width) return;
    width = window.innerWidth;
    clearTimeout(pending);
    pending = setTimeout(draw, 120);
  });
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  draw();
}
