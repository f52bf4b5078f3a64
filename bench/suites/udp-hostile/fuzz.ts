import type { Incarnation } from "../../../src/core/address.ts";
import { parseAddress } from "../../../src/core/address.ts";
import { type Random, seededRandom } from "../../../src/core/random.ts";
import type { Token } from "../../../src/transport/transport.ts";
import { type UdpOptions, udpOptions } from "../../../src/transport/udp/options.ts";
import { PeerDirectory } from "../../../src/transport/udp/peer-directory.ts";
import { UdpProtocol } from "../../../src/transport/udp/protocol.ts";
import { settledHeapBytes } from "./idle-peers.ts";
import { mutate } from "./mutations.ts";
import { Note, noteCodec } from "./note.ts";

/** What a run of fuzzing came to. */
export interface Fuzzed {
  readonly cases: number;
  /** What was thrown, with the number of the case. */
  readonly thrown: readonly string[];
  readonly perSecond: number;
  readonly heldBytesMost: number;
  readonly heldBytesLimit: number;
  readonly sessionsMost: number;
  readonly peersMost: number;
  readonly sessionsLimit: number;
  readonly heapGrowthBytes: number;
  readonly tokens: number;
  readonly verdicts: number;
  /** Cases that did not parse, that were of no session, that were late, that claimed too much. */
  readonly malformed: number;
  readonly strayed: number;
  readonly stale: number;
  readonly forgedAcks: number;
}

const SESSIONS = 64;
const KEPT = 512;
const THROWN_SHOWN = 5;
/** Cases after which the processes are started anew, and how many fall between two turns of theirs. */
const LIFE = 5_000;
const TURN = 4;
const HOST = "10.0.0.1";

const OPTIONS: UdpOptions = udpOptions({
  preset: "lan",
  sessionsMax: SESSIONS,
  halfOpenMax: 32,
  hellosPerSecond: 200,
  hellosPerPrefix: 200,
  inboxBytes: 8 << 20,
  queueBytes: 1 << 20,
  nodeQueueBytes: 2 << 20,
  reassemblyPeerBytes: 256 << 10,
  reassemblyNodeBytes: 1 << 20,
});

class Process {
  readonly directory = new PeerDirectory();
  readonly protocol: UdpProtocol;
  readonly incarnation: Incarnation;
  readonly port: number;

  constructor(port: number, life: number, random: Random) {
    this.port = port;
    this.incarnation = (1_000 + life) as Incarnation;
    this.protocol = new UdpProtocol({
      options: OPTIONS,
      codec: noteCodec,
      incarnation: this.incarnation,
      directory: this.directory,
      random: random.fork(`${port}/${life}`),
    });
  }

  talk(to: Process, size: number, token: number, nowUs: number): void {
    const address = parseAddress(`udp://${HOST}:${to.port}`);
    const peer = this.directory.claim({ address, incarnation: to.incarnation });
    this.protocol.send(peer, Note.make({ body: new Uint8Array(size) }), token as Token, nowUs);
  }
}

/**
 * Two processes talk in virtual time while so many datagrams are thrown at them: random ones, and those
 * of their own conversation, changed and sealed anew, from right and wrong addresses.
 */
export function fuzz(cases: number, seed: string): Fuzzed {
  return new Fuzz(seed).run(cases);
}

class Fuzz {
  readonly #random: Random;
  readonly #genuine: Uint8Array[] = [];
  readonly #thrown: string[] = [];
  readonly #counted = { malformed: 0, strayed: 0, stale: 0, forgedAcks: 0 };
  readonly #most = { heldBytes: 0, sessions: 0, peers: 0 };
  #processes: readonly [Process, Process];
  #lives = 0;
  #kept = 0;
  #nowUs = 1_000_000;
  #tokens = 0;
  readonly #open = new Set<number>();
  #doubled = 0;

  constructor(seed: string) {
    this.#random = seededRandom(seed, "xor128");
    this.#processes = this.#born();
  }

  run(cases: number): Fuzzed {
    const random = this.#random;
    const startedMs = performance.now();
    let heapBytes = 0;
    for (let n = 0; n < cases; n++) {
      if (n % LIFE === LIFE - 1) {
        this.#end();
        this.#processes = this.#born();
      }
      if (n === Math.floor(cases / 10)) heapBytes = settledHeapBytes();
      const target = random.chance(0.5) ? this.#processes[0] : this.#processes[1];
      const datagram = mutate(random, this.#genuine);
      const port = random.chance(0.7) ? 3 - target.port : random.below(65_536);
      this.#guard(n, () => target.protocol.input(datagram, HOST, port, this.#nowUs));
      if (n % TURN === 0) this.#guard(n, () => this.#turn());
      if (this.#thrown.length >= THROWN_SHOWN) break;
    }
    this.#end();
    const heapGrowthBytes = settledHeapBytes() - heapBytes;
    return {
      cases,
      thrown: this.#thrown,
      perSecond: (cases / (performance.now() - startedMs)) * 1_000,
      heldBytesMost: this.#most.heldBytes,
      heldBytesLimit: OPTIONS.nodeQueueBytes + OPTIONS.reassemblyNodeBytes,
      sessionsMost: this.#most.sessions,
      peersMost: this.#most.peers,
      sessionsLimit: SESSIONS,
      heapGrowthBytes,
      tokens: this.#tokens,
      verdicts: this.#tokens - this.#open.size - this.#doubled,
      ...this.#counted,
    };
  }

  #born(): [Process, Process] {
    this.#lives++;
    return [new Process(1, this.#lives, this.#random), new Process(2, this.#lives, this.#random)];
  }

  /** Both say something now and then, hear each other, and time passes. */
  #turn(): void {
    const random = this.#random;
    const [a, b] = this.#processes;
    this.#nowUs += random.chance(0.001) ? random.below(3_000_000) : random.below(2_000);
    for (const [from, to] of [
      [a, b],
      [b, a],
    ] as const) {
      if (random.chance(0.1)) {
        const size = random.chance(0.05) ? random.below(20_000) : random.below(200);
        const token = ++this.#tokens;
        this.#open.add(token);
        const before = from.protocol.counters.messagesSent;
        from.talk(to, size, token, this.#nowUs);
        // A full queue takes nothing and owes nothing.
        if (from.protocol.counters.messagesSent === before) {
          this.#open.delete(token);
          this.#tokens--;
        }
      }
      const way: Uint8Array[] = [];
      from.protocol.poll(this.#nowUs, (bytes, _host, port) => {
        if (port === to.port) way.push(bytes);
      });
      this.#hear(from);
      for (const bytes of way) {
        this.#genuine[this.#kept++ % KEPT] = bytes.slice();
        if (!random.chance(0.02)) to.protocol.input(bytes, HOST, from.port, this.#nowUs);
      }
      this.#hear(to);
    }
  }

  #hear({ protocol, directory }: Process): void {
    const most = this.#most;
    most.heldBytes = Math.max(most.heldBytes, protocol.heldBytes);
    most.sessions = Math.max(most.sessions, protocol.sessionCount);
    most.peers = Math.max(most.peers, directory.size);
    for (let event = protocol.events.take(); event !== undefined; event = protocol.events.take()) {
      if (event.kind === "verdict" && !this.#open.delete(event.token)) this.#doubled++;
    }
  }

  /** Both close: everything open is settled. */
  #end(): void {
    for (const process of this.#processes) {
      process.protocol.close(this.#nowUs, () => {});
      this.#hear(process);
      const { malformed, strayed, stale, forgedAcks } = process.protocol.counters;
      this.#counted.malformed += malformed;
      this.#counted.strayed += strayed;
      this.#counted.stale += stale;
      this.#counted.forgedAcks += forgedAcks;
    }
  }

  #guard(n: number, run: () => void): void {
    try {
      run();
    } catch (error) {
      this.#thrown.push(`case ${n}: ${error instanceof Error ? error.stack : String(error)}`);
    }
  }
}
