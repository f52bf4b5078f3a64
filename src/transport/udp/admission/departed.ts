/** Keys remembered after their session was forgotten: two each, its address and its peer's id of it. */
const DEPARTED_MAX = 8_192;

interface Departure {
  readonly incarnation: number;
  readonly serial: number;
  readonly atUs: number;
  /** Declared down for its silence, and not heard of since. */
  readonly givenUp: boolean;
}

/**
 * The last session of each address that was forgotten, so that a datagram delayed beyond its session
 * does not open that session, or that life, a second time. BOUNDED: `DEPARTED_MAX`, oldest out first.
 */
export class Departed {
  readonly #byAddress = new Map<string, Departure>();

  remember(
    address: string,
    incarnation: number,
    serial: number,
    atUs: number,
    givenUp = false,
  ): void {
    const known = this.#byAddress.get(address);
    if (known !== undefined && !isLater(incarnation, serial, known)) return;
    this.#byAddress.delete(address);
    this.#byAddress.set(address, { incarnation, serial, atUs, givenUp });
    if (this.#byAddress.size <= DEPARTED_MAX) return;
    const oldest = this.#byAddress.keys().next().value;
    if (oldest !== undefined) this.#byAddress.delete(oldest);
  }

  /** Whether this life had been given up, and has not returned. */
  isGivenUp(address: string, incarnation: number): boolean {
    const known = this.#byAddress.get(address);
    return known?.incarnation === incarnation && known.givenUp;
  }

  /** This life has proven that it lives. True if it had been given up. */
  returned(address: string, incarnation: number): boolean {
    const known = this.#byAddress.get(address);
    if (known?.incarnation !== incarnation || !known.givenUp) return false;
    this.#byAddress.set(address, { ...known, givenUp: false });
    return true;
  }

  /** When the last session of this address ended; before all time if none is remembered. */
  endedUs(address: string): number {
    return this.#byAddress.get(address)?.atUs ?? Number.NEGATIVE_INFINITY;
  }

  /** Whether this session began no later than one that is over. */
  isStale(address: string, incarnation: number, serial: number): boolean {
    const known = this.#byAddress.get(address);
    return known !== undefined && !isLater(incarnation, serial, known);
  }
}

function isLater(incarnation: number, serial: number, than: Departure): boolean {
  if (incarnation !== than.incarnation) return incarnation > than.incarnation;
  return serial > than.serial;
}
