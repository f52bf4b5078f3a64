import type { Incarnation } from "../../../src/core/address.ts";
import { parseAddress } from "../../../src/core/address.ts";
import { type Random, seededRandom } from "../../../src/core/random.ts";
import type { Peer, Token } from "../../../src/transport/transport.ts";
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
  /** Questions about third parties that were not taken, answers that nobody had asked for, and those that counted. */
  readonly errandsDeclined: number;
  readonly strayVouches: number;
  readonly vouched: number;
}

const SESSIONS = 64;
const KEPT = 512;
const THROWN_SHOWN = 5;
/** Cases after which the processes are started anew, and how many fall between two turns of theirs. */
const LIFE = 5_000;
const TURN = 4;
/** Who is down stays down, and has little to say: so soon after it all begin anew. */
const AFTERLIFE = 500;
const HOST = "10.0.0.1";
const PORTS = [1, 2, 3] as const;
const COUNTED = [
  "malformed",
  "strayed",
  "stale",
  "forgedAcks",
  "errandsDeclined",
  "strayVouches",
  "vouched",
] as const;
/** How often, and for how long, two of the processes do not reach each other. */
const CUT_CHANCE = 0.02;
const CUT_US = 400_000;

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

  /** They may be asked about each other. */
  assistedBy(others: readonly Process[]): void {
    const peers = others.map((other) => this.peer(other));
    this.protocol.assistedBy((about) => peers.filter((peer) => peer !== about));
  }

  peer({ port, incarnation }: Process): Peer {
    return this.directory.claim({ address: parseAddress(`udp://${HOST}:${port}`), incarnation });
  }

  talk(to: Process, size: number, token: number, nowUs: number): void {
    const peer = this.peer(to);
    this.protocol.send(peer, Note.make({ body: new Uint8Array(size) }), token as Token, nowUs);
  }
}

/**
 * Three processes talk in virtual time while so many datagrams are thrown at them: random ones, and those
 * of their own conversation, changed and sealed anew, from right and wrong addresses. Now and then two of them do not
 * reach each other, and ask the third.
 */
export function fuzz(cases: number, seed: string): Fuzzed {
  return new Fuzz(seed).run(cases);
}

class Fuzz {
  readonly #random: Random;
  readonly #genuine: Uint8Array[] = [];
  readonly #thrown: string[] = [];
  readonly #counted = {
    malformed: 0,
    strayed: 0,
    stale: 0,
    forgedAcks: 0,
    errandsDeclined: 0,
    strayVouches: 0,
    vouched: 0,
  } satisfies Record<(typeof COUNTED)[number], number>;
  readonly #most = { heldBytes: 0, sessions: 0, peers: 0 };
  #processes: readonly Process[];
  #lives = 0;
  #kept = 0;
  #nowUs = 1_000_000;
  /** Process 3 reaches everybody; 1 and 2 do not reach each other until then. */
  #cutUntilUs = 0;
  #tokens = 0;
  /** The case before which all begin anew. */
  #endsAt = LIFE;
  #someDown = false;
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
      if (n === this.#endsAt) {
        this.#end();
        this.#processes = this.#born();
        this.#endsAt = n + LIFE;
      }
      if (this.#someDown) this.#endsAt = Math.min(this.#endsAt, n + AFTERLIFE);
      this.#someDown = false;
      if (n === Math.floor(cases / 10)) heapBytes = settledHeapBytes();
      const target = this.#processes[random.below(PORTS.length)] as Process;
      const datagram = mutate(random, this.#genuine);
      const port = random.chance(0.7) ? 1 + random.below(PORTS.length) : random.below(65_536);
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

  #born(): readonly Process[] {
    this.#lives++;
    const born = PORTS.map((port) => new Process(port, this.#lives, this.#random));
    for (const one of born) one.assistedBy(born.filter((other) => other !== one));
    return born;
  }

  /** All say something now and then, hear each other, and time passes. */
  #turn(): void {
    const random = this.#random;
    this.#nowUs += random.chance(0.001) ? random.below(3_000_000) : random.below(2_000);
    if (random.chance(CUT_CHANCE)) this.#cutUntilUs = this.#nowUs + CUT_US;
    for (const from of this.#processes) {
      this.#say(from);
      this.#deliver(from);
    }
  }

  #say(from: Process): void {
    const random = this.#random;
    for (const to of this.#processes) {
      if (to === from || !random.chance(0.05)) continue;
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
  }

  #deliver(from: Process): void {
    const sent: [Process, Uint8Array][] = [];
    from.protocol.poll(this.#nowUs, (bytes, _host, port) => {
      const to = this.#processes.find((process) => process.port === port);
      if (to !== undefined) sent.push([to, bytes]);
    });
    this.#hear(from);
    for (const [to, bytes] of sent) {
      this.#genuine[this.#kept++ % KEPT] = bytes.slice();
      if (this.#random.chance(0.02) || this.#isCut(from, to)) continue;
      to.protocol.input(bytes, HOST, from.port, this.#nowUs);
      this.#hear(to);
    }
  }

  #isCut(from: Process, to: Process): boolean {
    return from.port + to.port === 3 && this.#nowUs < this.#cutUntilUs;
  }

  #hear({ protocol, directory }: Process): void {
    const most = this.#most;
    most.heldBytes = Math.max(most.heldBytes, protocol.heldBytes);
    most.sessions = Math.max(most.sessions, protocol.sessionCount);
    most.peers = Math.max(most.peers, directory.size);
    for (let event = protocol.events.take(); event !== undefined; event = protocol.events.take()) {
      if (event.kind === "peer" && event.state === "down") this.#someDown = true;
      if (event.kind === "verdict" && !this.#open.delete(event.token)) this.#doubled++;
    }
  }

  /** All close: everything open is settled. */
  #end(): void {
    for (const process of this.#processes) {
      process.protocol.close(this.#nowUs, () => {});
      this.#hear(process);
      for (const what of COUNTED) this.#counted[what] += process.protocol.counters[what];
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
