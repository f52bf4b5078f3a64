/** Reads little-endian numbers one after another. Its user looks at `left` first. */
export class ByteCursor {
  bytes: Uint8Array = new Uint8Array(0);
  at = 0;

  get left(): number {
    return this.bytes.length - this.at;
  }

  u8(): number {
    return this.bytes[this.at++] as number;
  }

  u16(): number {
    const { at, bytes } = this;
    this.at = at + 2;
    return (bytes[at] as number) | ((bytes[at + 1] as number) << 8);
  }

  i24(): number {
    const low = this.u16();
    return ((low | (this.u8() << 16)) << 8) >> 8;
  }

  u32(): number {
    const low = this.u16();
    return (low | (this.u16() << 16)) >>> 0;
  }

  u64(): number {
    const low = this.u32();
    return low + this.u32() * 0x1_0000_0000;
  }

  /** Fills `into`. */
  copy(into: Uint8Array): void {
    into.set(this.bytes.subarray(this.at, this.at + into.length));
    this.at += into.length;
  }
}
