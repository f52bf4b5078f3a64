import { malformed } from "./malformed.ts";

const DECODE_BY_HAND_MAX = 48;
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Writes well-formed text as UTF-8 and returns where it ends. The caller made sure of the room. */
export function writeUtf8(text: string, target: Uint8Array, at: number): number {
  let to = at;
  for (let i = 0; i < text.length; i++) {
    let c = text.charCodeAt(i);
    if (c < 0x80) {
      target[to++] = c;
    } else if (c < 0x800) {
      target[to++] = 0xc0 | (c >> 6);
      target[to++] = 0x80 | (c & 0x3f);
    } else if (c >= 0xd800 && c < 0xdc00) {
      c = 0x10000 + ((c & 0x3ff) << 10) + (text.charCodeAt(++i) & 0x3ff);
      target[to++] = 0xf0 | (c >> 18);
      target[to++] = 0x80 | ((c >> 12) & 0x3f);
      target[to++] = 0x80 | ((c >> 6) & 0x3f);
      target[to++] = 0x80 | (c & 0x3f);
    } else {
      target[to++] = 0xe0 | (c >> 12);
      target[to++] = 0x80 | ((c >> 6) & 0x3f);
      target[to++] = 0x80 | (c & 0x3f);
    }
  }
  return to;
}

/** Strict UTF-8: no overlong forms, no surrogates. Throws `E_MALFORMED`. */
export function readUtf8(bytes: Uint8Array, start: number, end: number): string {
  // Most texts are short and ASCII: by hand that is several times faster than a call into the decoder.
  if (end - start <= DECODE_BY_HAND_MAX) {
    let text = "";
    let at = start;
    for (; at < end; at++) {
      const c = bytes[at] as number;
      if (c >= 0x80) break;
      text += String.fromCharCode(c);
    }
    if (at === end) return text;
  }
  try {
    return decoder.decode(bytes.subarray(start, end));
  } catch {
    throw malformed("a text is not valid UTF-8");
  }
}
