import { bool, bytes, u32 } from "../../wire/fields.ts";
import { defineMessage } from "../../wire/message.ts";

/** Larger than any transport's limit, so that the suite can exceed it. */
const DATA_BYTES_MAX = 8 << 20;

export const ContractNote = defineMessage({
  tag: 120,
  name: "contract.note",
  doc: "A message of the contract suite, of any size.",
  fields: {
    id: u32("which message of the test it is"),
    echo: bool("whether the receiver answers with a note of the same id"),
    data: bytes("ballast", DATA_BYTES_MAX),
  },
});

export const ContractTick = defineMessage({
  tag: 121,
  name: "contract.tick",
  doc: "A flat message of the contract suite, which its sender fills again after each send.",
  flat: true,
  fields: {
    id: u32("which message of the test it is"),
    echo: bool("whether the receiver answers with a tick of the same id"),
  },
});

/** What the codecs of both ends have to know. */
export const CONTRACT_MESSAGES = [ContractNote, ContractTick] as const;

/** Bytes that no compression makes smaller. Source: the generator of Marsaglia, "Xorshift RNGs" (2003). */
export function ballast(length: number): Uint8Array {
  const data = new Uint8Array(length);
  let x = 0x2545f491;
  for (let i = 0; i < length; i++) {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    data[i] = x;
  }
  return data;
}
