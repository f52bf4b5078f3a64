/** Directories known to have an entry in their parent, the least recently used forgotten first. */
export class ParentCache {
  readonly #max: number;
  /** BOUNDED: `max`. In order of use. */
  readonly #known = new Set<string>();

  constructor(max: number) {
    this.#max = max;
  }

  get size(): number {
    return this.#known.size;
  }

  has(directory: string): boolean {
    if (!this.#known.delete(directory)) return false;
    this.#known.add(directory);
    return true;
  }

  add(directory: string): void {
    if (this.#max === 0) return;
    this.#known.delete(directory);
    if (this.#known.size >= this.#max) {
      for (const oldest of this.#known) {
        this.#known.delete(oldest);
        break;
      }
    }
    this.#known.add(directory);
  }

  forget(directory: string): void {
    this.#known.delete(directory);
  }

  clear(): void {
    this.#known.clear();
  }
}
