import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import type { Contender, End, EndHandler } from "../contender.ts";

const HOST = "127.0.0.1";
const RECEIVE_BUFFER_BYTES = 4 << 20;
/** What fits a datagram over IPv4. */
const DATAGRAM_BYTES_MAX = 65_507;

interface Place {
  readonly port: number;
}

/**
 * The floor of everything over UDP: `node:dgram`, one datagram a message, and nothing else. What is
 * lost stays lost.
 */
export const rawDgram: Contender = {
  role: "floor",
  reliable: false,
  messageBytesMax: DATAGRAM_BYTES_MAX,
  tellsDown: false,
  idlePeersMax: 0,
  properties: {
    order: "as it comes",
    duplicates: "possible",
    retries: "none",
    acknowledgement: "none",
    verdict: "never",
    size: "one datagram, 65,507 B",
    congestion: "none",
    setup: "none",
    encryption: "none",
  },
  open: async (handler) => {
    const socket = createSocket({
      type: "udp4",
      recvBufferSize: RECEIVE_BUFFER_BYTES,
      // Without it every send waits for a turn to look up what is an address already.
      lookup: (host, _options, done) => done(null, host, 4),
    });
    socket.on("message", (body, from) => handler.onMessage(from, body));
    // Before `bind`: with this lookup it listens at once.
    const listening = once(socket, "listening");
    socket.bind(0, HOST);
    await listening;
    return new DgramEnd(socket, handler);
  },
};

class DgramEnd implements End {
  readonly address: string;
  readonly #socket: Socket;
  #bytesSent = 0;
  #datagramsSent = 0;

  constructor(socket: Socket, handler: EndHandler) {
    this.#socket = socket;
    this.address = String((socket.address() as AddressInfo).port);
    socket.on("error", () => handler.onState(socket, "suspect"));
  }

  contact(address: string): Place {
    return { port: Number(address) };
  }

  send(to: object, body: Uint8Array): "sent" {
    this.#socket.send(body, (to as Place).port, HOST);
    this.#bytesSent += body.length;
    this.#datagramsSent++;
    return "sent";
  }

  watch(): void {
    // Nothing watches here.
  }

  counters() {
    const [bytesSent, datagramsSent] = [this.#bytesSent, this.#datagramsSent];
    return { bytesSent, datagramsSent, retransmits: 0, probeBytes: 0, revived: 0 };
  }

  async close(): Promise<void> {
    const closed = once(this.#socket, "close");
    this.#socket.close();
    await closed;
  }
}
