import { createHmac, randomFillSync, timingSafeEqual } from "node:crypto";
import type { Contender, End, EndHandler } from "../transport/contender.ts";
import { LengthPrefixReader, prefixed } from "../transport/contenders/length-prefix.ts";
import { selfSigned } from "./self-signed.ts";

/** A variable, so that the compiler does not ask for what may not be installed. */
const PACKAGE: string = "@matrixai/quic";
const LOGGER_PACKAGE: string = "@matrixai/logger";
const HOST = "127.0.0.1";
const MESSAGE_BYTES_MAX = 16 << 20;
const IDLE_PEERS_MAX = 500;
/** Without one it never gives a peer up; with keepalives an idle connection does not end by itself. */
const IDLE_TIMEOUT_MS = 5_000;
const KEEP_ALIVE_MS = 1_000;
/** Chunks that may wait in a writable stream. */
const WAITING_MAX = 256;

interface QuicStream {
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<Uint8Array>;
}

interface QuicConnection extends EventTarget {
  newStream(type: "bidi"): QuicStream;
}

interface QuicClient extends EventTarget {
  readonly connection: QuicConnection;
  destroy(options: object): Promise<void>;
}

interface QuicServer extends EventTarget {
  readonly port: number;
  start(options: object): Promise<void>;
  stop(options: object): Promise<void>;
}

interface Quic {
  readonly QUICClient: { createQUICClient(options: object): Promise<QuicClient> };
  readonly QUICServer: new (options: object) => QuicServer;
  readonly events: Readonly<Record<string, { readonly name: string }>>;
}

/** Its own, which otherwise writes a line for every packet. */
interface LoggerModule {
  readonly default: new (name: string, level: number) => object;
  readonly LogLevel: { readonly ERROR: number };
}

const asBuffer = (data: ArrayBuffer): Buffer => Buffer.from(data);
const signed = (key: ArrayBuffer, data: ArrayBuffer): Buffer =>
  createHmac("sha256", asBuffer(key)).update(asBuffer(data)).digest();

const CRYPTO = {
  key: new Uint8Array(randomFillSync(Buffer.alloc(32))).buffer,
  ops: {
    randomBytes: async (data: ArrayBuffer): Promise<void> => {
      randomFillSync(new Uint8Array(data));
    },
    sign: async (key: ArrayBuffer, data: ArrayBuffer): Promise<ArrayBuffer> =>
      new Uint8Array(signed(key, data)).buffer,
    verify: async (key: ArrayBuffer, data: ArrayBuffer, mac: ArrayBuffer): Promise<boolean> =>
      timingSafeEqual(signed(key, data), asBuffer(mac)),
  },
};

/** QUIC (Cloudflare's quiche) as MatrixAI binds it; one bidirectional stream a connection. */
export async function loadContender(): Promise<Contender> {
  const quic = (await import(PACKAGE)) as Quic;
  const { default: Logger, LogLevel } = (await import(LOGGER_PACKAGE)) as LoggerModule;
  const logger = new Logger("bench", LogLevel.ERROR);
  return {
    role: "peer",
    reliable: true,
    messageBytesMax: MESSAGE_BYTES_MAX,
    tellsDown: true,
    idlePeersMax: IDLE_PEERS_MAX,
    properties: {
      order: "in order within a stream",
      duplicates: "none",
      retries: "by packet",
      acknowledgement: "received by the peer’s stream; not told by message",
      verdict: `idle timeout, by default never (here ${IDLE_TIMEOUT_MS / 1_000} s, keepalives each second)`,
      size: "a stream: any, with prefixes of ours",
      congestion: "CUBIC",
      setup: "one round trip and TLS 1.3",
      encryption: "TLS 1.3, always",
    },
    open: async (handler) => {
      const end = new QuicEnd(quic, logger, handler);
      await end.listen();
      return end;
    },
  };
}

/** A stream with what its two directions need. */
interface Channel {
  readonly writer: WritableStreamDefaultWriter<Uint8Array>;
  waiting: number;
}

class QuicEnd implements End {
  address = "";
  readonly #quic: Quic;
  readonly #logger: object;
  readonly #handler: EndHandler;
  readonly #server: QuicServer;
  readonly #clients = new Set<QuicClient>();

  constructor(quic: Quic, logger: object, handler: EndHandler) {
    this.#quic = quic;
    this.#logger = logger;
    this.#handler = handler;
    this.#server = new quic.QUICServer({
      crypto: CRYPTO,
      logger,
      config: {
        ...selfSigned(),
        verifyPeer: false,
        maxIdleTimeout: IDLE_TIMEOUT_MS,
        keepAliveIntervalTime: KEEP_ALIVE_MS,
      },
    });
    this.#on(this.#server, "EventQUICServerConnection", (connection) => {
      this.#on(connection as EventTarget, "EventQUICConnectionStream", (stream) => {
        this.#channel(stream as QuicStream);
      });
    });
  }

  async listen(): Promise<void> {
    await this.#server.start({ host: HOST, port: 0 });
    this.address = String(this.#server.port);
  }

  async contact(address: string): Promise<Channel> {
    const client = await this.#quic.QUICClient.createQUICClient({
      host: HOST,
      port: Number(address),
      localHost: HOST,
      crypto: CRYPTO,
      logger: this.#logger,
      config: {
        verifyPeer: false,
        maxIdleTimeout: IDLE_TIMEOUT_MS,
        keepAliveIntervalTime: KEEP_ALIVE_MS,
      },
    });
    this.#clients.add(client);
    const channel = this.#channel(client.connection.newStream("bidi"));
    this.#on(client.connection, "EventQUICConnectionClose", () => {
      this.#handler.onState(channel, "down");
    });
    return channel;
  }

  send(to: object, body: Uint8Array): "sent" | "slow" | "full" {
    const channel = to as Channel;
    if (channel.waiting >= WAITING_MAX) return "full";
    for (const part of prefixed(body)) {
      channel.waiting++;
      channel.writer.write(part).then(
        () => this.#written(channel),
        () => undefined,
      );
    }
    return channel.waiting >= WAITING_MAX ? "slow" : "sent";
  }

  watch(): void {
    // Its keepalives and its idle timeout always run.
  }

  counters(): undefined {
    return undefined;
  }

  async close(): Promise<void> {
    for (const client of this.#clients) await client.destroy({ force: true });
    await this.#server.stop({ force: true });
  }

  #written(channel: Channel): void {
    channel.waiting--;
    if (channel.waiting === WAITING_MAX / 2) this.#handler.onDrain(channel);
  }

  #channel(stream: QuicStream): Channel {
    const writer = stream.writable.getWriter();
    writer.closed.catch(() => undefined);
    const channel: Channel = { writer, waiting: 0 };
    const reader = new LengthPrefixReader((body) => this.#handler.onMessage(channel, body));
    const read = async (): Promise<void> => {
      for await (const chunk of stream.readable) reader.push(Buffer.from(chunk));
    };
    read().catch(() => undefined);
    return channel;
  }

  #on(target: EventTarget, event: string, hear: (detail: unknown) => void): void {
    const { name } = this.#quic.events[event] as { readonly name: string };
    target.addEventListener(name, (raised) => hear((raised as CustomEvent<unknown>).detail));
  }
}
