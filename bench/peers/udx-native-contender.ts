import { createRequire } from "node:module";
import type { Contender, End, EndHandler } from "../transport/contender.ts";
import { LengthPrefixReader, prefixed } from "../transport/contenders/length-prefix.ts";

const HOST = "127.0.0.1";
const MESSAGE_BYTES_MAX = 16 << 20;
const IDLE_PEERS_MAX = 10_000;
/** A greeting that was not answered is repeated. */
const GREET_AGAIN_MS = 200;
const GREETING = 1;
const WELCOME = 2;

interface UdxSocket {
  bind(port: number, host: string): void;
  address(): { readonly port: number };
  on(event: "message", hear: (body: Buffer, from: { port: number; host: string }) => void): void;
  trySend(body: Uint8Array, port: number, host: string): void;
  close(): Promise<void>;
  readonly bytesTransmitted: number;
  readonly packetsTransmitted: number;
}

interface UdxStream {
  readonly id: number;
  connect(socket: UdxSocket, remoteId: number, port: number, host: string): void;
  write(data: Uint8Array): boolean;
  on(event: "data", hear: (chunk: Buffer) => void): void;
  on(event: "drain" | "close", hear: () => void): void;
  on(event: "error", hear: (error: Error) => void): void;
  destroy(): void;
}

interface Udx {
  createSocket(): UdxSocket;
  createStream(id: number): UdxStream;
}

/** Ordered streams over UDP, written in C (Holepunch). */
export function loadContender(): Contender {
  const UDX = createRequire(import.meta.url)("udx-native") as new () => Udx;
  const udx = new UDX();
  return {
    role: "peer",
    reliable: true,
    messageBytesMax: MESSAGE_BYTES_MAX,
    tellsDown: true,
    idlePeersMax: IDLE_PEERS_MAX,
    properties: {
      order: "in order",
      duplicates: "none",
      retries: "by packet; timeout of 1 s at least",
      acknowledgement: "received by the peer’s stream; not told by message",
      verdict: "only while something is sent: six timeouts, about 13 s",
      size: "a stream: any, with prefixes of ours",
      congestion: "BBR",
      setup: "none of its own: who connects must agree on ids (here one round trip)",
      encryption: "none",
    },
    open: async (handler) => new UdxEnd(udx, handler),
  };
}

/** Ids of streams are agreed on by two datagrams beside them: greeting (my id), welcome (your id, mine). */
class UdxEnd implements End {
  readonly address: string;
  readonly #udx: Udx;
  readonly #socket: UdxSocket;
  readonly #handler: EndHandler;
  readonly #streams = new Set<UdxStream>();
  /** Streams by who asked for them. */
  readonly #greeted = new Map<string, UdxStream>();
  /** By our id: what waits for a welcome. */
  readonly #greeting = new Map<number, (remoteId: number) => void>();
  #nextId = 1;

  constructor(udx: Udx, handler: EndHandler) {
    this.#udx = udx;
    this.#handler = handler;
    this.#socket = udx.createSocket();
    this.#socket.bind(0, HOST);
    this.address = String(this.#socket.address().port);
    this.#socket.on("message", (body, { port }) => this.#hear(body, port));
  }

  contact(address: string): Promise<UdxStream> {
    const port = Number(address);
    const stream = this.#stream();
    return new Promise((resolve) => {
      const greet = (): void => this.#say(GREETING, stream.id, 0, port);
      const again = setInterval(greet, GREET_AGAIN_MS);
      this.#greeting.set(stream.id, (remoteId) => {
        clearInterval(again);
        this.#greeting.delete(stream.id);
        stream.connect(this.#socket, remoteId, port, HOST);
        resolve(stream);
      });
      greet();
    });
  }

  send(to: object, body: Uint8Array): "sent" | "slow" {
    let taken = true;
    for (const part of prefixed(body)) taken = (to as UdxStream).write(part);
    return taken ? "sent" : "slow";
  }

  watch(): void {
    // It has nothing that would notice: keepalives never end a stream.
  }

  counters() {
    return {
      bytesSent: this.#socket.bytesTransmitted,
      datagramsSent: this.#socket.packetsTransmitted,
      retransmits: 0,
      probeBytes: 0,
      revived: 0,
    };
  }

  async close(): Promise<void> {
    for (const stream of this.#streams) stream.destroy();
    await this.#socket.close();
  }

  #hear(body: Buffer, port: number): void {
    const [kind, theirs, ours] = [body.readUInt8(0), body.readUInt32BE(1), body.readUInt32BE(5)];
    if (kind === WELCOME) {
      this.#greeting.get(ours)?.(theirs);
      return;
    }
    const key = `${port}/${theirs}`;
    let stream = this.#greeted.get(key);
    if (stream === undefined) {
      stream = this.#stream();
      stream.connect(this.#socket, theirs, port, HOST);
      this.#greeted.set(key, stream);
    }
    this.#say(WELCOME, stream.id, theirs, port);
  }

  #say(kind: number, ours: number, theirs: number, port: number): void {
    const body = Buffer.alloc(9);
    body.writeUInt8(kind, 0);
    body.writeUInt32BE(ours, 1);
    body.writeUInt32BE(theirs, 5);
    this.#socket.trySend(body, port, HOST);
  }

  #stream(): UdxStream {
    const stream = this.#udx.createStream(this.#nextId++);
    const reader = new LengthPrefixReader((body) => this.#handler.onMessage(stream, body));
    this.#streams.add(stream);
    stream.on("data", (chunk) => reader.push(chunk));
    stream.on("drain", () => this.#handler.onDrain(stream));
    stream.on("error", () => undefined);
    stream.on("close", () => {
      this.#streams.delete(stream);
      this.#handler.onState(stream, "down");
    });
    return stream;
  }
}
