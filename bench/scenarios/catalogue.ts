import { EVERYDAY } from "./library/everyday.ts";
import { GAMES } from "./library/games.ts";
import { LINKS } from "./library/links.ts";
import { MEMBERSHIP } from "./library/membership.ts";
import { QUIC } from "./library/quic.ts";
import { WAN_GRID, WAN_GRID_NAME } from "./library/wan-grid.ts";
import { WAR_STORIES } from "./library/war-stories.ts";
import type { ScenarioFile } from "./schema.ts";

/** Scenarios that come with the program, by name. What one leaves out is as in `default`. */
export const SCENARIOS: Readonly<Record<string, ScenarioFile>> = {
  ...EVERYDAY,
  ...LINKS,
  ...WAN_GRID,
  ...QUIC,
  ...GAMES,
  ...MEMBERSHIP,
  ...WAR_STORIES,
};

/** One line of the list of scenarios. */
export interface CatalogueEntry {
  readonly name: string;
  readonly file: ScenarioFile;
}

/** The scenarios in the order of the list; those of the grid are one entry, shown by one of them. */
export function catalogue(): readonly CatalogueEntry[] {
  const example = WAN_GRID["wan-50ms-5"] ?? {};
  const entries = (family: Readonly<Record<string, ScenarioFile>>): CatalogueEntry[] =>
    Object.entries(family).map(([name, file]) => ({ name, file }));
  return [
    ...entries(EVERYDAY),
    ...entries(LINKS),
    { name: WAN_GRID_NAME, file: example },
    ...[QUIC, GAMES, MEMBERSHIP, WAR_STORIES].flatMap(entries),
  ];
}
