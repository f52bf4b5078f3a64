import type { PacketKernel } from "../kernel.ts";
import type { PacketNetwork } from "../network.ts";
import type { Process } from "../processes.ts";
import type { CongestionName } from "./congestion.ts";
import type { TcpConnection } from "./connection.ts";
import { type StreamEvents, TcpStack } from "./stack.ts";

/** Kept ahead of the network: a program that always has more to send. */
const AHEAD_BYTES = 1 << 20;
const CHUNK = new Uint8Array(64 << 10);

/** A TCP connection that sends as much as it can: what others have to share their links with. */
export class BulkFlow {
  /** In order at the receiver, and read by it. */
  receivedBytes = 0;
  readonly #connection: TcpConnection;

  /** From one process's host to another's, into this port. */
  constructor(
    kernel: PacketKernel,
    network: PacketNetwork,
    from: Process,
    to: Process,
    port: number,
    congestion: CongestionName,
  ) {
    TcpStack.of(kernel, network, to.machine).listen(port, congestion, (connection) => ({
      ...SILENT,
      onReadable: () => {
        for (const { length } of connection.receiver.read()) this.receivedBytes += length;
      },
    }));
    const fill = (): void => {
      while (this.#connection.sender.buffer.bytes < AHEAD_BYTES) this.#connection.write(CHUNK);
    };
    this.#connection = TcpStack.of(kernel, network, from.machine).connect(
      from.number,
      to.machine.host,
      port,
      congestion,
      { ...SILENT, onEstablished: fill, onSent: fill },
    );
  }

  get retransmits(): number {
    return this.#connection.sender.retransmits;
  }

  /** Retransmission timeouts. */
  get timeouts(): number {
    return this.#connection.sender.timeouts;
  }

  /** Congestion window, segments. */
  get cwnd(): number {
    return this.#connection.sender.cwnd;
  }

  stop(): void {
    this.#connection.abort();
  }
}

const SILENT: StreamEvents = {
  onEstablished: () => {},
  onReadable: () => {},
  onSent: () => {},
  onFinished: () => {},
  onGone: () => {},
};
