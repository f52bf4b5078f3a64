import type { PortContext } from "../port-context.ts";
import { PACED_UNTIL_US } from "../session/numbers.ts";
import type { Session } from "../session/session.ts";
import { type CongestionControl, congestionControl, type PacketOnWay } from "./control.ts";

/** Small messages may leave so many quanta before their time: what they add is little. */
const URGENT_QUANTA = 2;
/** With nothing in flight so many datagrams may leave at once: less than any queue holds. */
const BURST_DATAGRAMS = 16;

/**
 * When a session may send: its own window and pace, the window of all peers, and the pace of the
 * port. What leaves too early for its pace is owed by what follows.
 */
export class SendGate {
  readonly #session: Session;
  readonly #context: PortContext;
  /** Nothing where it would know no more than a new one: most sessions are idle. */
  #control: CongestionControl | undefined;
  /** What of ours counts in the shared window. */
  #sharedBytes = 0;

  constructor(session: Session, context: PortContext) {
    this.#session = session;
    this.#context = context;
  }

  get #nextUs(): number {
    return this.#session.numbers[PACED_UNTIL_US] as number;
  }
  set #nextUs(us: number) {
    this.#session.numbers[PACED_UNTIL_US] = us;
  }

  get inFlightBytes(): number {
    return this.#control?.inFlightBytes ?? 0;
  }

  /** Whether a datagram may leave now; `urgent`: with small messages only. */
  open(nowUs: number, urgent: boolean): boolean {
    const { options, pacer, sharedWindow } = this.#context;
    const earlyUs = urgent ? URGENT_QUANTA * options.paceUs : 0;
    if (this.#nextUs - earlyUs > nowUs || !pacer.open(nowUs)) return false;
    // With nothing in flight one always may: only an answer can open a window.
    return this.inFlightBytes === 0 || (this.hasRoom && sharedWindow.open(this.#session));
  }

  /** Whether the window has room for another datagram. */
  get hasRoom(): boolean {
    const { inFlightBytes, windowBytes } = this.#known();
    return inFlightBytes + this.#context.options.datagramBytes <= windowBytes;
  }

  /** Whether there would be room for another one after a full datagram. */
  get hasRoomAfterNext(): boolean {
    const { inFlightBytes, windowBytes } = this.#known();
    return inFlightBytes + 2 * this.#context.options.datagramBytes <= windowBytes;
  }

  /** When a datagram may leave that may not now, for want of time alone; `Infinity`: for want of room. */
  opensUs(nowUs: number): number {
    const { pacer, sharedWindow } = this.#context;
    const idle = this.inFlightBytes === 0;
    if (!idle && !(this.hasRoom && sharedWindow.hasRoom)) return Number.POSITIVE_INFINITY;
    return pacer.open(nowUs) ? this.#nextUs : Math.max(this.#nextUs, pacer.opensUs);
  }

  sent(packet: PacketOnWay, nowUs: number): void {
    const { options, pacer, sharedWindow } = this.#context;
    const control = this.#known();
    const rate = control.bytesPerSecond;
    const idle = control.inFlightBytes === 0;
    control.sent(packet, nowUs);
    pacer.sent(nowUs);
    if (rate === Number.POSITIVE_INFINITY) this.#nextUs = nowUs;
    else {
      const credit = idle ? (BURST_DATAGRAMS * options.datagramBytes * 1e6) / rate : options.paceUs;
      this.#nextUs = Math.max(this.#nextUs, nowUs - credit) + (packet.bytes * 1e6) / rate;
    }
    if (this.#session.state !== "up") return;
    this.#sharedBytes += packet.bytes;
    sharedWindow.sent(packet.bytes);
  }

  acknowledged(packet: PacketOnWay): void {
    this.#control?.acknowledged(packet);
    this.#context.sharedWindow.arrived(this.#takeShared(packet.bytes));
  }

  lost(packet: PacketOnWay, nowUs: number): void {
    this.#control?.lost(packet, nowUs);
    this.#context.sharedWindow.lost(this.#takeShared(packet.bytes));
  }

  /** An acknowledgement was read to its end. */
  judged(nowUs: number, rttUs: number | undefined): void {
    this.#control?.judged(nowUs, rttUs);
  }

  /** Everything that was to be sent is sent. */
  idle(): void {
    const control = this.#control;
    if (control === undefined) return;
    if (control.inFlightBytes === 0 && control.isLikeNew) this.#control = undefined;
    else if (this.hasRoom) control.appLimited();
  }

  /** The peer is suspect: what is on its way to it leaves the shared window. */
  withdraw(): void {
    this.#context.sharedWindow.withdrawn(this.#takeShared(this.#sharedBytes));
  }

  restart(): void {
    this.withdraw();
    this.#context.sharedWindow.forget(this.#session);
    this.#control = undefined;
    this.#nextUs = 0;
  }

  /** The control of this path; a new one is told of its round trip. */
  #known(): CongestionControl {
    if (this.#control === undefined) {
      const { options, random } = this.#context;
      this.#control = congestionControl(options, random, this.#session.rtt.minRttUs);
    }
    return this.#control;
  }

  #takeShared(bytes: number): number {
    const taken = Math.min(bytes, this.#sharedBytes);
    this.#sharedBytes -= taken;
    return taken;
  }
}
