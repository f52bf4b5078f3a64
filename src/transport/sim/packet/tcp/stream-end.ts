import type { SocketEnd, StreamOwner, StreamSocket } from "../../../tcp/socket.ts";
import type { TcpConnection } from "./connection.ts";
import type { StreamEvents } from "./stack.ts";

/** What the kernel takes of a program's writes at least, and at most (`tcp_wmem`). */
const SEND_BUFFER_BYTES_MIN = 87_380;
const SEND_BUFFER_BYTES_MAX = 4 << 20;

/** Runs what a program is to hear in its process: now, or when it runs again. */
export type InProcess = (run: () => void) => void;

/** A program's end of a modelled connection, behind the interface of a real one (`tcp/socket.ts`). */
export class StreamEnd implements StreamSocket, StreamEvents {
  readonly remoteHost: string;
  readonly #inProcess: InProcess;
  readonly #onClosed: () => void;
  readonly #onAccepted: (() => StreamOwner | undefined) | undefined;
  #owner: StreamOwner | undefined;
  #connection: TcpConnection | undefined;
  /** The program has had to wait for the kernel. */
  #waits = false;
  #closed = false;
  #readable = false;

  /** `onAccepted` gives the owner of a connection that the other side made. */
  constructor(parts: {
    readonly remoteHost: string;
    readonly inProcess: InProcess;
    readonly onClosed: () => void;
    readonly owner?: StreamOwner | undefined;
    readonly onAccepted?: (() => StreamOwner | undefined) | undefined;
  }) {
    this.remoteHost = parts.remoteHost;
    this.#inProcess = parts.inProcess;
    this.#onClosed = parts.onClosed;
    this.#owner = parts.owner;
    this.#onAccepted = parts.onAccepted;
  }

  /** Once, right after the constructor. */
  use(connection: TcpConnection): void {
    this.#connection = connection;
  }

  get pendingBytes(): number {
    const { sender } = this.#open() ?? {};
    if (sender === undefined) return 0;
    const takes = Math.min(
      SEND_BUFFER_BYTES_MAX,
      Math.max(SEND_BUFFER_BYTES_MIN, 2 * sender.cwnd * 1_448),
    );
    return Math.max(0, sender.unsettled - takes);
  }

  write(bytes: Uint8Array): void {
    const connection = this.#open();
    if (connection === undefined) return;
    connection.write(bytes);
    if (this.pendingBytes > 0) this.#waits = true;
  }

  end(): void {
    this.#open()?.finish();
  }

  destroy(): void {
    const connection = this.#connection;
    if (this.#closed || connection === undefined) return;
    if (connection.state === "open" && connection.receiver.unread === 0) connection.finish();
    else connection.abort();
    this.#close("ended");
  }

  /** The process has died: its kernel closes what it held. */
  die(): void {
    this.#owner = undefined;
    this.destroy();
  }

  onEstablished(): void {
    this.#inProcess(() => {
      if (this.#onAccepted === undefined) this.#owner?.onConnect();
      else {
        this.#owner = this.#onAccepted();
        if (this.#owner === undefined) this.destroy();
      }
    });
  }

  onReadable(): void {
    if (this.#readable) return;
    this.#readable = true;
    this.#inProcess(() => this.#read());
  }

  onSent(): void {
    if (!this.#waits || this.pendingBytes > 0) return;
    this.#waits = false;
    this.#inProcess(() => this.#owner?.onDrain());
  }

  onFinished(): void {
    this.#inProcess(() => {
      // Nobody wants half a connection: what was written is sent, then both halves are closed.
      this.#read();
      this.#open()?.finish();
      this.#close("ended");
    });
  }

  onGone(end: SocketEnd): void {
    this.#inProcess(() => {
      if (end === "ended") this.#read();
      this.#close(end);
    });
  }

  #read(): void {
    this.#readable = false;
    const connection = this.#connection;
    if (connection === undefined) return;
    const { receiver } = connection;
    const wasShut = receiver.window === 0;
    for (const chunk of receiver.read()) {
      if (this.#closed) return;
      this.#owner?.onData(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length));
    }
    if (wasShut) connection.windowOpened();
  }

  #open(): TcpConnection | undefined {
    return this.#closed ? undefined : this.#connection;
  }

  #close(end: SocketEnd): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#onClosed();
    // Never inside the call that closed it.
    this.#inProcess(() => this.#owner?.onClose(end));
  }
}
