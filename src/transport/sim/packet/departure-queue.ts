/** When the packets of a link's queue leave it: a ring. BOUNDED by the queue's limit in packets or bytes. */
export class DepartureQueue {
  #times = new Float64Array(32);
  #sizes = new Int32Array(32);
  #first = 0;
  packets = 0;
  bytes = 0;

  push(leavesUs: number, bytes: number): void {
    if (this.packets === this.#times.length) this.#grow();
    const at = (this.#first + this.packets) & (this.#times.length - 1);
    this.#times[at] = leavesUs;
    this.#sizes[at] = bytes;
    this.packets++;
    this.bytes += bytes;
  }

  /** Takes out those that have left by now. */
  leave(nowUs: number): void {
    while (this.packets > 0 && (this.#times[this.#first] as number) <= nowUs) {
      this.bytes -= this.#sizes[this.#first] as number;
      this.#first = (this.#first + 1) & (this.#times.length - 1);
      this.packets--;
    }
  }

  #grow(): void {
    const { length } = this.#times;
    const times = new Float64Array(length * 2);
    const sizes = new Int32Array(length * 2);
    for (let i = 0; i < this.packets; i++) {
      const from = (this.#first + i) & (length - 1);
      times[i] = this.#times[from] as number;
      sizes[i] = this.#sizes[from] as number;
    }
    this.#times = times;
    this.#sizes = sizes;
    this.#first = 0;
  }
}
