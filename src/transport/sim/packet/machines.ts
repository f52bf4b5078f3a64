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

/** A socket that a NAT can show to the outside under another port. */
export interface UdpSocket extends PacketSocket {
  /** As its program knows it. */
  readonly ownPort: number;
}

/** One host: an address, its link to the network in both directions, a processor, a clock. */
export class Machine {
  readonly number: number;
  /** The address that its packets carry. */
  host: string;
  /** The number of that address. */
  address = 0;
  /** Another machine has the same address. */
  contested = false;
  /** Its own ports that the outside sees under another number, as behind a NAT. */
  readonly #outside = new Map<number, number>();
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
  readonly udp = new Map<number, UdpSocket>();
  /** The kernel's TCP, which lives on when processes stop. */
  tcp: PacketSocket | undefined;
  /** Where ports are taken from that nobody asked for by number. */
  nextEphemeralPort = 49_152;

  constructor(number: number, host: string) {
    this.number = number;
    this.host = host;
  }

  /** Under which port the outside sees one of its own. */
  outsidePort(port: number): number {
    return this.#outside.get(port) ?? port;
  }

  /** Who knocks at a port that leads nowhere hears nothing, as a NAT does it. */
  get isBehindNat(): boolean {
    return this.#outside.size > 0;
  }

  /** The NAT in front of it forgets: each port is seen under another one, and not under the old one. */
  moveUdpPorts(): void {
    for (const [port, socket] of [...this.udp]) {
      const moved = this.nextEphemeralPort++;
      this.udp.delete(port);
      this.udp.set(moved, socket);
      this.#outside.set(socket.ownPort, moved);
    }
  }

  /** A socket is closed. */
  leave(socket: UdpSocket): void {
    const port = this.outsidePort(socket.ownPort);
    if (this.udp.get(port) === socket) this.udp.delete(port);
    this.#outside.delete(socket.ownPort);
  }
}

/** All hosts of a simulation, by address and by number. Grows with those that the run opens. */
export class Machines {
  readonly all: Machine[] = [];
  readonly #byHost = new Map<string, Machine>();
  /** Addresses by number. */
  readonly #addresses: string[] = [];
  readonly #addressNumbers = new Map<string, number>();

  find(host: string): Machine | undefined {
    return this.#byHost.get(host);
  }

  /** The host at this address, new if there is none. */
  at(host: string): Machine {
    let machine = this.#byHost.get(host);
    if (machine === undefined) {
      machine = new Machine(this.all.length, host);
      this.all.push(machine);
      this.move(machine, host);
    }
    return machine;
  }

  /** The machine has this address from now on. If another one has it, whoever sends gets the answers. */
  move(machine: Machine, host: string): void {
    const rival = this.#byHost.get(host);
    if (this.#byHost.get(machine.host) === machine) this.#byHost.delete(machine.host);
    if (machine.contested) this.#concede(machine);
    if (rival !== undefined && rival !== machine) {
      rival.contested = true;
      machine.contested = true;
    }
    machine.host = host;
    machine.address = this.#number(host);
    this.#byHost.set(host, machine);
  }

  /** Frames go to the wire from which the last one with the address came. */
  heard(machine: Machine): void {
    this.#byHost.set(machine.host, machine);
  }

  addressOf(number: number): string {
    return this.#addresses[number] as string;
  }

  /** A contested address is left to whoever else has it. */
  #concede(machine: Machine): void {
    machine.contested = false;
    const others = this.all.filter((other) => other !== machine && other.host === machine.host);
    const [other] = others;
    if (other === undefined) return;
    this.#byHost.set(other.host, other);
    if (others.length === 1) other.contested = false;
  }

  #number(host: string): number {
    let number = this.#addressNumbers.get(host);
    if (number === undefined) {
      number = this.#addresses.push(host) - 1;
      this.#addressNumbers.set(host, number);
    }
    return number;
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
