import { Packr } from "msgpackr";
import { seededRandom } from "../../core/random.ts";
import type { Dictionary } from "../envelope.ts";
import { compilePlans } from "../plans.ts";
import type { MessageRegistry } from "../registry.ts";
import { SAMPLE_DIRECTORIES, SAMPLE_FILES, SAMPLE_ORGANISATIONS, Sampler } from "../samples.ts";
import { crc32 } from "./crc32.ts";

/** Raised with every change of what the dictionary is made of. Travels in the envelope, in 1..127. */
export const DICTIONARY_VERSION = 2;
/** Larger ones save little and cost each message the time to load them. */
export const DICTIONARY_BYTES_MAX = 4_096;
const SAMPLES_PER_TYPE = 3;
const SAMPLE_BYTES_MAX = 192;

/** Texts that names, paths, addresses and small values are often made of, the commonest last. */
const FRAGMENTS = [
  "abcdefghijklmnopqrstuvwxyz0123456789 the and for with this that from not are have",
  '{"error":null,"status":"ok","value":true,"false":[],"time":"2026-01-01T00:00:00.000Z",',
  '{"id":1,"name":"","type":"application/json","version":"1.0.0","size":0,"data":{"items":[',
  "http://https://www.net.org.edu.gov.io",
  "udp://tcp://hybrid://localhost:127.0.0.1:192.168.[::1]:",
  "/node_modules/@types/dist/build/bin/test/tests/examples/esm/cjs/umd/min/util/utils/internal/",
  ".min.js.map.cjs.mjs.d.ts.d.mts.d.cts.ts.tsx.html.css.txt.xml.yml.yaml.png.CHANGELOG.md",
] as const;

/** BOUNDED: one entry a registry, and gone with it. A memo: the same registry always gives the same bytes. */
const memo = new WeakMap<MessageRegistry, Dictionary>();

/**
 * The static dictionary of a registry: fragments of texts, and messages of each type as they are
 * encoded. All nodes of an overlay have the same registry, so they make the same dictionary; a
 * message deflated with another one fails its check sum.
 */
export function dictionaryOf(registry: MessageRegistry): Dictionary {
  const known = memo.get(registry);
  if (known !== undefined) return known;
  const bytes = buildDictionary(registry);
  const dictionary = { version: DICTIONARY_VERSION, bytes, crc: crc32(bytes) };
  memo.set(registry, dictionary);
  return dictionary;
}

function buildDictionary(registry: MessageRegistry): Uint8Array {
  const texts = new TextEncoder().encode(
    [...FRAGMENTS, ...SAMPLE_ORGANISATIONS, ...SAMPLE_DIRECTORIES, ...SAMPLE_FILES].join("/"),
  );
  const samples = sampleBytes(registry);
  const room = DICTIONARY_BYTES_MAX - texts.length;
  const kept: Uint8Array[] = [];
  let length = 0;
  // Every type in turn, so that none is left out where there is not room for all samples.
  for (const sample of samples) {
    if (length + sample.length > room) continue;
    kept.push(sample);
    length += sample.length;
  }
  const out = new Uint8Array(length + texts.length);
  let at = 0;
  // What stands last is cheapest to refer to.
  for (const sample of kept.reverse()) {
    out.set(sample, at);
    at += sample.length;
  }
  out.set(texts, at);
  return out;
}

function sampleBytes(registry: MessageRegistry): Uint8Array[] {
  const sampler = new Sampler(registry, seededRandom(`dictionary ${DICTIONARY_VERSION}`));
  const plans = compilePlans(registry, sampler.contacts);
  const packr = new Packr({ useRecords: false, useToJSON: false });
  const out: Uint8Array[] = [];
  for (let i = 0; i < SAMPLES_PER_TYPE; i++) {
    for (const type of registry.types) {
      const packed = packr.pack(plans.pack(sampler.message(type)));
      out.push(new Uint8Array(packed.subarray(0, SAMPLE_BYTES_MAX)));
    }
  }
  return out;
}
