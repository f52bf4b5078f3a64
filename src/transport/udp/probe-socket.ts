import { createSocket, type Socket } from "node:dgram";
import { PacketWriter } from "./packet-writer.ts";

/** Hosts asked at one time; more are not asked, and found out by silence. */
const PROBES_MAX = 64;
/** How long a host has to say that nobody listens. */
const PATIENCE_MS = 250;

/**
 * Asks a host whether anybody listens on a port, through a connected socket: only such a one is told
 * of ICMP "port unreachable", within a millisecond on the same machine. Silence says nothing.
 */
export class HostProbes {
  readonly #onRefused: (host: string, port: number) => void;
  /** BOUNDED: `PROBES_MAX`. */
  readonly #open = new Map<string, () => void>();
  readonly #writer = new PacketWriter();

  constructor(onRefused: (host: string, port: number) => void) {
    this.#onRefused = onRefused;
  }

  ask(host: string, port: number): void {
    const key = `${host}|${port}`;
    if (this.#open.size >= PROBES_MAX || this.#open.has(key)) return;
    const socket = createSocket(host.includes(":") ? "udp6" : "udp4");
    const timer = setTimeout(() => this.#open.get(key)?.(), PATIENCE_MS);
    this.#open.set(key, () => {
      this.#open.delete(key);
      clearTimeout(timer);
      socket.close();
    });
    socket.on("error", (error: NodeJS.ErrnoException) => {
      this.#open.get(key)?.();
      if (error.code === "ECONNREFUSED") this.#onRefused(host, port);
    });
    socket.connect(port, host, () => this.#knock(socket, key));
  }

  close(): void {
    for (const done of [...this.#open.values()]) done();
  }

  #knock(socket: Socket, key: string): void {
    if (!this.#open.has(key)) return;
    // A bare header: nobody takes offence at it.
    this.#writer.begin(64, 0, 0);
    socket.send(this.#writer.finish());
  }
}
