import { createRequire } from "node:module";
import type { Contender, End, EndHandler, Remote } from "../transport/contender.ts";

const HOST = "127.0.0.1";
/** What is measured; a request has to fit one datagram of about 1,400 B. */
const MESSAGE_BYTES_MAX = 1_100;
const COMMAND = 0;
/** More than its window makes a queue inside that its window of 750 ms slots empties slowly. */
const OPEN_MAX = 64;

interface Place {
  readonly port: number;
  readonly host: string;
}

interface Request {
  readonly value: Buffer | null;
  reply(value: Uint8Array | null): void;
}

interface Node {
  fullyBootstrapped(): Promise<void>;
  address(): Place;
  on(event: "request", serve: (request: Request) => void): void;
  request(
    message: { command: number; value: Uint8Array },
    to: Place,
  ): Promise<{ value: Buffer | null }>;
  destroy(): Promise<void>;
}

/** Requests and answers, a datagram each, retried after a second (Holepunch). */
export function loadContender(): Contender {
  const DHT = createRequire(import.meta.url)("dht-rpc") as new (options: object) => Node;
  return {
    role: "peer",
    reliable: true,
    messageBytesMax: MESSAGE_BYTES_MAX,
    tellsDown: true,
    // It knows addresses, not peers: nothing is kept of one that is idle.
    idlePeersMax: 0,
    properties: {
      order: "unordered",
      duplicates: "possible: a repeated request is served again",
      retries: "3, one second apart",
      acknowledgement: "the answer",
      verdict: "a request fails after 4 s; idle peers are not watched",
      size: "one datagram",
      congestion: "a fixed window of requests",
      setup: "none",
      encryption: "none",
    },
    open: async (handler) => {
      const options = { bootstrap: [], host: HOST, port: 0, ephemeral: true, firewalled: false };
      const node = new DHT(options);
      await node.fullyBootstrapped();
      return new DhtRpcEnd(node, handler);
    },
  };
}

class DhtRpcEnd implements End {
  readonly address: string;
  readonly #node: Node;
  readonly #handler: EndHandler;
  /** Requests that arrived and were not answered yet. */
  readonly #unanswered = new Set<Remote>();
  #open = 0;

  constructor(node: Node, handler: EndHandler) {
    this.#node = node;
    this.#handler = handler;
    this.address = String(node.address().port);
    node.on("request", (request) => {
      this.#unanswered.add(request);
      if (request.value !== null) handler.onMessage(request, request.value);
      // What was not echoed is acknowledged all the same: requests have answers here.
      if (this.#unanswered.delete(request)) request.reply(null);
    });
  }

  contact(address: string): Place {
    return { port: Number(address), host: HOST };
  }

  send(to: object, body: Uint8Array): "sent" | "slow" | "full" {
    if (this.#unanswered.delete(to)) {
      (to as Request).reply(body);
      return "sent";
    }
    if (this.#open >= OPEN_MAX) return "full";
    this.#open++;
    this.#node.request({ command: COMMAND, value: body }, to as Place).then(
      ({ value }) => {
        this.#settled(to);
        if (value !== null) this.#handler.onMessage(to, value);
      },
      () => {
        this.#settled(to);
        this.#handler.onState(to, "down");
      },
    );
    return this.#open >= OPEN_MAX ? "slow" : "sent";
  }

  watch(): void {
    // Nothing watches here.
  }

  counters(): undefined {
    return undefined;
  }

  close(): Promise<void> {
    return this.#node.destroy();
  }

  #settled(to: Remote): void {
    if (this.#open-- === OPEN_MAX) this.#handler.onDrain(to);
  }
}
