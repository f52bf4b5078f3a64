import { type Endpoint, parseAddress, socketAddress } from "../../src/index.ts";

/**
 * On each connection one side sends messages and the other answers them. Text frames introduce:
 * the dialler says where it listens, the other side which life of its process this is. Binary
 * frames are `u8 kind | u32 id | rest`.
 */
export const MESSAGE = 1;
export const ACCEPTED = 2;
export const DECLINED = 3;
export const HEADER_BYTES = 5;

export function frame(kind: number, id: number, rest: Uint8Array = new Uint8Array(0)): Buffer {
  const bytes = Buffer.allocUnsafe(HEADER_BYTES + rest.length);
  bytes[0] = kind;
  bytes.writeUInt32BE(id, 1);
  bytes.set(rest, HEADER_BYTES);
  return bytes;
}

export function introduction({ address, incarnation }: Endpoint): string {
  return JSON.stringify({ skipnet: 1, address, incarnation });
}

/** Undefined: not an introduction. */
export function readIntroduction(text: string): Endpoint | undefined {
  try {
    const { skipnet, address, incarnation } = JSON.parse(text) as Record<string, unknown>;
    if (skipnet !== 1 || typeof address !== "string") return undefined;
    if (!Number.isSafeInteger(incarnation) || (incarnation as number) < 1) return undefined;
    const parsed = parseAddress(address);
    const isOurs = socketAddress(parsed).scheme === "ws";
    return isOurs ? ({ address: parsed, incarnation } as Endpoint) : undefined;
  } catch {
    return undefined;
  }
}
