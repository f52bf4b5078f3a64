import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import type { Contender, End, EndHandler } from "../contender.ts";
import { LengthPrefixReader, prefixed } from "./length-prefix.ts";

const HOST = "127.0.0.1";
const MESSAGE_BYTES_MAX = 16 << 20;
const IDLE_PEERS_MAX = 10_000;
const BACKLOG = 1_024;

/** The floor of everything over TCP: `node:net`, `noDelay`, a length before each message, a write a message. */
export const rawNet: Contender = {
  role: "floor",
  reliable: true,
  messageBytesMax: MESSAGE_BYTES_MAX,
  tellsDown: true,
  idlePeersMax: IDLE_PEERS_MAX,
  properties: {
    order: "in order",
    duplicates: "none",
    retries: "by the kernel",
    acknowledgement: "in the peer’s kernel; not told",
    verdict: "when the kernel closes or resets; a stopped peer never",
    size: "any",
    congestion: "the kernel’s",
    setup: "TCP handshake",
    encryption: "none",
  },
  open: async (handler) => {
    const end = new NetEnd(handler);
    await end.listen();
    return end;
  },
};

class NetEnd implements End {
  address = "";
  readonly #handler: EndHandler;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  constructor(handler: EndHandler) {
    this.#handler = handler;
    this.#server = createServer({ noDelay: true }, (socket) => this.#adopt(socket));
  }

  async listen(): Promise<void> {
    this.#server.listen(0, HOST, BACKLOG);
    await once(this.#server, "listening");
    this.address = String((this.#server.address() as AddressInfo).port);
  }

  async contact(address: string): Promise<Socket> {
    const socket = connect({ port: Number(address), host: HOST, noDelay: true });
    this.#adopt(socket);
    await once(socket, "connect");
    return socket;
  }

  send(to: object, body: Uint8Array): "sent" | "slow" {
    const socket = to as Socket;
    let taken = true;
    for (const part of prefixed(body)) taken = socket.write(part);
    return taken ? "sent" : "slow";
  }

  watch(): void {
    // The kernel tells, or nobody does.
  }

  counters(): undefined {
    return undefined;
  }

  async close(): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #adopt(socket: Socket): void {
    const reader = new LengthPrefixReader((body) => this.#handler.onMessage(socket, body));
    this.#sockets.add(socket);
    socket.on("data", (chunk: Buffer) => reader.push(chunk));
    socket.on("drain", () => this.#handler.onDrain(socket));
    socket.on("error", () => undefined);
    socket.on("close", () => {
      this.#sockets.delete(socket);
      this.#handler.onState(socket, "down");
    });
  }
}
