import { SkipnetError } from "../../../src/core/errors.ts";
import { type Log, silentLog } from "../../../src/core/log.ts";
import { type Random, seededRandom } from "../../../src/core/random.ts";
import type { Deferred, World } from "../../../src/core/world.ts";
import type {
  SocketEnd,
  StreamOwner,
  StreamSocket,
  StreamSockets,
} from "../../../src/transport/tcp/socket.ts";

interface Event {
  readonly atUs: number;
  readonly order: number;
  readonly run: () => void;
}

/** One end of a virtual connection. */
interface End {
  readonly machine: Machine;
  owner: StreamOwner | undefined;
  /** Nothing arrives before this: bytes stay in order. */
  arrivesUs: number;
  closed: boolean;
}

interface Pipe {
  readonly ends: readonly [End, End];
  broken: boolean;
}

/** Virtual time and virtual TCP between machines: for running whole transports deterministically. */
export class VirtualNet {
  readonly random: Random;
  readonly pipes = new Set<Pipe>();
  readonly listeners = new Map<
    string,
    { machine: Machine; accept: (s: StreamSocket) => StreamOwner | undefined }
  >();
  readonly latencyUs = 500;
  bytesPerSecond = Number.POSITIVE_INFINITY;
  chunkBytes = 200;
  nowUs = 1_000;
  #events: Event[] = [];
  #order = 0;
  #ports = 10_000;

  constructor(seed: string) {
    this.random = seededRandom(seed);
  }

  at(delayUs: number, run: () => void): void {
    const event = { atUs: this.nowUs + delayUs, order: this.#order++, run };
    let place = this.#events.length;
    while (place > 0 && (this.#events[place - 1] as Event).atUs > event.atUs) place--;
    this.#events.splice(place, 0, event);
  }

  takePort(): number {
    return this.#ports++;
  }

  /** Runs until this time; promises continue between events. */
  async run(us: number): Promise<void> {
    const endUs = this.nowUs + us;
    for (;;) {
      const next = this.#events[0];
      if (next === undefined || next.atUs > endUs) break;
      this.#events.shift();
      this.nowUs = next.atUs;
      next.run();
      for (let i = 0; i < 8; i++) await undefined;
    }
    this.nowUs = endUs;
  }

  connect(
    client: Machine,
    server: Machine,
    owner: StreamOwner,
  ): { pipe: Pipe; socket: StreamSocket } {
    const end = (machine: Machine): End => ({
      machine,
      owner: undefined,
      arrivesUs: 0,
      closed: false,
    });
    const pipe: Pipe = { ends: [end(client), end(server)], broken: false };
    pipe.ends[0].owner = owner;
    this.pipes.add(pipe);
    return { pipe, socket: this.socket(pipe, 0) };
  }

  socket(pipe: Pipe, side: 0 | 1): StreamSocket {
    const own = pipe.ends[side];
    const other = pipe.ends[1 - side] as End;
    return {
      remoteHost: other.machine.host,
      pendingBytes: 0,
      write: (bytes) => {
        if (own.closed || pipe.broken) return;
        let from = 0;
        while (from < bytes.length) {
          const to = Math.min(bytes.length, from + 1 + this.random.below(this.chunkBytes));
          const chunk = Buffer.from(bytes.subarray(from, to));
          this.#deliver(pipe, other, () => other.owner?.onData(chunk), chunk.length);
          from = to;
        }
      },
      end: () => {
        this.#deliver(pipe, other, () => this.close(pipe, other, "ended"));
        this.close(pipe, own, "ended");
      },
      destroy: () => {
        this.#deliver(pipe, other, () => this.close(pipe, other, "reset"));
        this.close(pipe, own, "ended");
      },
    };
  }

  /** The connection breaks: what is on its way is lost. */
  reset(pipe: Pipe): void {
    if (pipe.broken) return;
    pipe.broken = true;
    for (const end of pipe.ends) {
      this.at(this.random.below(2 * this.latencyUs), () => this.close(pipe, end, "reset"));
    }
  }

  close(pipe: Pipe, end: End, why: SocketEnd): void {
    if (end.closed) return;
    end.closed = true;
    if (pipe.ends.every(({ closed }) => closed)) this.pipes.delete(pipe);
    end.machine.soon(() => end.owner?.onClose(why));
  }

  #deliver(pipe: Pipe, to: End, event: () => void, bytes = 0): void {
    const delayUs = this.latencyUs + this.random.below(this.latencyUs);
    to.arrivesUs = Math.max(to.arrivesUs, this.nowUs + delayUs);
    to.arrivesUs += (bytes / this.bytesPerSecond) * 1e6;
    this.at(to.arrivesUs - this.nowUs, () => {
      if (!pipe.broken && !to.closed) to.machine.do(event);
    });
  }
}

/** A process on the virtual network: its world and its sockets. It can die and be stopped. */
export class Machine {
  readonly net: VirtualNet;
  readonly host: string;
  dead = false;
  hung = false;
  #held: (() => void)[] = [];

  constructor(net: VirtualNet, host: string) {
    this.net = net;
    this.host = host;
  }

  /** Runs in this process, unless it is dead; later, if it hangs. */
  do(event: () => void): void {
    if (this.dead) return;
    if (this.hung) this.#held.push(event);
    else event();
  }

  soon(event: () => void): void {
    this.net.at(0, () => this.do(event));
  }

  kill(): void {
    this.dead = true;
    for (const [key, { machine }] of [...this.net.listeners]) {
      if (machine === this) this.net.listeners.delete(key);
    }
    for (const pipe of [...this.net.pipes]) {
      if (pipe.ends.some(({ machine }) => machine === this)) this.net.reset(pipe);
    }
  }

  hang(off: boolean): void {
    this.hung = off;
    if (off) return;
    for (const event of this.#held.splice(0)) this.net.at(0, () => this.do(event));
  }

  world(log: Log = silentLog): World {
    return {
      nowUs: () => this.net.nowUs,
      wallMs: () => Math.floor(this.net.nowUs / 1000) + 1_700_000_000_000,
      random: () => this.net.random,
      timer: () => {
        throw new Error("not used by the transport");
      },
      after: (_member, delayUs, run) => {
        let live = true;
        this.net.at(delayUs, () => this.do(() => live && run()));
        return () => {
          live = false;
        };
      },
      deferred<T>(): Deferred<T> {
        let resolve!: (value: T) => void;
        let reject!: (error: Error) => void;
        const promise = new Promise<T>((yes, no) => {
          resolve = yes;
          reject = no;
        });
        return { promise, resolve, reject };
      },
      log,
    };
  }

  sockets(): StreamSockets {
    const { net } = this;
    return {
      listen: async (host, wanted, accept) => {
        const port = wanted === 0 ? net.takePort() : wanted;
        const key = `${host}:${port}`;
        if (net.listeners.has(key)) throw new SkipnetError("E_ADDRESS_IN_USE", key);
        net.listeners.set(key, { machine: this, accept });
        return { host, port, close: async () => void net.listeners.delete(key) };
      },
      dial: ({ host, port }, owner) => {
        const machine = net.listeners.get(`${host}:${port}`)?.machine ?? this;
        const { pipe, socket } = net.connect(this, machine, owner);
        net.at(net.latencyUs + net.random.below(net.latencyUs), () =>
          this.#reach(pipe, host, port),
        );
        return socket;
      },
      atTurnEnd: (run) => this.soon(run),
    };
  }

  #reach(pipe: Pipe, host: string, port: number): void {
    const { net } = this;
    const [client, server] = pipe.ends;
    if (pipe.broken || client.closed) return;
    const listener = net.listeners.get(`${host}:${port}`);
    if (listener === undefined) {
      net.at(net.latencyUs, () => net.close(pipe, client, "refused"));
      return;
    }
    net.at(net.latencyUs, () => {
      if (!pipe.broken && !client.closed) this.do(() => client.owner?.onConnect());
    });
    listener.machine.do(() => {
      server.owner = listener.accept(net.socket(pipe, 1));
    });
  }
}
