import {
  type Address,
  ANY_INCARNATION,
  type Endpoint,
  type Incarnation,
} from "../../core/address.ts";
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

/** Most hosts of one simulation, restarts included. */
export const HOSTS_MAX = 1 << 21;

/**
 * The simulated processes, each one life of one process. Columns by host number; a restart is a new
 * host at the same address.
 */
export class Hosts {
  state = new Uint8Array(64);
  /** Counts changes of state: an event that was scheduled for an earlier one is stale. */
  epoch = new Int32Array(64);
  /** Which instance (handler and world) the host belongs to, and as which of its members. */
  instance = new Int32Array(64);
  member = new Int32Array(64);
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
      const state = this.state[previous] as number;
      if (state === UP || state === HUNG) {
        throw new SkipnetError("E_ADDRESS_IN_USE", `${address} is in use`);
      }
      incarnation = (this.#incarnations[previous] as number) + 1;
      if (state !== ABSENT) this.#former.set(`${address}#${incarnation - 1}`, previous);
    }
    const host = this.#add(address, incarnation);
    this.instance[host] = instance;
    this.member[host] = member;
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

  setState(host: number, state: number): void {
    this.state[host] = state;
    this.epoch[host] = (this.epoch[host] as number) + 1;
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
    if (host === this.state.length) {
      const grow = <T extends { set(from: T): void }>(to: T, from: T): T => {
        to.set(from);
        return to;
      };
      this.state = grow(new Uint8Array(host * 2), this.state);
      this.epoch = grow(new Int32Array(host * 2), this.epoch);
      this.instance = grow(new Int32Array(host * 2), this.instance);
      this.member = grow(new Int32Array(host * 2), this.member);
      this.#incarnations = grow(new Float64Array(host * 2), this.#incarnations);
    }
    this.#addresses[host] = address;
    this.#incarnations[host] = incarnation;
    this.instance[host] = -1;
    return host;
  }
}
