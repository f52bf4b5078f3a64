import { createSocket, type Socket } from "node:dgram";
import { isOwnMachine } from "../host-address.ts";
import { PacketWriter } from "./packet/packet-writer.ts";

/** Hosts asked at one time; more are not asked, and found out by silence. */
const PROBES_MAX = 64;
/**
 * How often a host is asked, and when again: each time so much later. A process that is being killed still
 * listens until the kernel has taken it down; on our own machine, asking costs no network.
 */
interface Persistence {
  readonly firstMs: number;
  readonly growth: number;
  readonly questions: number;
}

/** For half a second, and a quarter too late at most. */
const OWN_MACHINE: Persistence = { firstMs: 1, growth: 1.25, questions: 23 };
/** For a quarter of a second. */
const ELSEWHERE: Persistence = { firstMs: 16, growth: 2, questions: 5 };

/** A socket without a question is kept so long. */
const LINGER_MS = 1_000;

interface Probe {
  readonly host: string;
  readonly port: number;
  readonly socket: Socket;
  readonly persistence: Persistence;
  isConnected: boolean;
  timer: NodeJS.Timeout | undefined;
  /** Until the next question. */
  againMs: number;
  questionsLeft: number;
}

/**
 * Asks a host whether anybody listens on a port, through a connected socket: only such a one is told
 * of ICMP "port unreachable", within a millisecond on the same machine. Silence says nothing.
 */
export class HostProbes {
  readonly #onRefused: (host: string, port: number) => void;
  readonly #isDoubted: (host: string, port: number) => boolean;
  /** BOUNDED: `PROBES_MAX`. */
  readonly #open = new Map<string, Probe>();
  readonly #writer = new PacketWriter();

  /** `isDoubted`: whether it still matters; who is not doubted any more is not asked about again. */
  constructor(
    onRefused: (host: string, port: number) => void,
    isDoubted: (host: string, port: number) => boolean,
  ) {
    this.#onRefused = onRefused;
    this.#isDoubted = isDoubted;
  }

  ask(host: string, port: number): void {
    const key = `${host}|${port}`;
    const asking = this.#open.get(key);
    if (asking !== undefined) {
      // Asked a moment ago, when all was well: that says nothing of now.
      if (asking.isConnected) this.#begin(key, asking);
      return;
    }
    if (this.#open.size >= PROBES_MAX && !this.#makeRoom()) return;
    const probe = newProbe(host, port);
    this.#open.set(key, probe);
    probe.socket.on("error", (error: NodeJS.ErrnoException) => {
      this.#end(key);
      if (error.code === "ECONNREFUSED") this.#onRefused(host, port);
    });
    probe.socket.connect(port, host, () => {
      probe.isConnected = true;
      if (this.#open.get(key) === probe) this.#begin(key, probe);
    });
  }

  close(): void {
    for (const key of [...this.#open.keys()]) this.#end(key);
  }

  /** Closes a socket that waits for nothing, if there is one. */
  #makeRoom(): boolean {
    for (const [key, { questionsLeft, isConnected }] of this.#open) {
      if (!isConnected || questionsLeft > 0) continue;
      this.#end(key);
      return true;
    }
    return false;
  }

  #begin(key: string, probe: Probe): void {
    clearTimeout(probe.timer);
    probe.againMs = probe.persistence.firstMs;
    probe.questionsLeft = probe.persistence.questions;
    this.#knock(key, probe);
  }

  #knock(key: string, probe: Probe): void {
    if (probe.questionsLeft-- === 0) {
      this.#end(key);
      return;
    }
    if (!this.#isDoubted(probe.host, probe.port)) {
      // Answered meanwhile. The socket stays for a while: who was late once is late again.
      probe.questionsLeft = 0;
      probe.timer = setTimeout(() => this.#end(key), LINGER_MS);
      return;
    }
    // A bare header: nobody takes offence at it.
    this.#writer.begin(64, 0, 0);
    probe.socket.send(this.#writer.finish());
    probe.timer = setTimeout(() => this.#knock(key, probe), probe.againMs);
    probe.againMs *= probe.persistence.growth;
  }

  #end(key: string): void {
    const probe = this.#open.get(key);
    if (probe === undefined) return;
    this.#open.delete(key);
    clearTimeout(probe.timer);
    probe.socket.close();
  }
}

function newProbe(host: string, port: number): Probe {
  return {
    host,
    port,
    socket: createSocket({ type: host.includes(":") ? "udp6" : "udp4", lookup: asItIs }),
    persistence: isOwnMachine(host) ? OWN_MACHINE : ELSEWHERE,
    isConnected: false,
    timer: undefined,
    againMs: 0,
    questionsLeft: 0,
  };
}

/** Hosts are addresses here: there is nothing to look up, and nothing to wait for. */
function asItIs(
  host: string,
  _options: unknown,
  done: (error: null, address: string, family: number) => void,
): void {
  done(null, host, host.includes(":") ? 6 : 4);
}
