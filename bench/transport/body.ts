/** What stands at the front of every body that the benchmark sends; the rest is filling. */
const CELL_AT = 0;
const KIND_AT = 4;
const SLOT_AT = 5;
const ROUND_AT = 9;

/** Smallest body. */
export const BODY_BYTES_MIN = 13;

/** `echo`: send it back. `count`: count it. */
export type BodyKind = "echo" | "count";

const KINDS: readonly BodyKind[] = ["echo", "count"];

/** A body that belongs to a measurement; slot and round are set for each message. */
export function newBody(bytes: number, cell: number, kind: BodyKind): Buffer {
  const body = Buffer.alloc(Math.max(bytes, BODY_BYTES_MIN));
  // Not all zero, as no real message is.
  for (let i = BODY_BYTES_MIN; i < body.length; i++) body[i] = (i * 167) & 0xff;
  body.writeUInt32BE(cell, CELL_AT);
  body[KIND_AT] = KINDS.indexOf(kind);
  return body;
}

/** Makes a body the given round of a slot. */
export function stampBody(body: Buffer, slot: number, round: number): void {
  body.writeUInt32BE(slot, SLOT_AT);
  body.writeUInt32BE(round, ROUND_AT);
}

const u32 = (body: Uint8Array, at: number): number =>
  (((body[at] as number) << 24) |
    ((body[at + 1] as number) << 16) |
    ((body[at + 2] as number) << 8) |
    (body[at + 3] as number)) >>>
  0;

export const cellOf = (body: Uint8Array): number => u32(body, CELL_AT);
export const isEcho = (body: Uint8Array): boolean => body[KIND_AT] === KINDS.indexOf("echo");
export const slotOf = (body: Uint8Array): number => u32(body, SLOT_AT);
export const roundOf = (body: Uint8Array): number => u32(body, ROUND_AT);
