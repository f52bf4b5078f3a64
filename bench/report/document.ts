import type { PageAssets } from "./assets.ts";
import { type Html, html, jsonForScript, raw } from "./html.ts";

/** What a report's page is made of. */
export interface ReportDocument {
  readonly title: string;
  readonly body: Html;
  /** What its scripts draw. */
  readonly data: unknown;
  readonly assets: PageAssets;
}

/** A whole report as one document: no request to anywhere, readable without scripts but for its plots. */
export function reportDocument({ title, body, data, assets }: ReportDocument): string {
  // A script or style that names its own end tag would end early: none of ours may.
  const script = (source: string) => raw(source.replaceAll("</script", "<\\/script"));
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:">
<title>${title}</title>
<style>${raw(assets.css.replaceAll("</style", "<\\/style"))}</style>
</head>
<body>
<main>
${body}
</main>
<script type="application/json" id="data">${jsonForScript(data)}</script>
<script>${script(assets.plotScript)}</script>
<script type="module">${script(assets.script)}</script>
</body>
</html>
`.html;
}
