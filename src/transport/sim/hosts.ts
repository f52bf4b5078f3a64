import {
  type Address,
  ANY_INCARNATION,
  type Endpoint,
  type Incarnation,
} from "../../core/address.ts";
import { SkipnetError } from "../../core/errors.ts";
import { grown } from "./grown.ts";

export const ABSENT = 0;
export const UP = 1;
/** Process dead. */
export const CRASHED = 2;
/** Process stopped: nothing runs, nothing is answered, all goes on when it is resumed. */
export const HUNG = 3;
export const CLOSED = 4;
/** Crashed, and a new process listens at its address. */
export const REPLACED = 5;

/** Most hosts of one simulation, restarts included. */
export const HOSTS_MAX = 1 << 21;

/** Words of a host: what every message asks of it stands together in memory. */
const STRIDE = 8;
const STATE = 0;
const EPOCH = 1;
const INSTANCE = 2;
const MEMBER = 3;
const IN_FLIGHT = 4;

/**
 * The simulated processes, each one life of one process. Rows by host number; a restart is a new
 * host at the same address.
 */
export class Hosts {
  #words = new Int32Array(64 * STRIDE);
  count = 0;
  readonly #addresses: Address[] = [];
  #incarnations = new Float64Array(64);
  /** Latest host at an address. */
  readonly #byAddress = new Map<string, number>();
  /** Earlier hosts, by address and incarnation. BOUNDED: one entry a restart. */
  readonly #former = new Map<string, number>();

  open(address: Address, instance: number, member: number): number {
    const previous = this.#byAddress.get(address);
    let incarnation = 1;
    if (previous !== undefined) {
      const state = this.state(previous);
      if (state === UP || state === HUNG) {
        throw new SkipnetError("E_ADDRESS_IN_USE", `${address} is in use`);
      }
      incarnation = (this.#incarnations[previous] as number) + 1;
      if (state !== ABSENT) this.#former.set(`${address}#${incarnation - 1}`, previous);
    }
    const host = this.#add(address, incarnation);
    this.#words[host * STRIDE + INSTANCE] = instance;
    this.#words[host * STRIDE + MEMBER] = member;
    this.setState(host, UP);
    this.#byAddress.set(address, host);
    return host;
  }

  /** The latest process at an address, if there ever was one. */
  current(address: Address): number | undefined {
    return this.#byAddress.get(address);
  }

  /** The host behind an endpoint; one that was never there is added as absent. */
  find({ address, incarnation }: Endpoint): number {
    const current = this.#byAddress.get(address);
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
      this.#byAddress.set(address, absent);
    }
    return absent;
  }

  state(host: number): number {
    return this.#words[host * STRIDE + STATE] as number;
  }

  setState(host: number, state: number): void {
    const at = host * STRIDE;
    this.#words[at + STATE] = state;
    this.#words[at + EPOCH] = (this.#words[at + EPOCH] as number) + 1;
  }

  /** Counts changes of state: an event that was scheduled for an earlier one is stale. */
  epoch(host: number): number {
    return this.#words[host * STRIDE + EPOCH] as number;
  }

  /** Which instance (handler and world) the host belongs to; -1: none. */
  instance(host: number): number {
    return this.#words[host * STRIDE + INSTANCE] as number;
  }

  /** As which member of its instance. */
  member(host: number): number {
    return this.#words[host * STRIDE + MEMBER] as number;
  }

  /** Messages of the host that are on their way. */
  inFlight(host: number): number {
    return this.#words[host * STRIDE + IN_FLIGHT] as number;
  }

  setInFlight(host: number, count: number): void {
    this.#words[host * STRIDE + IN_FLIGHT] = count;
  }

  endpoint(host: number): Endpoint {
    return {
      address: this.#addresses[host] as Address,
      incarnation: this.#incarnations[host] as Incarnation,
    };
  }

  #add(address: Address, incarnation: number): number {
    if (this.count === HOSTS_MAX) throw new SkipnetError("E_LIMIT", `more than ${HOSTS_MAX} hosts`);
    const host = this.count++;
    if (host === this.#incarnations.length) {
      this.#words = grown(this.#words, host * 2 * STRIDE);
      const incarnations = new Float64Array(host * 2);
      incarnations.set(this.#incarnations);
      this.#incarnations = incarnations;
    }
    this.#addresses[host] = address;
    this.#incarnations[host] = incarnation;
    this.#words[host * STRIDE + INSTANCE] = -1;
    return host;
  }
}
