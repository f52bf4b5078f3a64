import type { DeflateEngine } from "./engine.ts";

type Zlib = typeof import("node:zlib");

/** The runtime's own zlib; undefined where there is none (outside Node). */
export function zlibEngine(): DeflateEngine | undefined {
  const zlib = (
    globalThis as { process?: { getBuiltinModule?(id: string): unknown } }
  ).process?.getBuiltinModule?.("node:zlib") as Zlib | undefined;
  if (zlib === undefined) return undefined;
  return {
    name: "zlib",
    deflate: (bytes, dictionary, level) => zlib.deflateRawSync(bytes, { level, dictionary }),
    inflate(bytes, dictionary, length) {
      // Stops with an error as soon as there is more than promised.
      const out = zlib.inflateRawSync(bytes, { dictionary, maxOutputLength: Math.max(1, length) });
      if (out.length !== length) throw new RangeError("not as long as promised");
      return out;
    },
  };
}
