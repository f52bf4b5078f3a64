/** No object. */
export const NO_OBJECT = -1;

/** What event records hold by reference: values by slot. Limit: as many as events are pending. */
export class ObjectPool {
  readonly #values: unknown[] = [];
  readonly #free: number[] = [];

  put(value: unknown): number {
    const slot = this.#free.pop();
    if (slot === undefined) return this.#values.push(value) - 1;
    this.#values[slot] = value;
    return slot;
  }

  get(slot: number): unknown {
    return this.#values[slot];
  }

  set(slot: number, value: unknown): void {
    this.#values[slot] = value;
  }

  take(slot: number): unknown {
    const value = this.#values[slot];
    this.#values[slot] = undefined;
    this.#free.push(slot);
    return value;
  }
}
