import { NO_REF, type Ref } from "../../core/contacts.ts";
import type { Member } from "../overlay.ts";
import { type SlotListener, Slots } from "../tables.ts";

/** Slots whose nodes were chosen for their round trip, which stands beside each. */
export class NearSlots {
  readonly #width: number;
  readonly #slots: Slots;
  #rttUs = new Float64Array(1);

  constructor(width: number, listener: SlotListener) {
    this.#width = width;
    this.#slots = new Slots(width, listener);
  }

  reserve(member: Member): void {
    this.#slots.reserve(member);
    const needed = (member + 1) * this.#width;
    if (needed <= this.#rttUs.length) return;
    const longer = new Float64Array(Math.max(needed, this.#rttUs.length * 2));
    longer.set(this.#rttUs);
    this.#rttUs = longer;
  }

  get(member: Member, slot: number): Ref {
    return this.#slots.get(member, slot);
  }

  rttUs(member: Member, slot: number): number {
    return this.#rttUs[member * this.#width + slot] as number;
  }

  set(member: Member, slot: number, node: Ref, rttUs: number): void {
    this.#slots.set(member, slot, node);
    this.#rttUs[member * this.#width + slot] = rttUs;
  }

  remove(member: Member, node: Ref): void {
    for (let slot = 0; slot < this.#width; slot++) {
      if (this.get(member, slot) === node) this.set(member, slot, NO_REF, 0);
    }
  }

  clear(member: Member): void {
    for (let slot = 0; slot < this.#width; slot++) this.set(member, slot, NO_REF, 0);
  }

  forEach(member: Member, visit: (node: Ref, rttUs: number) => void): void {
    for (let slot = 0; slot < this.#width; slot++) {
      const node = this.get(member, slot);
      if (node !== NO_REF) visit(node, this.rttUs(member, slot));
    }
  }
}
