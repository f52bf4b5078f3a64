import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** What the page carries inside itself, so that it opens from disk without a network. */
export interface PageAssets {
  readonly css: string;
  /** uPlot: a classic script that defines one global. */
  readonly plotScript: string;
  /** The page's own modules as one. */
  readonly script: string;
}

/** Of the page of `skipnet bench`, in the order of their imports. */
const PAGE_MODULES = ["theme.js", "percentiles.js", "timeline.js", "redraw.js", "main.js"];

/**
 * Reads them where this package and uPlot are installed. The page's own files are not compiled:
 * they stand beside the sources, where both `bench` and `dist/bench` find them. `modules` are paths
 * from there.
 */
export async function readAssets(modules: readonly string[] = PAGE_MODULES): Promise<PageAssets> {
  const { resolve } = createRequire(import.meta.url);
  const uplot = dirname(resolve("uplot"));
  const own = join(dirname(resolve("skipnet/package.json")), "bench", "report", "assets");
  const text = (folder: string, file: string): Promise<string> =>
    readFile(join(folder, file), "utf8");
  const [uplotCss, css, plotScript, ...scripts] = await Promise.all([
    text(uplot, "uPlot.min.css"),
    text(own, "report.css"),
    text(uplot, "uPlot.iife.min.js"),
    ...modules.map((file) => text(own, file)),
  ]);
  return {
    css: `${uplotCss}\n${css}`,
    plotScript: plotScript as string,
    script: scripts.map(withoutModuleSyntax).join("\n"),
  };
}

/** Our own small modules laid end to end need no imports and exports: a page from disk can load none. */
function withoutModuleSyntax(source: string): string {
  return source.replace(/^import [^;]*;\n/gm, "").replace(/^export /gm, "");
}
