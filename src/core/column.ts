type Column = Float64Array | Int32Array | Uint32Array | Uint16Array | Uint8Array;

/**
 * A longer copy of a column. What is added is zeros, which are no memory until they are written: a
 * column in which zero means nothing may be laid out for more rows than there are.
 */
export function grown<Of extends Column>(from: Of, length: number): Of {
  const to = new (from.constructor as new (length: number) => Of)(length);
  to.set(from);
  return to;
}
