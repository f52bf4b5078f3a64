import { grown } from "../../core/column.ts";

/** Which nodes of a run are alive, by number. */
export class LiveNodes {
  #isAlive: Uint8Array<ArrayBuffer>;
  #count = 0;

  constructor(nodes: number) {
    this.#isAlive = new Uint8Array(nodes);
  }

  get count(): number {
    return this.#count;
  }

  has(number: number): boolean {
    return this.#isAlive[number] === 1;
  }

  add(number: number): void {
    if (!this.has(number)) this.#count++;
    if (number >= this.#isAlive.length) this.#isAlive = grown(this.#isAlive, 2 * number + 1);
    this.#isAlive[number] = 1;
  }

  delete(number: number): void {
    if (this.has(number)) this.#count--;
    this.#isAlive[number] = 0;
  }

  /** All of them, the smallest first. */
  numbers(): number[] {
    const numbers: number[] = [];
    for (let i = 0; i < this.#isAlive.length; i++) if (this.has(i)) numbers.push(i);
    return numbers;
  }
}
