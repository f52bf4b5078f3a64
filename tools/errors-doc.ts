import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { ERROR_CODES, type ErrorCode } from "../src/core/errors.ts";

/** Where the page stands. */
export const ERRORS_PAGE: string = fileURLToPath(new URL("../docs/errors.md", import.meta.url));

/** `docs/errors.md`, made from the table that the code uses. */
export function errorsPage(): string {
  const rows = (Object.keys(ERROR_CODES) as ErrorCode[]).map((code) => {
    const { certainty, meaning, whatNext } = ERROR_CODES[code];
    return `| \`${code}\` | ${certainty} | ${meaning} | ${whatNext} |`;
  });
  return `# Errors

Every failure that crosses a floor is a \`SkipnetError\` with one of these codes. *Definite*: it certainly did not happen.
*Indefinite*: it may have happened; all operations are idempotent, so repeating one is safe.

| code | certainty | meaning | what next |
| --- | --- | --- | --- |
${rows.join("\n")}

This page is made by \`npx tsx tools/errors-doc.ts\` from \`src/core/errors.ts\`.
`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(ERRORS_PAGE, errorsPage());
