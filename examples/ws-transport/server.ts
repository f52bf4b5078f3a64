import { type WebSocket, WebSocketServer } from "ws";
import {
  type Address,
  type Endpoint,
  formatSocketAddress,
  SkipnetError,
  socketAddress,
} from "../../src/index.ts";
import {
  ACCEPTED,
  DECLINED,
  frame,
  HEADER_BYTES,
  introduction,
  MESSAGE,
  readIntroduction,
} from "./frames.ts";

export interface ServerEvents {
  /** True: taken for a handler. */
  message(from: Endpoint, encoded: Uint8Array): boolean;
  received(bytes: number): void;
  transmitted(bytes: number): void;
}

/** Listens for others who send to this port. Throws `E_ADDRESS_IN_USE` or `E_ADDRESS`. */
export async function listen(
  local: Address,
  incarnation: Endpoint["incarnation"],
  messageBytesMax: number,
  events: ServerEvents,
): Promise<{ readonly endpoint: Endpoint; close(): Promise<void> }> {
  const { scheme, host, port } = socketAddress(local);
  if (scheme !== "ws") throw new SkipnetError("E_ADDRESS", `${local} is not a ws address`);
  const maxPayload = messageBytesMax + HEADER_BYTES;
  const server = new WebSocketServer({ host, port, maxPayload, perMessageDeflate: false });
  await new Promise<void>((resolve, reject) => {
    server.once("listening", resolve);
    server.once("error", (cause: NodeJS.ErrnoException) => {
      const code = cause.code === "EADDRINUSE" ? "E_ADDRESS_IN_USE" : "E_ADDRESS";
      reject(new SkipnetError(code, `cannot listen on ${local}: ${cause.message}`, { cause }));
    });
  });
  server.on("error", () => {});
  const bound = server.address() as { address: string; port: number };
  const address = formatSocketAddress({ scheme, host: bound.address, port: bound.port });
  const endpoint = { address, incarnation };
  server.on("connection", (socket) => serve(socket, endpoint, events));
  return {
    endpoint,
    close: () =>
      new Promise((resolve) => {
        for (const socket of server.clients) {
          // 1001: going away. What was not answered by now was not taken.
          socket.close(1001);
          socket.terminate();
        }
        server.close(() => resolve());
      }),
  };
}

/** One sender's connection: its introduction, then its messages, each answered. */
function serve(socket: WebSocket, self: Endpoint, events: ServerEvents): void {
  let from: Endpoint | undefined;
  const answer = (bytes: Buffer): void => {
    events.transmitted(bytes.length);
    socket.send(bytes);
  };
  // An oversized or malformed frame: ws has closed the connection already.
  socket.on("error", () => {});
  socket.on("message", (data: Buffer, isBinary) => {
    events.received(data.length);
    if (!isBinary) {
      from = readIntroduction(data.toString());
      if (from === undefined) socket.terminate();
      else socket.send(introduction(self));
      return;
    }
    if (from === undefined || data.length < HEADER_BYTES || data[0] !== MESSAGE) {
      socket.terminate();
      return;
    }
    const id = data.readUInt32BE(1);
    const taken = events.message(from, data.subarray(HEADER_BYTES));
    answer(frame(taken ? ACCEPTED : DECLINED, id));
  });
}
