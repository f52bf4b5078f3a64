import { formatCount, formatMs, formatNumber } from "../../report/format.ts";
import { cell, type TableCell } from "../../report/table.ts";
import type { Spread } from "../results.ts";

/** The median, with the least and the most of the runs. */
export const range = (spread: Spread, format: (value: number) => string): TableCell =>
  spread.min === spread.max
    ? cell(format(spread.median))
    : cell(format(spread.median), `${format(spread.min)}–${format(spread.max)}`);

/** Microseconds, written in milliseconds or seconds. */
export const us = (value: number): string => formatMs(value / 1_000);
export const perSecond = (value: number): string => `${formatCount(value)}/s`;
export const megabytes = (value: number): string => `${formatNumber(value)} MB/s`;
