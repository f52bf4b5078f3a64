import type { ProtocolEvent } from "../../udp/events.ts";
import type { UdpOptions } from "../../udp/options.ts";
import { HEADER_BYTES as UDP_HEADER_BYTES } from "../../udp/packet/packet.ts";
import type { UdpProtocol } from "../../udp/protocol.ts";
import { HUNG, UP } from "../hosts.ts";
import type { PacketKernel } from "./kernel.ts";
import { UDP, type UdpSocket } from "./machines.ts";
import { Knock, type PacketNetwork } from "./network.ts";
import type { Process } from "./processes.ts";
import type { SimulatedPort } from "./simulated-port.ts";

/** Headers of IPv4 and UDP. */
const HEADER_BYTES = 28;
/** Hosts asked at one time whether they listen, as by the live transport. */
const KNOCKS_MAX = 64;
/** How long a host has to say that nobody listens. */
const KNOCK_PATIENCE_US = 250_000;

const NEVER = Number.POSITIVE_INFINITY;

/** A knock is a bare header: nobody takes offence at it. */
const KNOCK_BYTES = HEADER_BYTES + UDP_HEADER_BYTES;

/** What a simulated UDP port is made of. */
export interface UdpPortSetup {
  readonly kernel: PacketKernel;
  readonly network: PacketNetwork;
  readonly process: Process;
  readonly protocol: UdpProtocol;
  readonly options: UdpOptions;
  /** Has the port flushed at the end of the event. */
  readonly touch: (port: SimulatedPort) => void;
  onEvent(event: ProtocolEvent): void;
}

/**
 * The reliable UDP protocol of one port, on a simulated socket: what `live-socket.ts` is for a real
 * one. Datagrams in as they come, datagrams out at the end of the event, one timer for everything;
 * and a process that was stopped or busy reads what waited before it judges anybody.
 */
export class UdpPort implements UdpSocket, SimulatedPort {
  readonly process: number;
  readonly protocol: UdpProtocol;
  readonly options: UdpOptions;
  /** Stands in the simulation's list of ports to be flushed. */
  touched = false;
  readonly #kernel: PacketKernel;
  readonly #network: PacketNetwork;
  readonly #owner: Process;
  readonly #onEvent: (event: ProtocolEvent) => void;
  readonly #touch: (port: SimulatedPort) => void;
  /** Time of the earliest wake record in the queue. */
  #wakeUs = NEVER;
  /** What waits while the process is stopped. BOUNDED: `receiveBufferBytes`. */
  readonly #held: {
    readonly datagram: Uint8Array;
    readonly host: string;
    readonly port: number;
  }[] = [];
  #heldBytes = 0;
  /** Until when a host may answer a knock. BOUNDED: `KNOCKS_MAX`. */
  readonly #knocks = new Map<string, number>();

  constructor(setup: UdpPortSetup) {
    this.#kernel = setup.kernel;
    this.#network = setup.network;
    this.#owner = setup.process;
    this.process = setup.process.number;
    this.protocol = setup.protocol;
    this.options = setup.options;
    this.#onEvent = setup.onEvent;
    this.#touch = setup.touch;
    setup.process.attached = this;
    setup.process.machine.udp.set(setup.process.port, this);
  }

  get ownPort(): number {
    return this.#owner.port;
  }

  get receiveBufferBytes(): number {
    return this.options.receiveBufferBytes;
  }

  /** The time by this host's clock. */
  get nowUs(): number {
    return this.#kernel.nowUs + this.#owner.machine.clockAheadUs;
  }

  receive(packet: unknown, host: string, port: number): void {
    if (!(packet instanceof Uint8Array)) return;
    if (this.#owner.state === UP) {
      this.#input(packet, host, port);
      return;
    }
    if (this.#heldBytes + packet.length > this.receiveBufferBytes) {
      this.#network.droppedBySocket(packet.length + HEADER_BYTES);
      return;
    }
    this.#held.push({ datagram: packet, host, port });
    this.#heldBytes += packet.length;
  }

  /** Something may have to be sent or told: at the end of this event. */
  touch(): void {
    if (this.touched) return;
    this.touched = true;
    this.#touch(this);
  }

  /** The end of the event: what is due is done, and what is to be sent leaves. */
  flush(): void {
    this.touched = false;
    if (this.#owner.state === HUNG) return;
    const { protocol } = this;
    if (this.#owner.state !== UP) {
      // Sends after the end are told so, too.
      this.#tell();
      return;
    }
    const { nowUs } = this;
    const lateUs = nowUs - protocol.nextDeadlineUs;
    if (lateUs > this.options.lateUs) protocol.stalled(lateUs, nowUs);
    protocol.poll(nowUs, this.#send);
    this.#tell();
    if (protocol.hasOutput) this.touch();
    else this.#sleep();
  }

  wake(): void {
    if (this.#wakeUs !== this.#kernel.nowUs) return;
    this.#wakeUs = NEVER;
    const { cpuFreeUs } = this.#owner.machine;
    // A busy processor gets to it after what came before.
    if (cpuFreeUs > this.#kernel.nowUs) this.#wakeAt(Math.ceil(cpuFreeUs));
    else this.touch();
  }

  /** The stopped process runs again: first it reads what the kernel kept for it. */
  resume(): void {
    const held = this.#held.splice(0);
    this.#heldBytes = 0;
    for (const { datagram, host, port } of held) this.#input(datagram, host, port);
    this.touch();
  }

  /** The clock of its host was set: deadlines have come nearer or gone further away. */
  clockChanged(): void {
    this.touch();
  }

  /** The process has ended without a word. */
  crash(): void {
    this.#leave();
  }

  /** Says farewell and settles everything. */
  close(): void {
    this.protocol.close(this.nowUs, this.#send);
    this.#leave();
    this.#tell();
  }

  #leave(): void {
    this.#owner.machine.leave(this);
    this.#held.length = 0;
  }

  readonly #send = (datagram: Uint8Array, host: string, port: number): void => {
    this.#network.send(this.#owner, host, port, UDP, datagram, datagram.length + HEADER_BYTES);
  };

  #input(datagram: Uint8Array, host: string, port: number): void {
    this.protocol.input(datagram, host, port, this.nowUs);
    this.#tell();
    if (this.protocol.hasOutput) this.touch();
    else this.#sleep();
  }

  #tell(): void {
    for (;;) {
      const event = this.protocol.events.take();
      if (event === undefined) return;
      if (event.kind === "doubt") this.#knock(event.host, event.port);
      else if (event.kind === "resolve") {
        // There is no name service here: a host is its address.
        this.protocol.resolved(event.peer, undefined);
        this.touch();
      } else this.#onEvent(event);
    }
  }

  /** Arms the one timer for the next deadline, unless it rings before that anyway. */
  #sleep(): void {
    const deadlineUs = this.protocol.nextDeadlineUs;
    if (deadlineUs === NEVER) return;
    const { nowUs } = this.#kernel;
    const atUs = Math.max(nowUs + 1, Math.ceil(deadlineUs - this.#owner.machine.clockAheadUs));
    if (atUs < this.#wakeUs) this.#wakeAt(atUs);
  }

  #wakeAt(atUs: number): void {
    this.#wakeUs = atUs;
    this.#kernel.wake(this.process, atUs);
  }

  /** Asks a host from another port, as a connected socket would, whether anybody listens. */
  #knock(host: string, port: number): void {
    const { nowUs } = this.#kernel;
    const key = `${host}|${port}`;
    for (const [asked, untilUs] of this.#knocks) if (untilUs < nowUs) this.#knocks.delete(asked);
    if (this.#knocks.has(key) || this.#knocks.size >= KNOCKS_MAX) return;
    this.#knocks.set(key, nowUs + KNOCK_PATIENCE_US);
    const knock = new Knock(this.#owner, () => {
      const untilUs = this.#knocks.get(key);
      if (untilUs === undefined || untilUs < this.#kernel.nowUs) return;
      this.#knocks.delete(key);
      if (this.#owner.state !== UP) return;
      this.protocol.refusedByHost(host, port, this.#kernel.nowUs);
      this.touch();
    });
    this.#network.send(this.#owner, host, port, UDP, knock, KNOCK_BYTES);
  }
}
