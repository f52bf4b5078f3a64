import { SkipnetError } from "../core/errors.ts";
import { parseDurationUs, parseSizeBytes } from "../core/units.ts";

/**
 * A transport as written on the command line, taken apart: `udp:lan,retries=2,ackDelay=5ms` is kind
 * `udp`, the word `lan` and two options.
 */
export interface TransportSpec {
  /** As it was written. */
  readonly text: string;
  readonly kind: string;
  /** Bare words, in order: the name of a preset or of a policy. */
  readonly words: readonly string[];
  /** Still as text: the transport reads them with `readTransportOptions`. */
  readonly options: ReadonlyMap<string, string>;
}

const KIND = /^[a-z][a-z0-9-]{0,15}$/;
const NAME = /^[A-Za-z][A-Za-z0-9]{0,31}$/;
const SPEC_LENGTH_MAX = 1_024;

/** Takes a transport's description apart. Throws `E_OPTIONS`. */
export function parseTransportSpec(text: string): TransportSpec {
  if (text.length > SPEC_LENGTH_MAX) {
    throw new SkipnetError("E_OPTIONS", `transport description over ${SPEC_LENGTH_MAX} characters`);
  }
  const colon = text.indexOf(":");
  const kind = (colon < 0 ? text : text.slice(0, colon)).trim();
  if (!KIND.test(kind)) {
    throw new SkipnetError(
      "E_OPTIONS",
      `"${text}" names no transport; write for example udp or udp:retries=2,ackDelay=5ms`,
    );
  }
  const words: string[] = [];
  const options = new Map<string, string>();
  if (colon < 0) return { text, kind, words, options };
  for (const part of text.slice(colon + 1).split(",")) {
    const equals = part.indexOf("=");
    const name = (equals < 0 ? part : part.slice(0, equals)).trim();
    if (!NAME.test(name)) {
      throw new SkipnetError(
        "E_OPTIONS",
        `"${part}" in "${text}" is neither a word nor name=value`,
      );
    }
    if (options.has(name) || words.includes(name)) {
      throw new SkipnetError("E_OPTIONS", `"${name}" stands twice in "${text}"`);
    }
    if (equals < 0) words.push(name);
    else options.set(name, part.slice(equals + 1).trim());
  }
  return { text, kind, words, options };
}

/** How the text of one option becomes its value. Throws `E_OPTIONS` without naming the option. */
export type OptionReader<T> = (text: string) => T;

/** A duration in microseconds: `5ms`. */
export const readDurationUs: OptionReader<number> = parseDurationUs;
/** A size in bytes: `16KiB`. */
export const readSizeBytes: OptionReader<number> = parseSizeBytes;

/** A whole number, no less than `min` and no more than `max`. */
export const readInteger =
  (min: number, max: number): OptionReader<number> =>
  (text) => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= min && value <= max)) {
      throw new SkipnetError("E_OPTIONS", `"${text}" is not a whole number from ${min} to ${max}`);
    }
    return value;
  };

/** A number, no less than `min` and no more than `max`. */
export const readNumber =
  (min: number, max: number): OptionReader<number> =>
  (text) => {
    const value = /^\d{1,15}(\.\d{1,15})?$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= min && value <= max)) {
      throw new SkipnetError("E_OPTIONS", `"${text}" is not a number from ${min} to ${max}`);
    }
    return value;
  };

/** One of these words. */
export const readWord =
  <const W extends readonly string[]>(words: W): OptionReader<W[number]> =>
  (text) => {
    if (!words.includes(text)) {
      throw new SkipnetError("E_OPTIONS", `"${text}" is not one of ${words.join(", ")}`);
    }
    return text;
  };

/** Reads a word first and everything else with `reader`: `retries=auto` beside `retries=2`. */
export const readWordOr =
  <const W extends string, T>(word: W, reader: OptionReader<T>): OptionReader<W | T> =>
  (text) =>
    text === word ? word : reader(text);

/**
 * Reads all options of a description with the readers of its transport. Options that were not given
 * are absent. Throws `E_OPTIONS`, naming the option and, where the name is unknown, the valid ones.
 */
export function readTransportOptions<
  Readers extends Readonly<Record<string, OptionReader<unknown>>>,
>(spec: TransportSpec, readers: Readers): { [K in keyof Readers]?: ReturnType<Readers[K]> } {
  const values: Record<string, unknown> = {};
  for (const [name, text] of spec.options) {
    const reader = Object.hasOwn(readers, name) ? readers[name] : undefined;
    if (reader === undefined) {
      throw new SkipnetError(
        "E_OPTIONS",
        `${spec.kind} has no option "${name}"; it has ${Object.keys(readers).sort().join(", ")}`,
      );
    }
    try {
      values[name] = reader(text);
    } catch (error) {
      if (!(error instanceof SkipnetError)) throw error;
      throw new SkipnetError(
        "E_OPTIONS",
        `${spec.kind} option ${name}: ${error.message.replace("E_OPTIONS: ", "")}`,
      );
    }
  }
  return values as { [K in keyof Readers]?: ReturnType<Readers[K]> };
}
