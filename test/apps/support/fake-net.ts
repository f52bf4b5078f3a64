import type { Address, Incarnation } from "../../../src/core/address.ts";
import type { Contact } from "../../../src/core/contacts.ts";
import { hashName, type NumericId } from "../../../src/core/numeric-id.ts";
import type { FakeOverlay } from "./fake-overlay.ts";
import type { Kernel } from "./kernel.ts";

/** What the fake network does to messages and views. Times in microseconds. */
export interface NetFaults {
  readonly delayMinUs: number;
  readonly delayMaxUs: number;
  /** Each way of a request is lost with this probability. */
  readonly loss: number;
  /** A request arrives twice with this probability. */
  readonly duplicates: number;
  /** Joins and crashes become known to each node after up to so long. */
  readonly lagMaxUs: number;
}

/** One life of a node. */
export interface Life {
  readonly contact: Contact;
  readonly overlay: FakeOverlay;
  /** Its process runs. */
  isUp: boolean;
  /** Its messages are held back: SIGSTOP. */
  isHung: boolean;
  /** Nodes of different sides do not hear each other. */
  side: number;
}

/** The network and the oracle behind fake overlays: who is there, and in which numeric order. */
export class FakeNet {
  readonly kernel: Kernel;
  faults: NetFaults;
  /** All lives ever, by address and incarnation. */
  readonly lives = new Map<string, Life>();
  #incarnations = 1_000;

  constructor(kernel: Kernel, faults: NetFaults) {
    this.kernel = kernel;
    this.faults = faults;
  }

  newContact(name: string): Contact {
    const incarnation = this.#incarnations++ as Incarnation;
    return { name, numericId: hashName(name), address: `fake://${name}` as Address, incarnation };
  }

  life(contact: Contact): Life | undefined {
    return this.lives.get(keyOf(contact));
  }

  up(): Life[] {
    return [...this.lives.values()].filter((life) => life.isUp);
  }

  enter(life: Life): void {
    this.lives.set(keyOf(life.contact), life);
    for (const other of this.up()) this.#tell(other, life, true);
    life.overlay.sees(life.contact);
    for (const other of this.up()) life.overlay.sees(other.contact);
  }

  crash(life: Life): void {
    life.isUp = false;
    for (const other of this.up()) this.#tell(other, life, false);
  }

  /** From one node to another: maybe late, never, or twice. */
  carry(from: Life, to: Life, deliver: () => void): void {
    const { random } = this.kernel;
    const copies = random.chance(this.faults.duplicates) ? 2 : 1;
    for (let i = 0; i < copies; i++) {
      if (random.chance(this.faults.loss)) continue;
      this.kernel.at(this.delayUs(), () => this.#arrive(from, to, deliver));
    }
  }

  delayUs(): number {
    const { delayMinUs, delayMaxUs } = this.faults;
    return delayMinUs + this.kernel.random.float() * (delayMaxUs - delayMinUs);
  }

  #arrive(from: Life, to: Life, deliver: () => void): void {
    if (!to.isUp || from.side !== to.side) return;
    if (to.isHung) {
      // What came while it was stopped is read when it goes on.
      this.kernel.at(100_000, () => this.#arrive(from, to, deliver));
      return;
    }
    deliver();
  }

  #tell(other: Life, life: Life, isThere: boolean): void {
    const lagUs = this.kernel.random.float() * this.faults.lagMaxUs;
    this.kernel.at(other === life ? 0 : lagUs, () => {
      if (!other.isUp) return;
      // News of a life that is over already would never be taken back.
      if (isThere && life.isUp) other.overlay.sees(life.contact);
      else if (!isThere) other.overlay.misses(life.contact);
    });
  }
}

export function keyOf(contact: Contact): string {
  return `${contact.address}#${contact.incarnation}`;
}

const DIGIT_BITS = 3n;
const ID_BITS = 128n;

/** The order in which members hold an ID: longest common prefix in octal digits, distance, smaller ID. */
export function compareFor(target: NumericId, a: Contact, b: Contact): number {
  const t = BigInt(`0x${target}`);
  const x = BigInt(`0x${a.numericId}`);
  const y = BigInt(`0x${b.numericId}`);
  const prefix = commonPrefix(t, y) - commonPrefix(t, x);
  if (prefix !== 0) return prefix;
  const distance = abs(x - t) - abs(y - t);
  if (distance !== 0n) return distance < 0n ? -1 : 1;
  return x < y ? -1 : x > y ? 1 : a.incarnation - b.incarnation;
}

function commonPrefix(a: bigint, b: bigint): number {
  const difference = a ^ b;
  let digits = 0;
  let shift = ID_BITS - DIGIT_BITS;
  while (shift >= 0n && difference >> shift === 0n) {
    digits++;
    shift -= DIGIT_BITS;
  }
  return digits;
}

function abs(x: bigint): bigint {
  return x < 0n ? -x : x;
}
