import type { Field, FieldKind, ValuesOf } from "./fields.ts";
import { isRefWord, isWord } from "./fields.ts";

/** Words that a flat message may have, besides at most one field held by reference. */
export const FLAT_WORDS_MAX = 10;
/** All words of a flat record: its fields, and how long they are. */
export const FLAT_WORDS = FLAT_WORDS_MAX + 1;
/**
 * Where a flat record keeps how many bytes its fields take without the plain numbers; 0: not known.
 * Contacts are most of the work of measuring, and seldom change on a message's way.
 */
export const FLAT_SIZE_WORD = 0;
/** Where its first field stands. */
export const FLAT_FIRST_WORD = 1;
/** Tags fit seven bits. 1–15 wire and transports, 16–63 overlay, 64–127 applications. */
export const TAG_MAX = 127;

/** Anything that can be sent. Made by the `make` of a `MessageType`; never changed once sent, unless flat. */
export interface Message {
  readonly type: AnyMessageType;
}

/** The declaration of one message type: the only source of its encoding, validation, size and documentation. */
export interface MessageType<Values> {
  readonly tag: number;
  /** `floor.verb`, as `overlay.route`. */
  readonly name: string;
  readonly doc: string;
  readonly fields: Readonly<Record<string, Field<unknown>>>;
  /** Kept as a flat record by the simulator; see `FlatMessage`. */
  readonly flat: boolean;
  /** May travel inside another message. */
  readonly nests: boolean;
  /** The text field whose hash is the numeric ID that messages of this type are routed to. */
  readonly placedBy: string | undefined;
  /** Flat types: words of a record that are used, from the first. */
  readonly wordCount: number;
  /** Flat types: which fields are `Ref`s, as a bit mask. */
  readonly refWords: number;
  /** Flat types: whether one field is held by reference. */
  readonly hasObject: boolean;
  make(values: Values): Message & Values;
  /** Flat types: a message whose fields are those of the record, whatever it holds later. */
  view(record: FlatRecord): Message & Values;
  /** Whether this message is of this type. */
  is(message: Message): message is Message & Values;
}

// biome-ignore lint/suspicious/noExplicitAny: a message type of any values; `make` is contravariant in them.
export type AnyMessageType = MessageType<any>;
export type MessageOf<T> = T extends MessageType<infer Values> ? Message & Values : never;

/** Where the fields of a flat message stand. */
export class FlatRecord {
  words: Int32Array = new Int32Array(FLAT_WORDS);
  /** Where its words begin. */
  at = 0;
  /** The one field held by reference. */
  object: unknown = undefined;
}

/**
 * A message whose fields are words of an integer array, read and written through accessors.
 *
 * `send` copies it, so a sender keeps one and fills it again. A received one belongs to its handler
 * until the handler returns: it may change it and send it on, and must not keep it.
 */
export interface FlatMessage extends Message {
  readonly record: FlatRecord;
}

export interface MessageDeclaration<Fields extends Readonly<Record<string, Field<unknown>>>> {
  readonly tag: number;
  readonly name: string;
  readonly doc: string;
  readonly fields: Fields;
  readonly flat?: boolean;
  readonly nests?: boolean;
  readonly placedBy?: (keyof Fields & string) | undefined;
}

/** Declares a message type. Throws `RangeError` where the declaration is not sound: a tag out of range, too many words for a flat record. */
export function defineMessage<const Fields extends Readonly<Record<string, Field<unknown>>>>(
  declaration: MessageDeclaration<Fields>,
): MessageType<ValuesOf<Fields>> {
  type Values = ValuesOf<Fields>;
  const { tag, name, doc, fields, flat = false, nests = false, placedBy } = declaration;
  if (!Number.isInteger(tag) || tag < 1 || tag > TAG_MAX) {
    throw new RangeError(`${name}: tag ${tag} is not in 1..${TAG_MAX}`);
  }
  // A flat record belongs to its handler until that returns; one inside another message would outlive it.
  if (flat && nests) throw new RangeError(`${name}: a flat message cannot nest`);
  if (placedBy !== undefined && (!nests || fields[placedBy]?.spec.kind !== "text")) {
    throw new RangeError(`${name}: only a message that nests is placed, and by a text`);
  }
  const entries = Object.entries(fields);
  const words = entries.filter(([, field]) => isWord(field.spec));
  const objects = entries.filter(([, field]) => !isWord(field.spec));
  if (flat && (words.length > FLAT_WORDS_MAX || objects.length > 1)) {
    throw new RangeError(
      `${name}: a flat message has ${FLAT_WORDS_MAX} words and one object at most`,
    );
  }
  let refWords = 0;
  words.forEach(([, field], i) => {
    if (isRefWord(field.spec)) refWords |= 1 << i;
  });
  const type: MessageType<Values> = {
    tag,
    name,
    doc,
    fields,
    flat,
    nests,
    placedBy,
    wordCount: FLAT_FIRST_WORD + words.length,
    refWords,
    hasObject: objects.length === 1,
    make: (values) => make(values),
    view: (record) => {
      if (Flat === undefined) throw new RangeError(`${name} is not flat`);
      return new Flat(record) as unknown as Message & Values;
    },
    is: (message): message is Message & Values => message.type === type,
  };
  const Flat = flat ? flatClass(type, words, objects[0]?.[0]) : undefined;
  const make = (values: Values): Message & Values => {
    if (Flat === undefined) return { type, ...values };
    return Object.assign(new Flat(new FlatRecord()), values) as unknown as Message & Values;
  };
  return type;
}

/** A class whose accessors read and write the words of a record in place. */
function flatClass(
  type: AnyMessageType,
  words: readonly (readonly [string, Field<unknown>])[],
  objectName: string | undefined,
): new (
  record: FlatRecord,
) => FlatMessage {
  class Flat {
    readonly record: FlatRecord;

    constructor(record: FlatRecord) {
      this.record = record;
    }
  }
  Object.defineProperty(Flat.prototype, "type", { value: type, enumerable: true });
  words.forEach(([name, { spec }], i) => {
    Object.defineProperty(Flat.prototype, name, {
      ...wordAccessor(spec, FLAT_FIRST_WORD + i),
      enumerable: true,
    });
  });
  if (objectName !== undefined) {
    Object.defineProperty(Flat.prototype, objectName, {
      enumerable: true,
      get(this: FlatMessage) {
        return this.record.object;
      },
      set(this: FlatMessage, value: unknown) {
        const { record } = this;
        record.object = value;
        record.words[record.at + FLAT_SIZE_WORD] = 0;
      },
    });
  }
  return Flat as unknown as new (
    record: FlatRecord,
  ) => FlatMessage;
}

function wordAccessor(spec: FieldKind, i: number): PropertyDescriptor {
  if (spec.kind === "bool") {
    return {
      get(this: FlatMessage) {
        return wordOf(this, i) !== 0;
      },
      set(this: FlatMessage, value: boolean) {
        setWord(this, i, value ? 1 : 0);
      },
    };
  }
  if (spec.kind === "enum") {
    const { values } = spec;
    return {
      get(this: FlatMessage) {
        return values[wordOf(this, i)];
      },
      set(this: FlatMessage, value: string) {
        setWord(this, i, values.indexOf(value));
      },
    };
  }
  if (spec.kind === "uint" && spec.max > 0x7fff_ffff) {
    return {
      get(this: FlatMessage) {
        return wordOf(this, i) >>> 0;
      },
      set(this: FlatMessage, value: number) {
        setWord(this, i, value);
      },
    };
  }
  const setNumber = function (this: FlatMessage, value: number): void {
    setWord(this, i, value);
  };
  const setRef = function (this: FlatMessage, value: number): void {
    const { record } = this;
    record.words[record.at + i] = value;
    record.words[record.at + FLAT_SIZE_WORD] = 0;
  };
  return {
    get(this: FlatMessage) {
      return wordOf(this, i);
    },
    set: isRefWord(spec) ? setRef : setNumber,
  };
}

function wordOf({ record }: FlatMessage, i: number): number {
  return record.words[record.at + i] as number;
}

function setWord({ record }: FlatMessage, i: number, value: number): void {
  record.words[record.at + i] = value;
}
