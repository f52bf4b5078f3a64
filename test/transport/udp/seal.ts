import { datagramChecksum } from "../../../src/transport/udp/packet/packet-writer.ts";

/** Makes the checksum right, so that what follows it is looked at. */
export function seal(bytes: Uint8Array): Uint8Array {
  const sum = datagramChecksum(bytes);
  for (let i = 0; i < 4; i++) bytes[4 + i] = sum >>> (8 * i);
  return bytes;
}
