import {
  type AddressInfo,
  connect,
  createServer,
  type NetConnectOpts,
  type Server,
  type Socket,
} from "node:net";
import { SkipnetError } from "../../core/errors.ts";

/** Why a connection ended, as far as the kernel tells. */
export type SocketEnd = "refused" | "unreachable" | "timedOut" | "reset" | "ended";

/** One TCP connection. */
export interface StreamSocket {
  /** The far end's IP address; empty before the connection is made. */
  readonly remoteHost: string;
  /** Written and not yet taken by the kernel, in bytes. */
  readonly pendingBytes: number;
  write(bytes: Uint8Array): void;
  /** Sends what was written, then ends. */
  end(): void;
  destroy(): void;
}

/** What a connection tells its owner; `onClose` exactly once and last. */
export interface StreamOwner {
  onConnect(): void;
  onData(chunk: Buffer): void;
  /** All that was written has been taken by the kernel, after it had to wait. */
  onDrain(): void;
  onClose(end: SocketEnd): void;
}

export interface StreamListener {
  /** The IP address and port really listened on. */
  readonly host: string;
  readonly port: number;
  /** Accepts no more; resolves when all accepted connections are gone too. */
  close(): Promise<void>;
}

export interface DialTarget {
  readonly host: string;
  readonly port: number;
  /** Dial from this local address, so that the peer sees where we listen; undefined: any. */
  readonly localHost: string | undefined;
}

/** All that the TCP transport asks of the machine. Tests put a broken network in between. */
export interface StreamSockets {
  /** Throws `E_ADDRESS_IN_USE` or `E_ADDRESS`. `onSocket` gives the owner of a new connection. */
  listen(
    host: string,
    port: number,
    onSocket: (socket: StreamSocket) => StreamOwner | undefined,
  ): Promise<StreamListener>;
  dial(target: DialTarget, owner: StreamOwner): StreamSocket;
  /** Runs after the events that are ready now: what is written meanwhile leaves together. */
  atTurnEnd(run: () => void): void;
}

/** Connections that the kernel may hold for `accept`. */
const BACKLOG = 511;

export const nodeSockets: StreamSockets = {
  listen(host, port, onSocket) {
    return new Promise((resolve, reject) => {
      const server = createServer({ noDelay: true }, (socket) => {
        const stream = wrap(socket);
        const owner = onSocket(stream);
        if (owner === undefined) {
          socket.on("error", () => {});
          socket.destroy();
        } else attach(socket, owner);
      });
      server.once("error", (error: NodeJS.ErrnoException) =>
        reject(listenError(error, host, port)),
      );
      server.listen({ host, port, backlog: BACKLOG }, () => resolve(listener(server)));
    });
  },
  dial({ host, port, localHost }, owner) {
    const options: NetConnectOpts = { host, port, noDelay: true };
    if (localHost !== undefined) options.localAddress = localHost;
    const socket = connect(options);
    socket.once("connect", () => owner.onConnect());
    attach(socket, owner);
    return wrap(socket);
  },
  atTurnEnd: (run) => {
    setImmediate(run);
  },
};

function listener(server: Server): StreamListener {
  const { address, port } = server.address() as AddressInfo;
  // A failed `accept` (no more file descriptors) loses that connection and nothing else.
  server.on("error", () => {});
  return {
    host: address,
    port,
    close: () => new Promise((resolve) => void server.close(() => resolve())),
  };
}

function listenError(error: NodeJS.ErrnoException, host: string, port: number): SkipnetError {
  if (error.code === "EADDRINUSE") {
    return new SkipnetError("E_ADDRESS_IN_USE", `tcp ${host}:${port} is in use`, { cause: error });
  }
  return new SkipnetError("E_ADDRESS", `cannot listen on tcp ${host}:${port}: ${error.message}`, {
    cause: error,
  });
}

function wrap(socket: Socket): StreamSocket {
  return {
    get remoteHost() {
      return (socket.remoteAddress ?? "").replace(/^::ffff:/, "");
    },
    get pendingBytes() {
      return socket.writableLength;
    },
    write: (bytes) => void socket.write(bytes),
    end: () => void socket.end(),
    destroy: () => void socket.destroy(),
  };
}

function attach(socket: Socket, owner: StreamOwner): void {
  let end: SocketEnd = "ended";
  socket.on("data", (chunk: Buffer) => owner.onData(chunk));
  socket.on("drain", () => owner.onDrain());
  socket.on("error", (error: NodeJS.ErrnoException) => {
    end = meaning(error.code);
  });
  socket.once("close", () => owner.onClose(end));
}

function meaning(code: string | undefined): SocketEnd {
  switch (code) {
    case "ECONNREFUSED":
      return "refused";
    case "ETIMEDOUT":
      return "timedOut";
    case "ECONNRESET":
    case "EPIPE":
    case "ECONNABORTED":
      return "reset";
    default:
      // No route, no such host, no file descriptor left: no connection can be made.
      return "unreachable";
  }
}
