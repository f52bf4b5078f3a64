/** Which nodes of a run are alive, by number. */
export class LiveNodes {
  readonly #isAlive: Uint8Array;
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
