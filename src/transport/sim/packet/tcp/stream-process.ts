import type { DialTarget, StreamListener, StreamOwner, StreamSocket } from "../../../tcp/socket.ts";
import { HUNG, UP } from "../../hosts.ts";
import type { PacketKernel } from "../kernel.ts";
import type { PacketNetwork } from "../network.ts";
import type { Process } from "../processes.ts";
import type { SimulatedPort } from "../simulated-port.ts";
import type { CongestionName } from "./congestion.ts";
import { TcpStack } from "./stack.ts";
import { StreamEnd } from "./stream-end.ts";

/**
 * The sockets of one simulated process: a listener and its connections. What the program is to hear
 * runs as part of its process: at the end of the event, and not while it is stopped.
 */
export class StreamProcess implements SimulatedPort {
  touched = false;
  readonly #kernel: PacketKernel;
  readonly #network: PacketNetwork;
  readonly #process: Process;
  readonly #congestion: CongestionName;
  readonly #touch: (port: SimulatedPort) => void;
  readonly #ends = new Set<StreamEnd>();
  /** What the program is to hear, in order. BOUNDED by the events of its connections. */
  #events: (() => void)[] = [];
  #turnEnds: (() => void)[] = [];

  constructor(
    kernel: PacketKernel,
    network: PacketNetwork,
    process: Process,
    congestion: CongestionName,
    touch: (port: SimulatedPort) => void,
  ) {
    this.#kernel = kernel;
    this.#network = network;
    this.#process = process;
    this.#congestion = congestion;
    this.#touch = touch;
    process.attached = this;
  }

  get host(): string {
    return this.#process.machine.host;
  }

  listen(onSocket: (socket: StreamSocket) => StreamOwner | undefined): StreamListener {
    const { port } = this.#process;
    this.#stack.listen(port, this.#congestion, (connection, remoteHost) => {
      const end: StreamEnd = this.#end(remoteHost, undefined, () => onSocket(end));
      end.use(connection);
      return end;
    });
    return {
      host: this.host,
      port,
      close: async () => this.#stack.unlisten(port),
    };
  }

  dial({ host, port }: DialTarget, owner: StreamOwner): StreamSocket {
    const end = this.#end(host, owner, undefined);
    const { number } = this.#process;
    end.use(this.#stack.connect(number, host, port, this.#congestion, end));
    return end;
  }

  atTurnEnd(run: () => void): void {
    this.#turnEnds.push(run);
    this.#wakeUp();
  }

  flush(): void {
    this.touched = false;
    const { state } = this.#process;
    if (state === HUNG) return;
    const events = this.#events;
    this.#events = [];
    for (const event of events) event();
    const turnEnds = this.#turnEnds;
    this.#turnEnds = [];
    for (const run of turnEnds) run();
  }

  resume(): void {
    this.#wakeUp();
  }

  crash(): void {
    this.#events = [];
    this.#turnEnds = [];
    this.#stack.unlisten(this.#process.port);
    for (const end of this.#ends) end.die();
  }

  wake(): void {}
  /** TCP's timers are the kernel's, which counts in time that does not jump. */
  clockChanged(): void {}

  get #stack(): TcpStack {
    return TcpStack.of(this.#kernel, this.#network, this.#process.machine);
  }

  #end(
    remoteHost: string,
    owner: StreamOwner | undefined,
    onAccepted: (() => StreamOwner | undefined) | undefined,
  ): StreamEnd {
    const end: StreamEnd = new StreamEnd({
      remoteHost,
      owner,
      onAccepted,
      inProcess: (run) => {
        this.#events.push(run);
        this.#wakeUp();
      },
      onClosed: () => this.#ends.delete(end),
    });
    this.#ends.add(end);
    return end;
  }

  #wakeUp(): void {
    if (this.touched || this.#process.state === HUNG) return;
    if (this.#process.state !== UP && this.#events.length + this.#turnEnds.length === 0) return;
    this.touched = true;
    this.#touch(this);
  }
}
