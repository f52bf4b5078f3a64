import { type DeflateOptions, deflateSync, Inflate, inflateSync } from "fflate";
import type { DeflateEngine } from "./engine.ts";

/**
 * Deflate makes at most 1,032 bytes of one. Given a fixed output, fflate goes on through the whole
 * input after it is full; so anything longer than this is fed to it in slices, and a bomb makes
 * 264 KB at most before it is found out.
 */
const SLICE_BYTES = 256;

/** Deflate in plain JavaScript: runs anywhere. */
export const fflateEngine: DeflateEngine = {
  name: "fflate",
  deflate: (bytes, dictionary, level) =>
    deflateSync(bytes, { level: level as DeflateOptions["level"] & number, dictionary }),
  inflate(bytes, dictionary, length) {
    const out =
      bytes.length <= SLICE_BYTES
        ? // One byte more than promised: it stops without an error when the output is full.
          inflateSync(bytes, { out: new Uint8Array(length + 1), dictionary })
        : inflateSlices(bytes, dictionary, length);
    if (out.length !== length) throw new RangeError("not as long as promised");
    return out;
  },
};

function inflateSlices(bytes: Uint8Array, dictionary: Uint8Array, length: number): Uint8Array {
  const out = new Uint8Array(length);
  let at = 0;
  const inflater = new Inflate({ dictionary }, (chunk) => {
    if (at + chunk.length > length) throw new RangeError("longer than promised");
    out.set(chunk, at);
    at += chunk.length;
  });
  for (let start = 0; start < bytes.length; start += SLICE_BYTES) {
    const end = start + SLICE_BYTES;
    inflater.push(bytes.subarray(start, end), end >= bytes.length);
  }
  return out.subarray(0, at);
}
