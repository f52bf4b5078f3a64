import { SkipnetError } from "../../../src/core/errors.ts";
import type { MessageCodec } from "../../../src/wire/codec.ts";
import { bytes } from "../../../src/wire/fields.ts";
import { defineMessage } from "../../../src/wire/message.ts";

const BODY_BYTES = 1 << 20;

export const Note = defineMessage({
  tag: 1,
  name: "bench.note",
  doc: "Bytes.",
  fields: { body: bytes("anything", BODY_BYTES) },
});

/** A codec that is nothing but the body; bodies that begin with 255 cannot be decoded. */
export const noteCodec: MessageCodec = {
  messageBytesMax: BODY_BYTES,
  encode(message) {
    if (!Note.is(message)) throw new SkipnetError("E_MALFORMED", "not a note");
    return message.body.slice();
  },
  decode(encoded) {
    if (encoded[0] === 255) throw new SkipnetError("E_MALFORMED", "not a note");
    return Note.make({ body: encoded.slice() });
  },
  sizeOf: (message) => (Note.is(message) ? message.body.length : 0),
};
