import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { nodeRegistry } from "../src/node/registry.ts";
import { protocolPage } from "../src/wire/protocol-page.ts";

/** Writes the generated part of `docs/protocol.md`: `npx tsx tools/protocol-doc.ts`. With `--check`, only says whether it is up to date. */
const FILE = new URL("../docs/protocol.md", import.meta.url);
const BEGIN = "<!-- generated from the declarations by tools/protocol-doc.ts: do not edit -->";
const END = "<!-- end of the generated part -->";

const text = existsSync(FILE) ? readFileSync(FILE, "utf8") : `# Protocol\n\n${BEGIN}\n${END}\n`;
const begin = text.indexOf(BEGIN);
const end = text.indexOf(END);
if (begin < 0 || end < begin)
  throw new Error(`docs/protocol.md has lost its markers, ${BEGIN} and ${END}`);
const updated = `${text.slice(0, begin)}${BEGIN}\n\n${protocolPage(nodeRegistry())}\n${text.slice(end)}`;

if (!process.argv.includes("--check")) writeFileSync(FILE, updated);
else if (updated !== text) {
  process.stderr.write("docs/protocol.md is not up to date: npx tsx tools/protocol-doc.ts\n");
  process.exitCode = 1;
}
