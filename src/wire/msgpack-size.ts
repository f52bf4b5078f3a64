/** Bytes of a whole number from 0 to 2^53 - 1; those over 32 bits travel as a double. */
export function uintBytes(value: number): number {
  if (value < 0x80) return 1;
  if (value < 0x1_0000) return value < 0x100 ? 2 : 3;
  return value <= 0xffff_ffff ? 5 : 9;
}

/** Bytes of any finite number: the shortest whole-number form, else a double. */
export function numberBytes(value: number): number {
  if (value >>> 0 === value) return uintBytes(value);
  if (value >> 0 !== value) return 9;
  if (value >= -0x20) return 1;
  if (value >= -0x80) return 2;
  return value >= -0x8000 ? 3 : 5;
}

/** Bytes of a text of this many bytes of UTF-8, with its head. */
export function strBytes(length: number): number {
  if (length < 0x20) return 1 + length;
  if (length < 0x100) return 2 + length;
  return length < 0x1_0000 ? 3 + length : 5 + length;
}

/** Bytes of a byte string, with its head. */
export function binBytes(length: number): number {
  if (length < 0x100) return 2 + length;
  return length < 0x1_0000 ? 3 + length : 5 + length;
}

/** Bytes of the head of an array. */
export function arrayHeadBytes(count: number): number {
  if (count < 0x10) return 1;
  return count < 0x1_0000 ? 3 : 5;
}
