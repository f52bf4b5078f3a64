import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { SkipnetError } from "../core/errors.ts";

/** Connections to the admin server at once. */
const CONNECTIONS_MAX = 64;
const REQUEST_TIMEOUT_MS = 5_000;

/** Where the admin server listens. */
export interface AdminOptions {
  /** Loopback unless told otherwise. */
  readonly host?: string | undefined;
  /** 0: any free one. */
  readonly port: number;
}

/** What the pages show, asked at each request. */
export interface AdminPages {
  joined(): boolean;
  /** Any JSON value. */
  state(): unknown;
  /** Prometheus text. */
  metrics(): Promise<string>;
  readonly metricsType: string;
}

/** An open admin server, and where it really listens. */
export interface AdminServer {
  readonly host: string;
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Serves `/healthz` (200 when joined, else 503), `/metrics` (Prometheus text) and `/state` (JSON).
 * Throws `E_ADDRESS_IN_USE` or `E_ADDRESS`.
 */
export async function openAdmin(
  { host = "127.0.0.1", port }: AdminOptions,
  pages: AdminPages,
): Promise<AdminServer> {
  const server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS }, (request, response) => {
    void answer(request, response, pages);
  });
  server.maxConnections = CONNECTIONS_MAX;
  await listen(server, host, port);
  const bound = server.address() as AddressInfo;
  return {
    host: bound.address,
    port: bound.port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const code = error.code === "EADDRINUSE" ? "E_ADDRESS_IN_USE" : "E_ADDRESS";
      reject(new SkipnetError(code, `admin ${host}:${port}: ${error.message}`, { cause: error }));
    });
    server.listen({ host, port }, resolve);
  });
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  pages: AdminPages,
): Promise<void> {
  const send = (status: number, type: string, body: string): void => {
    response.writeHead(status, { "content-type": type, "cache-control": "no-store" });
    response.end(request.method === "HEAD" ? undefined : body);
  };
  if (request.method !== "GET" && request.method !== "HEAD") {
    send(405, "text/plain", "only GET\n");
    return;
  }
  const path = (request.url ?? "/").split("?", 1)[0];
  try {
    if (path === "/healthz") {
      const joined = pages.joined();
      send(joined ? 200 : 503, "text/plain", joined ? "joined\n" : "not joined\n");
    } else if (path === "/metrics") send(200, pages.metricsType, await pages.metrics());
    else if (path === "/state") {
      send(200, "application/json", `${JSON.stringify(pages.state(), plainNumbers, 2)}\n`);
    } else send(404, "text/plain", "there are /healthz, /metrics and /state\n");
  } catch (error) {
    send(500, "text/plain", `${error instanceof Error ? error.message : String(error)}\n`);
  }
}

/** JSON has no infinity: a bound that does not exist is written as text. */
function plainNumbers(_key: string, value: unknown): unknown {
  return value === Number.POSITIVE_INFINITY ? "never" : value;
}
