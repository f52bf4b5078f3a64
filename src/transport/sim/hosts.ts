import {
  type Address,
  ANY_INCARNATION,
  type Endpoint,
  hostAddress,
  hostNumber,
  type Incarnation,
} from "../../core/address.ts";
import { grown } from "../../core/column.ts";
import { SkipnetError } from "../../core/errors.ts";

export const ABSENT = 0;
export const UP = 1;
/** Process dead. */
export const CRASHED = 2;
/** Process stopped: nothing runs, nothing is answered, all goes on when it is resumed. */
export const HUNG = 3;
export const CLOSED = 4;
/** Crashed, and a new process listens at its address. */
export const REPLACED = 5;
/** Up, but each message waits for its turn and takes time to handle: see `SlowHosts`. */
export const SLOW = 6;

/** Most hosts of one simulation, restarts included. */
export const HOSTS_MAX = 1 << 21;

const ROWS_FIRST = 64;
const STATE_BITS = 3;
const STATE_MASK = (1 << STATE_BITS) - 1;

/**
 * The simulated processes, each one life of one process. Rows by host number; a restart is a new
 * host at the same address. Columns are as narrow as what they hold: what every message asks of a
 * million hosts should stay in a cache.
 */
export class Hosts {
  count = 0;
  /** State, and above it the instance, from 1; 0: none. */
  #owners = new Int32Array(ROWS_FIRST);
  #inFlight = new Uint16Array(ROWS_FIRST);
  /** As which member of its instance, from 1; 0: none. */
  #members = new Int32Array(ROWS_FIRST);
  #epochs = new Int32Array(ROWS_FIRST);
  #incarnations = new Float64Array(ROWS_FIRST);
  /** N + 1 for the address `sim://N`, N below `HOSTS_MAX`; 0: the text stands beside. */
  #numbers = new Int32Array(ROWS_FIRST);
  /** BOUNDED: one entry a host. */
  readonly #texts = new Map<number, Address>();
  /** By the number of an address: the latest host there, from 1; 0: none. */
  #latest = new Int32Array(ROWS_FIRST);
  /** The same for other addresses. BOUNDED: one entry a host. */
  readonly #latestByText = new Map<string, number>();
  /** Earlier hosts, by address and incarnation. BOUNDED: one entry a restart. */
  readonly #former = new Map<string, number>();

  open(address: Address, instance: number, member: number): number {
    const previous = this.current(address);
    let incarnation = 1;
    if (previous !== undefined) {
      const state = this.state(previous);
      if (state === UP || state === SLOW || state === HUNG) {
        throw new SkipnetError("E_ADDRESS_IN_USE", `${address} is in use`);
      }
      incarnation = (this.#incarnations[previous] as number) + 1;
      if (state !== ABSENT) this.#former.set(`${address}#${incarnation - 1}`, previous);
    }
    const host = this.#add(address, incarnation);
    this.#owners[host] = (instance + 1) << STATE_BITS;
    this.#members[host] = member + 1;
    this.setState(host, UP);
    this.#setLatest(address, host);
    return host;
  }

  /** The latest process at an address, if there ever was one. */
  current(address: Address): number | undefined {
    const number = numberOf(address);
    if (number < 0) return this.#latestByText.get(address);
    const latest = this.#latest[number] ?? 0;
    return latest === 0 ? undefined : latest - 1;
  }

  /** The host behind an endpoint; one that was never there is added as absent. */
  find({ address, incarnation }: Endpoint): number {
    const current = this.current(address);
    if (current !== undefined) {
      if (incarnation === ANY_INCARNATION || this.#incarnations[current] === incarnation) {
        return current;
      }
      const former = this.#former.get(`${address}#${incarnation}`);
      if (former !== undefined) return former;
    }
    if (!address.startsWith("sim://")) {
      throw new SkipnetError("E_ADDRESS", `"${address}" is not an address of the simulator`);
    }
    const absent = this.#add(address, incarnation);
    this.#former.set(`${address}#${incarnation}`, absent);
    if (current === undefined && incarnation === ANY_INCARNATION) {
      this.#incarnations[absent] = 0;
      this.#setLatest(address, absent);
    }
    return absent;
  }

  state(host: number): number {
    return (this.#owners[host] as number) & STATE_MASK;
  }

  setState(host: number, state: number): void {
    this.#owners[host] = ((this.#owners[host] as number) & ~STATE_MASK) | state;
    this.#epochs[host] = (this.#epochs[host] as number) + 1;
  }

  /** Whether the process runs, at whatever speed. */
  isRunning(host: number): boolean {
    const state = this.state(host);
    return state === UP || state === SLOW;
  }

  /** A running process becomes slow, or as quick as others: nobody is told, so no epoch ends. */
  setPace(host: number, pace: typeof UP | typeof SLOW): void {
    if (this.isRunning(host)) {
      this.#owners[host] = ((this.#owners[host] as number) & ~STATE_MASK) | pace;
    }
  }

  /** Counts changes of state: an event that was scheduled for an earlier one is stale. */
  epoch(host: number): number {
    return this.#epochs[host] as number;
  }

  /** Which instance (handler and world) the host belongs to; -1: none. */
  instance(host: number): number {
    return ((this.#owners[host] as number) >>> STATE_BITS) - 1;
  }

  /** As which member of its instance. */
  member(host: number): number {
    return (this.#members[host] as number) - 1;
  }

  /** Messages of the host that are on their way. */
  inFlight(host: number): number {
    return this.#inFlight[host] as number;
  }

  setInFlight(host: number, count: number): void {
    this.#inFlight[host] = count;
  }

  endpoint(host: number): Endpoint {
    const number = (this.#numbers[host] as number) - 1;
    return {
      address: number < 0 ? (this.#texts.get(host) as Address) : hostAddress(number),
      incarnation: this.#incarnations[host] as Incarnation,
    };
  }

  #setLatest(address: Address, host: number): void {
    const number = numberOf(address);
    if (number < 0) {
      this.#latestByText.set(address, host);
      return;
    }
    if (number >= this.#latest.length) {
      this.#latest = grown(this.#latest, Math.max(number + 1, this.#latest.length * 2));
    }
    this.#latest[number] = host + 1;
  }

  #add(address: Address, incarnation: number): number {
    if (this.count === HOSTS_MAX) throw new SkipnetError("E_LIMIT", `more than ${HOSTS_MAX} hosts`);
    const host = this.count++;
    if (host === this.#owners.length) this.#grow(host * 2);
    const number = numberOf(address);
    this.#numbers[host] = number + 1;
    if (number < 0) this.#texts.set(host, address);
    this.#incarnations[host] = incarnation;
    return host;
  }

  #grow(hosts: number): void {
    this.#owners = grown(this.#owners, hosts);
    this.#members = grown(this.#members, hosts);
    this.#epochs = grown(this.#epochs, hosts);
    this.#numbers = grown(this.#numbers, hosts);
    this.#inFlight = grown(this.#inFlight, hosts);
    this.#incarnations = grown(this.#incarnations, hosts);
  }
}

/** The number of an address that columns may be indexed by, or -1. */
function numberOf(address: Address): number {
  const number = hostNumber(address);
  return number < HOSTS_MAX ? number : -1;
}
