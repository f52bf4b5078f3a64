import { limit, malformed } from "./malformed.ts";
import { binBytes } from "./msgpack-size.ts";
import type { Reader } from "./reader.ts";

/**
 * Whole numbers that travel in one byte string, in the order declared, the most significant byte
 * first. Each takes its width but the last, which takes the bytes that it needs: none for 0.
 */
export type NumberParts = Readonly<Record<string, NumberPart>>;

/** Bytes that a number takes. */
export type NumberWidth = 1 | 2 | 3 | 4 | 5 | 6;

interface NumberPart {
  readonly bytes: NumberWidth;
  readonly doc: string;
}

/** Throws `E_LIMIT`, naming the part, where a number does not fit its width. */
export function packNumbers(where: string, parts: NumberParts, value: unknown): Uint8Array {
  if (typeof value !== "object" || value === null) throw limit(where, "is not an object");
  const widths = Object.entries(parts);
  const out = new Uint8Array(widths.reduce((sum, [, { bytes }]) => sum + bytes, 0));
  let at = 0;
  let end = 0;
  for (const [name, { bytes }] of widths) {
    const number = (value as Record<string, unknown>)[name];
    if (!Number.isInteger(number) || (number as number) < 0 || (number as number) >= 256 ** bytes) {
      throw limit(`${where}.${name}`, `is not a whole number of ${bytes} bytes`);
    }
    const isLast = at + bytes === out.length;
    const width = isLast ? bytesOf(number as number) : bytes;
    let rest = number as number;
    for (let i = width - 1; i >= 0; i--) {
      out[at + i] = rest % 256;
      rest = Math.floor(rest / 256);
    }
    at += bytes;
    end += width;
  }
  return out.subarray(0, end);
}

/** The numbers whose bytes stand here. */
export function readNumbers(parts: NumberParts, reader: Reader): Record<string, number> {
  const widths = Object.entries(parts);
  let at = reader.bin(widths.reduce((sum, [, { bytes }]) => sum + bytes, 0));
  const out: Record<string, number> = {};
  widths.forEach(([name, { bytes }], i) => {
    const isLast = i === widths.length - 1;
    const width = isLast ? reader.at - at : bytes;
    if (width < 0 || width > bytes || at + width > reader.at) {
      throw malformed("numbers are cut short");
    }
    if (isLast && width > 0 && reader.bytes[at] === 0) {
      throw malformed("a number is not in its shortest form");
    }
    let number = 0;
    for (const end = at + width; at < end; at++) number = number * 256 + (reader.bytes[at] ?? 0);
    out[name] = number;
  });
  return out;
}

/** Bytes of what `packNumbers` gives, with its head. */
export function numbersBytes(parts: NumberParts): (value: unknown) => number {
  const widths = Object.entries(parts);
  const last = widths.at(-1)?.[0] ?? "";
  const fixed = widths.slice(0, -1).reduce((sum, [, { bytes }]) => sum + bytes, 0);
  return (value) => binBytes(fixed + bytesOf((value as Record<string, number>)[last] as number));
}

function bytesOf(number: number): number {
  let bytes = 0;
  for (let rest = number; rest >= 1; rest /= 256) bytes++;
  return bytes;
}
