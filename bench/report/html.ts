/** Text that is already HTML. Everything else is escaped where it enters a template. */
export interface Html {
  readonly html: string;
}

export type HtmlValue = Html | string | number | readonly HtmlValue[];

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function toHtml(value: HtmlValue): string {
  if (typeof value === "number") return String(value);
  if (typeof value === "string") return value.replace(/[&<>"']/g, (c) => ENTITIES[c] ?? c);
  if ("html" in value) return value.html;
  return value.map(toHtml).join("");
}

/** A template whose values are escaped unless they are HTML themselves. Lists are joined. */
export function html(strings: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  return {
    html: strings.reduce(
      (out, part, i) => out + part + (i < values.length ? toHtml(values[i] as HtmlValue) : ""),
      "",
    ),
  };
}

export const raw = (text: string): Html => ({ html: text });

/** A value as JSON that cannot end the script element that holds it. */
export function jsonForScript(value: unknown): Html {
  return raw(JSON.stringify(value).replace(/</g, "\\u003c"));
}
