import type { Address, Endpoint } from "../../../core/address.ts";
import { SkipnetError } from "../../../core/errors.ts";
import { HOSTS_MAX, HUNG, UP } from "../hosts.ts";
import type { Incarnations } from "./incarnations.ts";
import type { Machine } from "./machines.ts";
import type { SimulatedPort } from "./simulated-port.ts";

/** One life of one simulated process, with the one port at which it listens. */
export interface Process {
  readonly number: number;
  readonly endpoint: Endpoint;
  readonly machine: Machine;
  readonly port: number;
  /** Which instance (transport and world) it belongs to, and as which of its members. */
  readonly instance: number;
  readonly member: number;
  /** As in `hosts.ts`: up, crashed, hung or closed. */
  state: number;
  /** Its end of the transport; absent while it is being opened. */
  attached: SimulatedPort | undefined;
  /** Records of its timers that came up while it was stopped. */
  readonly held: Int32Array[];
}

/** All processes of a simulation, by number and by address. */
export class Processes {
  readonly #all: Process[] = [];
  /** The latest at each address. */
  readonly #byAddress = new Map<Address, Process>();
  readonly #incarnations: Incarnations;

  constructor(incarnations: Incarnations) {
    this.#incarnations = incarnations;
  }

  /** A new process, or a new life of one that has ended. Throws `E_ADDRESS_IN_USE`. */
  open(
    address: Address,
    machine: Machine,
    port: number,
    instance: number,
    member: number,
  ): Process {
    const former = this.#byAddress.get(address);
    if (former !== undefined && (former.state === UP || former.state === HUNG)) {
      throw new SkipnetError("E_ADDRESS_IN_USE", `${address} is in use`);
    }
    const number = this.#all.length;
    if (number === HOSTS_MAX) throw new SkipnetError("E_LIMIT", `more than ${HOSTS_MAX} processes`);
    const endpoint = { address, incarnation: this.#incarnations.next() };
    const process: Process = {
      number,
      endpoint,
      machine,
      port,
      instance,
      member,
      state: UP,
      attached: undefined,
      held: [],
    };
    this.#all.push(process);
    this.#byAddress.set(address, process);
    machine.lastProcess = number;
    return process;
  }

  at(address: Address): Process | undefined {
    return this.#byAddress.get(address);
  }

  get(number: number): Process | undefined {
    return this.#all[number];
  }
}
