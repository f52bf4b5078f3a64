import { createSocket, type Socket } from "node:dgram";
import { PacketWriter } from "./packet-writer.ts";

/** Hosts asked at one time; more are not asked, and found out by silence. */
const PROBES_MAX = 64;
/** When a host is asked again, each time twice as late: a process that is being killed still listens for a while. */
const AGAIN_MS = 1;
/** No longer than this between two questions: then it is not asked any more. */
const AGAIN_MS_MAX = 128;

interface Probe {
  readonly socket: Socket;
  timer: NodeJS.Timeout | undefined;
  /** Until the next question; 0: the socket is not connected yet. */
  againMs: number;
}

/**
 * Asks a host whether anybody listens on a port, through a connected socket: only such a one is told
 * of ICMP "port unreachable", within a millisecond on the same machine. Silence says nothing.
 */
export class HostProbes {
  readonly #onRefused: (host: string, port: number) => void;
  /** BOUNDED: `PROBES_MAX`. */
  readonly #open = new Map<string, Probe>();
  readonly #writer = new PacketWriter();

  constructor(onRefused: (host: string, port: number) => void) {
    this.#onRefused = onRefused;
  }

  ask(host: string, port: number): void {
    const key = `${host}|${port}`;
    const asking = this.#open.get(key);
    if (asking !== undefined) {
      // Asked a moment ago, when all was well: that says nothing of now.
      if (asking.againMs > 0) this.#begin(key, asking);
      return;
    }
    if (this.#open.size >= PROBES_MAX) return;
    const socket = createSocket({ type: host.includes(":") ? "udp6" : "udp4", lookup: asItIs });
    const probe: Probe = { socket, timer: undefined, againMs: 0 };
    this.#open.set(key, probe);
    socket.on("error", (error: NodeJS.ErrnoException) => {
      this.#end(key);
      if (error.code === "ECONNREFUSED") this.#onRefused(host, port);
    });
    socket.connect(port, host, () => {
      if (this.#open.get(key) === probe) this.#begin(key, probe);
    });
  }

  close(): void {
    for (const key of [...this.#open.keys()]) this.#end(key);
  }

  #begin(key: string, probe: Probe): void {
    clearTimeout(probe.timer);
    probe.againMs = AGAIN_MS;
    this.#knock(key, probe);
  }

  #knock(key: string, probe: Probe): void {
    if (probe.againMs > AGAIN_MS_MAX) {
      this.#end(key);
      return;
    }
    // A bare header: nobody takes offence at it.
    this.#writer.begin(64, 0, 0);
    probe.socket.send(this.#writer.finish());
    probe.timer = setTimeout(() => this.#knock(key, probe), probe.againMs);
    probe.againMs *= 2;
  }

  #end(key: string): void {
    const probe = this.#open.get(key);
    if (probe === undefined) return;
    this.#open.delete(key);
    clearTimeout(probe.timer);
    probe.socket.close();
  }
}

/** Hosts are addresses here: there is nothing to look up, and nothing to wait for. */
function asItIs(
  host: string,
  _options: unknown,
  done: (error: null, address: string, family: number) => void,
): void {
  done(null, host, host.includes(":") ? 6 : 4);
}
