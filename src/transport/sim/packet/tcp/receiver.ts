import { type Range, SACK_BLOCKS_MAX, type Segment } from "./segment.ts";

/** What a kernel keeps for a program that does not read: Linux's default `tcp_rmem` maximum. */
export const RECEIVE_BUFFER_BYTES = 6 << 20;

/** The receiving half: puts segments in order, and says what to acknowledge. */
export class StreamReceiver {
  /** Next byte expected. */
  next = 0;
  /** In order, and not yet read by the program. */
  #ready: Uint8Array[] = [];
  #readyBytes = 0;
  /** Out of order, ascending, not overlapping. BOUNDED: `RECEIVE_BUFFER_BYTES`. */
  #early: Segment[] = [];
  #earlyBytes = 0;
  /** The range that grew last stands first among the acknowledged ones (RFC 2018). */
  #latest: Range | undefined;
  /** Everything up to the peer's FIN is here. */
  finished = false;

  /** Bytes beyond `next` that fit. */
  get window(): number {
    return Math.max(0, RECEIVE_BUFFER_BYTES - this.#readyBytes - this.#earlyBytes);
  }

  get unread(): number {
    return this.#readyBytes;
  }

  get hasGap(): boolean {
    return this.#early.length > 0;
  }

  /** Takes a segment with data or a FIN; false if it brought nothing new. */
  take(segment: Segment): boolean {
    if (segment.end <= this.next || this.finished) return false;
    if (segment.end > this.next + this.window + 1) return false;
    if (segment.seq > this.next) return this.#keep(segment);
    this.#append(segment);
    while (this.#early.length > 0) {
      const first = this.#early[0] as Segment;
      if (first.seq > this.next) break;
      this.#early.shift();
      this.#earlyBytes -= first.payload.length;
      if (first.end > this.next) this.#append(first);
    }
    return true;
  }

  /** What the program has not read yet, taken out. */
  read(): Uint8Array[] {
    const ready = this.#ready;
    this.#ready = [];
    this.#readyBytes = 0;
    return ready;
  }

  /** Ranges that arrived beyond a gap, the newest first. */
  sacks(): readonly Range[] {
    if (this.#early.length === 0) return [];
    const ranges: { start: number; end: number }[] = [];
    for (const { seq, end } of this.#early) {
      const last = ranges.at(-1);
      if (last !== undefined && last.end === seq) last.end = end;
      else ranges.push({ start: seq, end });
    }
    const at = this.#latest?.start ?? -1;
    const newest = ranges.findIndex(({ start, end }) => start <= at && at < end);
    if (newest > 0) ranges.unshift(...ranges.splice(newest, 1));
    return ranges.slice(0, SACK_BLOCKS_MAX);
  }

  #keep(segment: Segment): boolean {
    let place = this.#early.length;
    while (place > 0 && (this.#early[place - 1] as Segment).seq > segment.seq) place--;
    const before = this.#early[place - 1];
    if (before !== undefined && before.end >= segment.end) return false;
    this.#early.splice(place, 0, segment);
    this.#earlyBytes += segment.payload.length;
    this.#latest = { start: segment.seq, end: segment.end };
    return true;
  }

  #append(segment: Segment): void {
    const fresh = segment.payload.subarray(this.next - segment.seq);
    if (fresh.length > 0) {
      this.#ready.push(fresh);
      this.#readyBytes += fresh.length;
    }
    this.next = segment.end;
    if (segment.fin) this.finished = true;
  }
}
