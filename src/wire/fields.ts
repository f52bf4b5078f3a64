import type { Ref } from "../core/contacts.ts";
import type { Message } from "./message.ts";
import type { NumberParts, NumberWidth } from "./number-string.ts";

export type { NumberWidth };

/**
 * The kinds of field that a message may have. A `word` kind fits one 32-bit integer, so that the
 * simulator can keep it in a flat record; the others are held by reference.
 */
export type FieldKind =
  | { readonly kind: "uint"; readonly max: number }
  | { readonly kind: "bool" }
  | { readonly kind: "enum"; readonly values: readonly string[] }
  /** A contact: name, address and incarnation travel (the numeric ID too, where it is not the hash of the name). */
  | { readonly kind: "ref" }
  /** Only the name travels: a route's target by name. */
  | { readonly kind: "nameRef" }
  /** Only the 16 bytes of the numeric ID travel: a route's target by numeric ID. */
  | { readonly kind: "numericRef" }
  | { readonly kind: "refs"; readonly max: number }
  | { readonly kind: "safeInt" }
  | { readonly kind: "float" }
  | { readonly kind: "text"; readonly maxBytes: number }
  | { readonly kind: "bytes"; readonly maxBytes: number }
  /** Whole numbers in one byte string: an object with one property each. */
  | { readonly kind: "numbers"; readonly parts: NumberParts }
  /** Texts in order; each travels without what it shares with the one before. */
  | { readonly kind: "texts"; readonly maxBytes: number; readonly max: number }
  | { readonly kind: "list"; readonly of: Field<unknown>; readonly max: number }
  | { readonly kind: "optional"; readonly of: Field<unknown> }
  | { readonly kind: "struct"; readonly fields: Readonly<Record<string, Field<unknown>>> }
  /** Another message inside this one, of any registered type that says `nests: true`; or none. */
  | { readonly kind: "message" };

declare const valueType: unique symbol;

/** The declaration of one field whose value has type `T`. */
export interface Field<T> {
  readonly spec: FieldKind;
  /** One sentence for the protocol page: what it means, with its unit. */
  readonly doc: string;
  readonly [valueType]?: T;
}

export type ValueOf<F> = F extends Field<infer T> ? T : never;
export type ValuesOf<Fields extends Readonly<Record<string, Field<unknown>>>> = {
  -readonly [K in keyof Fields]: ValueOf<Fields[K]>;
};

const field = <T>(spec: FieldKind, doc: string): Field<T> => ({ spec, doc });

export const u8 = (doc: string, max = 0xff): Field<number> => field({ kind: "uint", max }, doc);
export const u16 = (doc: string, max = 0xffff): Field<number> => field({ kind: "uint", max }, doc);
export const u32 = (doc: string, max = 0xffff_ffff): Field<number> =>
  field({ kind: "uint", max }, doc);
export const bool = (doc: string): Field<boolean> => field({ kind: "bool" }, doc);
/** Travels as the index of the value. */
export const oneOf = <const V extends readonly string[]>(
  doc: string,
  values: V,
): Field<V[number]> => field({ kind: "enum", values }, doc);
/** `NO_REF` is allowed and travels as nil. */
export const ref = (doc: string): Field<Ref> => field({ kind: "ref" }, doc);
export const nameRef = (doc: string): Field<Ref> => field({ kind: "nameRef" }, doc);
export const numericRef = (doc: string): Field<Ref> => field({ kind: "numericRef" }, doc);
/** Contacts in the order given; names share prefixes with the one before. `NO_REF` not allowed. */
export const refs = (doc: string, max: number): Field<readonly Ref[]> =>
  field({ kind: "refs", max }, doc);
/** A whole number from 0 to 2^53 - 1. */
export const safeInt = (doc: string): Field<number> => field({ kind: "safeInt" }, doc);
export const float = (doc: string): Field<number> => field({ kind: "float" }, doc);
export const text = (doc: string, maxBytes: number): Field<string> =>
  field({ kind: "text", maxBytes }, doc);
export const bytes = (doc: string, maxBytes: number): Field<Uint8Array> =>
  field({ kind: "bytes", maxBytes }, doc);
export const numbers = <const P extends NumberParts>(
  doc: string,
  parts: P,
): Field<Readonly<Record<keyof P, number>>> => field({ kind: "numbers", parts }, doc);
/** `maxBytes`: of each text. */
export const texts = (doc: string, maxBytes: number, max: number): Field<readonly string[]> =>
  field({ kind: "texts", maxBytes, max }, doc);
export const list = <T>(doc: string, of: Field<T>, max: number): Field<readonly T[]> =>
  field({ kind: "list", of, max }, doc);
export const optional = <T>(of: Field<T>): Field<T | undefined> =>
  field({ kind: "optional", of }, of.doc);
export const struct = <const F extends Readonly<Record<string, Field<unknown>>>>(
  doc: string,
  fields: F,
): Field<Readonly<ValuesOf<F>>> => field({ kind: "struct", fields }, doc);
export const nested = (doc: string): Field<Message | undefined> => field({ kind: "message" }, doc);

/** Whether the kind fits a 32-bit word. */
export function isWord(spec: FieldKind): boolean {
  switch (spec.kind) {
    case "uint":
    case "bool":
    case "enum":
    case "ref":
    case "nameRef":
    case "numericRef":
      return true;
    default:
      return false;
  }
}

/** Whether a word of this kind is a `Ref`. */
export function isRefWord(spec: FieldKind): boolean {
  return spec.kind === "ref" || spec.kind === "nameRef" || spec.kind === "numericRef";
}
