import type { Random } from "../../../core/random.ts";
import { Link } from "./link.ts";

/** Packets by what takes them in a host: the numbers of the IP header. */
export const ICMP = 1;
export const TCP = 6;
export const UDP = 17;

/** Who takes a host's packets of one protocol and port. */
export interface PacketSocket {
  /** The process behind it; its number of the simulation. */
  readonly process: number;
  /** Bytes that may wait while the process is stopped or busy. */
  readonly receiveBufferBytes: number;
  receive(packet: unknown, fromHost: string, fromPort: number, toPort: number): void;
}

/** One host: an address, its link to the network in both directions, a processor, a clock. */
export class Machine {
  readonly number: number;
  readonly host: string;
  readonly up = new Link();
  readonly down = new Link();
  /** What one datagram costs its processor, in or out; 0: nothing. */
  cpuUs = 0;
  /** When the processor has done what it has taken. */
  cpuFreeUs = 0;
  /** Bytes that wait for the processor. */
  backlogBytes = 0;
  /** How far the transports' clock of this host is ahead of the simulation's. */
  clockAheadUs = 0;
  /** The process opened last; it stands for the host in faults where no process is meant. */
  lastProcess = -1;
  readonly udp = new Map<number, PacketSocket>();
  /** The kernel's TCP, which lives on when processes stop. */
  tcp: PacketSocket | undefined;
  /** Where ports are taken from that nobody asked for by number. */
  nextEphemeralPort = 49_152;

  constructor(number: number, host: string) {
    this.number = number;
    this.host = host;
  }
}

/** All hosts of a simulation, by address and by number. Grows with those that the run opens. */
export class Machines {
  readonly all: Machine[] = [];
  readonly #byHost = new Map<string, Machine>();

  find(host: string): Machine | undefined {
    return this.#byHost.get(host);
  }

  /** The host at this address, new if there is none. */
  at(host: string): Machine {
    let machine = this.#byHost.get(host);
    if (machine === undefined) {
      machine = new Machine(this.all.length, host);
      this.all.push(machine);
      this.#byHost.set(host, machine);
    }
    return machine;
  }
}

/** A stream for the bursts of one direction of one host's link: the same whoever sends when. */
export function burstStream(
  random: (name: string) => Random,
  direction: "up" | "down" | "path",
  which: string,
): () => Random {
  return () => random(`packet.burst.${direction}.${which}`);
}
