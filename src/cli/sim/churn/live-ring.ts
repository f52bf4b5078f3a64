import type { Ref } from "../../../core/contacts.ts";
import type { SimNetwork } from "../network.ts";

/** The nodes that are in, in the order of their names: the oracle of whose a key is. */
export class LiveRing {
  readonly #network: SimNetwork;
  readonly #numbers: number[] = [];

  constructor(network: SimNetwork) {
    this.#network = network;
  }

  get count(): number {
    return this.#numbers.length;
  }

  at(place: number): number {
    return this.#numbers[place] as number;
  }

  add(number: number): void {
    this.#numbers.splice(this.#placeOf(this.#network.ref(number)), 0, number);
  }

  delete(number: number): void {
    const place = this.#placeOf(this.#network.ref(number)) - 1;
    if (this.#numbers[place] === number) this.#numbers.splice(place, 1);
  }

  has(number: number): boolean {
    return this.#numbers[this.#placeOf(this.#network.ref(number)) - 1] === number;
  }

  /** The node with this name, or else its predecessor; `undefined`: there is none. */
  ownerOf(key: Ref): number | undefined {
    return this.#numbers[this.#placeOf(key) - 1] ?? this.#numbers.at(-1);
  }

  /** How many names are not behind this one. */
  #placeOf(name: Ref): number {
    const { contacts } = this.#network;
    let low = 0;
    let high = this.#numbers.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const other = this.#network.ref(this.#numbers[middle] as number);
      if (contacts.compareNames(other, name) <= 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
