/** Something of the simulator's own that travels as a packet and says what is in it. */
export interface HashedPacket {
  /** Equal for equal contents; 32 bits. */
  readonly hash: number;
}

/**
 * A number that follows from what a packet carries. A datagram of our protocol has a checksum over
 * all of it in its second word: that is enough.
 */
export function contentHash(packet: unknown): number {
  if (packet instanceof Uint8Array) {
    if (packet.length < 8) return packet.length;
    return (
      (packet[4] as number) |
      ((packet[5] as number) << 8) |
      ((packet[6] as number) << 16) |
      ((packet[7] as number) << 24)
    );
  }
  return (packet as HashedPacket | undefined)?.hash ?? 0;
}
