/** One implementation of raw deflate (RFC 1951) with a preset dictionary. All read each other's output. */
export interface DeflateEngine {
  readonly name: "fflate" | "zlib";
  /** `level`: 1 (fast) to 9 (small). */
  deflate(bytes: Uint8Array, dictionary: Uint8Array, level: number): Uint8Array;
  /**
   * Throws any error unless the result has exactly `length` bytes; makes little more than that
   * before it finds out.
   */
  inflate(bytes: Uint8Array, dictionary: Uint8Array, length: number): Uint8Array;
}
