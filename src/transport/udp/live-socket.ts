import type { World } from "../../core/world.ts";
import type { ProtocolEvent } from "./events.ts";
import type { UdpOptions } from "./options.ts";
import { HostProbes } from "./probe-socket.ts";
import type { UdpProtocol } from "./protocol.ts";
import type { PacketScratch } from "./protocol-setup.ts";
import { type DatagramSocket, hostAddress, openDatagramSocket } from "./socket.ts";

/** Turns of the event loop that a late process gives to pending input before it judges anybody. */
const SETTLING_TURNS_MAX = 8;
/** Longest sleep of the timer; a later deadline is reached in several. */
const SLEEP_MS_MAX = 3_600_000;

export interface LiveProtocolSetup {
  readonly world: World;
  readonly protocol: UdpProtocol;
  /** The protocol's, and nobody else's. */
  readonly scratch: PacketScratch;
  readonly options: UdpOptions;
  readonly host: string;
  readonly port: number;
  onEvent(event: ProtocolEvent): void;
}

/**
 * Runs the protocol of one port on a real socket: datagrams in as they come, datagrams out at the end
 * of the turn, so that what one turn sends to a peer shares datagrams; one timer for everything.
 *
 * A process that was held up must not take its own lateness for other people's silence: before
 * timers are judged, pending input gets its turn; and when they are late beyond `lateUs`, turns go by
 * until one brings no datagram, and the time lost is taken out of all silences.
 */
export class LiveProtocol {
  readonly #world: World;
  readonly #protocol: UdpProtocol;
  readonly #scratch: PacketScratch;
  readonly #options: UdpOptions;
  readonly #onEvent: (event: ProtocolEvent) => void;
  readonly #probes: HostProbes;
  #socket: DatagramSocket | undefined;
  #immediate: NodeJS.Immediate | undefined;
  #timer: NodeJS.Timeout | undefined;
  #timerAtUs = Number.POSITIVE_INFINITY;
  /** How late we were when we noticed; 0: not settling. */
  #stallUs = 0;
  #settlingTurns = 0;
  #datagramsThisTurn = 0;
  /** A datagram is being read: what follows is seen to when that is done. */
  #receiving = false;
  #closed = false;

  private constructor(setup: LiveProtocolSetup) {
    this.#world = setup.world;
    this.#protocol = setup.protocol;
    this.#scratch = setup.scratch;
    this.#options = setup.options;
    this.#onEvent = setup.onEvent;
    this.#probes = new HostProbes(
      (host, port) => {
        if (this.#closed) return;
        this.#protocol.refusedByHost(host, port, this.#world.nowUs());
        this.touch();
      },
      (host, port) => this.#protocol.isDoubted(host, port),
    );
  }

  /** Binds the socket. Throws `E_ADDRESS_IN_USE` or `E_ADDRESS`. */
  static async open(setup: LiveProtocolSetup): Promise<LiveProtocol> {
    const live = new LiveProtocol(setup);
    live.#socket = await openDatagramSocket({
      host: setup.host,
      port: setup.port,
      receiveBufferBytes: setup.options.receiveBufferBytes,
      log: setup.world.log,
      onDatagram: (bytes, host, port) => live.#receive(bytes, host, port),
    });
    return live;
  }

  get host(): string {
    return this.#socket?.host ?? "";
  }

  get port(): number {
    return this.#socket?.port ?? 0;
  }

  /** Something may have to be sent or told: at the end of this turn. */
  touch(): void {
    if (!this.#receiving) this.#immediate ??= setImmediate(this.#endOfTurn);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#probes.close();
    this.#protocol.close(this.#world.nowUs(), this.#send);
    this.#tell();
    await this.#socket?.close();
  }

  readonly #send = (bytes: Uint8Array, host: string, port: number): void => {
    this.#socket?.send(bytes, host, port);
  };

  #receive(bytes: Uint8Array, host: string, port: number): void {
    if (this.#closed) return;
    this.#datagramsThisTurn++;
    const nowUs = this.#world.nowUs();
    this.#receiving = true;
    try {
      this.#protocol.input(bytes, host, port, nowUs);
      this.#tell();
      // While something is due or we are late, nothing leaves before it was judged.
      if (this.#protocol.nextDeadlineUs > nowUs && this.#stallUs === 0) {
        this.#protocol.pollPrompt(nowUs, this.#send);
        this.#tell();
      }
    } finally {
      this.#receiving = false;
    }
    this.#rest();
  }

  readonly #endOfTurn = (): void => {
    this.#immediate = undefined;
    if (this.#closed) {
      // Sends after the end are told so, too.
      this.#tell();
      return;
    }
    const nowUs = this.#world.nowUs();
    if (this.#isSettling(nowUs)) {
      this.touch();
      return;
    }
    this.#protocol.poll(nowUs, this.#send);
    this.#tell();
    this.#rest();
  };

  /** Until there is something to do. */
  #rest(): void {
    const { writer } = this.#scratch;
    if (this.#protocol.hasOutput) this.touch();
    // With nothing to hand out it keeps no datagram, and an idle socket neither.
    else if (writer.isHalfUsed && this.#socket?.isIdle === true) writer.recycle();
    this.#sleep();
  }

  /** Whether we are late and input that came meanwhile may still be waiting. */
  #isSettling(nowUs: number): boolean {
    const received = this.#datagramsThisTurn;
    this.#datagramsThisTurn = 0;
    if (this.#stallUs === 0) {
      const lateUs = nowUs - this.#protocol.nextDeadlineUs;
      if (!(lateUs > this.#options.lateUs)) return false;
      this.#stallUs = lateUs;
      this.#settlingTurns = 0;
      return true;
    }
    if (received > 0 && ++this.#settlingTurns < SETTLING_TURNS_MAX) return true;
    this.#protocol.stalled(this.#stallUs, nowUs);
    this.#stallUs = 0;
    return false;
  }

  #tell(): void {
    for (;;) {
      const event = this.#protocol.events.take();
      if (event === undefined) return;
      if (event.kind === "doubt") this.#probes.ask(event.host, event.port);
      else if (event.kind === "resolve") void this.#resolve(event.peer, event.host);
      else this.#onEvent(event);
    }
  }

  async #resolve(peer: Parameters<UdpProtocol["resolved"]>[0], host: string): Promise<void> {
    const address = await hostAddress(host).catch(() => undefined);
    if (this.#closed) return;
    this.#protocol.resolved(peer, address);
    this.touch();
  }

  /** Arms the one timer for the next deadline, unless it rings before that anyway. */
  #sleep(): void {
    const deadlineUs = this.#protocol.nextDeadlineUs;
    if (this.#closed || deadlineUs === Number.POSITIVE_INFINITY) return;
    if (this.#timer !== undefined && this.#timerAtUs <= deadlineUs) return;
    clearTimeout(this.#timer);
    this.#timerAtUs = deadlineUs;
    const delayMs = Math.ceil((deadlineUs - this.#world.nowUs()) / 1000);
    this.#timer = setTimeout(this.#ring, Math.min(Math.max(delayMs, 0), SLEEP_MS_MAX));
  }

  readonly #ring = (): void => {
    this.#timer = undefined;
    // Judged at the end of the turn, when what the kernel holds for us has been read.
    this.touch();
  };
}
