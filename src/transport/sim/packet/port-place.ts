import { type Address, socketAddress } from "../../../core/address.ts";
import { SkipnetError } from "../../../core/errors.ts";
import type { PacketKernel } from "./kernel.ts";
import type { Machine } from "./machines.ts";
import type { PacketNetwork } from "./network.ts";
import type { Process, Processes } from "./processes.ts";
import type { SimulatedPort } from "./simulated-port.ts";

const PORT_NUMBER_MAX = 0xffff;

/** What a new port gets from the simulation. */
export interface OpenedPlace {
  readonly process: Process;
  readonly kernel: PacketKernel;
  readonly network: PacketNetwork;
  /** Has the port flushed at the end of the event. */
  readonly touch: (port: SimulatedPort) => void;
}

/** Where the transport of one instance opens its ports. */
export class PortPlace {
  readonly kernel: PacketKernel;
  readonly network: PacketNetwork;
  readonly #instance: number;
  readonly #processes: Processes;
  readonly #onNewMachine: (machine: Machine) => void;
  readonly #touch: (port: SimulatedPort) => void;
  /** Processes of the instance, by member: members are numbered as their ports are opened. */
  readonly #members: number[] = [];

  constructor(
    kernel: PacketKernel,
    network: PacketNetwork,
    processes: Processes,
    instance: number,
    onNewMachine: (machine: Machine) => void,
    touch: (port: SimulatedPort) => void,
  ) {
    this.kernel = kernel;
    this.network = network;
    this.#processes = processes;
    this.#instance = instance;
    this.#onNewMachine = onNewMachine;
    this.#touch = touch;
  }

  /**
   * A process that listens at this address; port 0 takes the next free one. Throws `E_ADDRESS` and
   * `E_ADDRESS_IN_USE`.
   */
  open(local: Address): OpenedPlace {
    const { scheme, host, port } = socketAddress(local);
    const known = this.network.machines.find(host);
    const machine = known ?? this.network.machines.at(host);
    if (known === undefined) this.#onNewMachine(machine);
    const number = port === 0 ? machine.nextEphemeralPort++ : port;
    if (number > PORT_NUMBER_MAX) {
      throw new SkipnetError("E_ADDRESS", `${host} has no free port left`);
    }
    const address = `${scheme}://${host}:${number}` as Address;
    const process = this.#processes.open(
      address,
      machine,
      number,
      this.#instance,
      this.#members.length,
    );
    this.#members.push(process.number);
    return { process, kernel: this.kernel, network: this.network, touch: this.#touch };
  }

  process(number: number): Process {
    const process = this.#processes.get(number);
    if (process === undefined) throw new SkipnetError("E_INTERNAL", `no port ${number} is open`);
    return process;
  }

  /** The process behind a member; one that has no port yet counts as the first to come. */
  processOf(member: number): number {
    return this.#members[member] ?? 0;
  }
}
