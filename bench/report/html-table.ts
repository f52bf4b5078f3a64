import { type Html, html } from "./html.ts";
import type { ReportTable, TableCell } from "./table.ts";

const td = ({ text, note, tone }: TableCell): Html =>
  html`<td class="${tone ?? ""}">${text}${note === undefined || note === "" ? "" : html` <span>${note}</span>`}</td>`;

/** A table of a page. */
export function htmlTable({ head, rows, isText }: ReportTable): Html {
  const lines = rows.map(([first, ...cells]) => {
    const { text, note } = first as TableCell;
    return html`<tr><th scope="row">${text}${note === undefined || note === "" ? "" : html` <span>${note}</span>`}</th>${cells.map(td)}</tr>`;
  });
  return html`<div class="scroll"><table class="comparison wide${isText === true ? " text" : ""}"><thead><tr>${head.map(
    (text) => html`<th scope="col">${text}</th>`,
  )}</tr></thead><tbody>${lines}</tbody></table></div>`;
}

/** A part of a page, with a sentence on how to read it. */
export function chapter(id: string, title: string, about: string, body: Html): Html {
  return html`<section id="${id}"><h2>${title}</h2><p class="about">${about}</p>${body}</section>`;
}
