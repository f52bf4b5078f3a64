import type { Faults } from "../faults.ts";
import { WORD_FROM, WORD_OBJECT, WORD_TO, WORD_TOKEN } from "../kernel.ts";
import type { LatencyModel } from "../latency.ts";
import { RECORD_WORDS } from "../record-pages.ts";
import type { LinkConditions, NetworkConditions } from "./conditions.ts";
import { type DropCause, NetworkCounters } from "./counters.ts";
import {
  KIND_ARRIVE,
  KIND_DELIVER,
  KIND_HANDLE,
  type PacketKernel,
  WORD_ADDRESS,
  WORD_BYTES,
  WORD_PROTOCOL,
} from "./kernel.ts";
import type { Link } from "./link.ts";
import { burstStream, ICMP, type Machine, Machines, type PacketSocket, TCP } from "./machines.ts";
import { PacketWay } from "./packet-way.ts";
import { Passage } from "./passage.ts";

/** Who sends a packet: a process, from which of its host's ports. */
export interface PacketSource {
  readonly number: number;
  readonly machine: Machine;
  readonly port: number;
}

/** Asks a host, as a connected socket does, whether anybody listens; `refused` runs if it says no. */
export class Knock {
  readonly from: PacketSource;
  readonly refused: () => void;

  constructor(from: PacketSource, refused: () => void) {
    this.from = from;
    this.refused = refused;
  }
}

/** IP, ICMP, and the header of the packet that was refused. */
const REFUSAL_BYTES = 56;

/**
 * The packets between hosts: over the sender's uplink, a path, and the receiver's downlink. Every
 * packet arrives, or is counted under the cause of its loss.
 */
export class PacketNetwork {
  readonly counters = new NetworkCounters();
  readonly machines = new Machines();
  readonly latency: LatencyModel;
  readonly #kernel: PacketKernel;
  readonly #passage: Passage;
  readonly #way: PacketWay;

  constructor(kernel: PacketKernel, faults: Faults, latency: LatencyModel) {
    this.#kernel = kernel;
    this.latency = latency;
    this.#passage = new Passage(kernel.random);
    this.#way = new PacketWay(kernel, faults, latency, this.#passage);
  }

  /** Conditions of a host's link from now on; what is left out stays. */
  setLink(machine: Machine, conditions: Partial<Pick<NetworkConditions, "up" | "down">>): void {
    const { nowUs, random } = this.#kernel;
    const set = (link: Link, direction: "up" | "down", to: LinkConditions | undefined): void => {
      if (to !== undefined) link.set(to, burstStream(random, direction, machine.host), nowUs);
    };
    set(machine.up, "up", conditions.up);
    set(machine.down, "down", conditions.down);
  }

  /** What all packets between hosts meet from now on. */
  setPath(path: LinkConditions): void {
    this.#way.setPath(path);
  }

  /** Puts a packet of so many bytes, headers included, on its way. */
  send(
    from: PacketSource,
    host: string,
    port: number,
    protocol: number,
    packet: unknown,
    bytes: number,
  ): void {
    const { machine } = from;
    const { counters } = this;
    if (machine.contested) this.machines.heard(machine);
    counters.sent++;
    counters.sentBytes += bytes;
    const passage = this.#passage;
    passage.begin(this.#leavesUs(machine));
    const to = this.machines.find(host);
    if (to === undefined) this.#drop("noHost");
    else if (to === machine) this.#depart(from, to, port, protocol, packet, bytes);
    else {
      const cause = this.#way.uplink(machine, bytes) ?? this.#way.between(from, to, port, bytes);
      if (cause === undefined) this.#depart(from, to, port, protocol, packet, bytes);
      else this.#drop(cause);
    }
  }

  /** A packet has come to the receiver's downlink. */
  arrive(record: Int32Array, at: number): void {
    const machine = this.machines.all[record[at + WORD_TO] as number] as Machine;
    const passage = this.#passage;
    passage.begin(this.#kernel.nowUs);
    const cause = this.#way.link(machine.down, record[at + WORD_BYTES] as number, "downlinkQueue");
    if (cause === undefined) {
      if (passage.flips > 0) this.#damage(record, at);
      for (let copy = 0; copy < passage.copies; copy++) this.#again(record, at);
      this.#forward(record, at, KIND_DELIVER, passage.atUs);
    } else {
      this.#kernel.objects.take(record[at + WORD_OBJECT] as number);
      this.#drop(cause);
    }
  }

  /** A packet has come to its host: to its socket at once, or when the processor gets to it. */
  deliver(record: Int32Array, at: number): void {
    const machine = this.machines.all[record[at + WORD_TO] as number] as Machine;
    if (machine.cpuUs === 0) {
      this.handle(record, at);
      return;
    }
    const bytes = record[at + WORD_BYTES] as number;
    const socket = this.#socket(machine, record, at);
    if (machine.backlogBytes + bytes > (socket?.receiveBufferBytes ?? bytes)) {
      this.#kernel.objects.take(record[at + WORD_OBJECT] as number);
      this.#drop("receiveBuffer");
      return;
    }
    machine.backlogBytes += bytes;
    this.#forward(record, at, KIND_HANDLE, this.#leavesUs(machine));
  }

  /** The processor has got to a packet that waited for it. */
  handleWaiting(record: Int32Array, at: number): void {
    const machine = this.machines.all[record[at + WORD_TO] as number] as Machine;
    machine.backlogBytes -= record[at + WORD_BYTES] as number;
    this.handle(record, at);
  }

  /** Gives a packet to its socket. */
  handle(record: Int32Array, at: number): void {
    const k = this.#kernel;
    const machine = this.machines.all[record[at + WORD_TO] as number] as Machine;
    const packet = k.objects.take(record[at + WORD_OBJECT] as number);
    const bytes = record[at + WORD_BYTES] as number;
    if (packet === undefined) {
      this.#drop("damaged");
      return;
    }
    if (record[at + WORD_PROTOCOL] === ICMP) {
      this.#count(bytes);
      (packet as Knock).refused();
      return;
    }
    const socket = this.#socket(machine, record, at);
    if (socket === undefined) {
      this.#drop("noPort");
      if (packet instanceof Knock && !machine.isBehindNat) this.#refuse(machine, packet);
      return;
    }
    this.#count(bytes);
    const from = this.machines.addressOf(record[at + WORD_ADDRESS] as number);
    const ports = record[at + WORD_TOKEN] as number;
    socket.receive(packet, from, ports >>> 16, ports & 0xffff);
  }

  /** The socket that was just given a packet had no room for it. */
  droppedBySocket(bytes: number): void {
    this.counters.delivered--;
    this.counters.deliveredBytes -= bytes;
    this.#drop("receiveBuffer");
  }

  #count(bytes: number): void {
    this.counters.delivered++;
    this.counters.deliveredBytes += bytes;
  }

  #drop(cause: DropCause): void {
    this.counters.dropped[cause]++;
  }

  #socket(machine: Machine, record: Int32Array, at: number): PacketSocket | undefined {
    const protocol = record[at + WORD_PROTOCOL] as number;
    if (protocol === TCP) return machine.tcp;
    return machine.udp.get((record[at + WORD_TOKEN] as number) & 0xffff);
  }

  /** When the host's processor has done one more datagram. */
  #leavesUs(machine: Machine): number {
    const { nowUs } = this.#kernel;
    if (machine.cpuUs === 0) return nowUs;
    machine.cpuFreeUs = Math.max(machine.cpuFreeUs, nowUs) + machine.cpuUs;
    return machine.cpuFreeUs;
  }

  /** Writes the packet's record, and those of its copies. */
  #depart(
    from: PacketSource,
    to: Machine,
    port: number,
    protocol: number,
    packet: unknown,
    bytes: number,
  ): void {
    const k = this.#kernel;
    const passage = this.#passage;
    const { machine } = from;
    if (passage.heldBack) this.counters.reordered++;
    this.counters.duplicated += passage.copies;
    let body = packet;
    if (passage.flips > 0) {
      this.counters.corrupted++;
      body = passage.damaged(packet);
    }
    const kind = to.down.isPlain || to === machine ? KIND_DELIVER : KIND_ARRIVE;
    for (let copy = 0; copy <= passage.copies; copy++) {
      const at = k.queue.push(Math.ceil(passage.atUs), kind);
      const words = k.queue.target;
      words[at + WORD_FROM] = from.number;
      words[at + WORD_TO] = to.number;
      words[at + WORD_TOKEN] = (machine.outsidePort(from.port) << 16) | port;
      words[at + WORD_OBJECT] = k.objects.put(body);
      words[at + WORD_BYTES] = bytes;
      words[at + WORD_PROTOCOL] = protocol;
      words[at + WORD_ADDRESS] = machine.address;
    }
  }

  /** The record goes on as another kind, at this time. */
  #forward(record: Int32Array, at: number, kind: number, atUs: number): void {
    const { queue } = this.#kernel;
    const to = queue.push(Math.ceil(atUs), kind);
    const words = queue.target;
    for (let i = WORD_FROM; i < RECORD_WORDS; i++) words[to + i] = record[at + i] as number;
  }

  #damage(record: Int32Array, at: number): void {
    const { objects } = this.#kernel;
    const slot = record[at + WORD_OBJECT] as number;
    this.counters.corrupted++;
    objects.set(slot, this.#passage.damaged(objects.get(slot)));
  }

  #again(record: Int32Array, at: number): void {
    const { objects } = this.#kernel;
    this.counters.duplicated++;
    const slot = record[at + WORD_OBJECT] as number;
    record[at + WORD_OBJECT] = objects.put(objects.get(slot));
    this.#forward(record, at, KIND_DELIVER, this.#passage.atUs);
    record[at + WORD_OBJECT] = slot;
  }

  /** The host says that nobody listens: a small packet back, under the network's conditions. */
  #refuse(machine: Machine, knock: Knock): void {
    const source = { number: machine.lastProcess, machine, port: 0 };
    const { from } = knock;
    this.send(
      source,
      from.machine.host,
      from.machine.outsidePort(from.port),
      ICMP,
      knock,
      REFUSAL_BYTES,
    );
  }
}
