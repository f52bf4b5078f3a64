import type { World } from "../../core/world.ts";
import type { Connection } from "./connection.ts";
import { FRAME_PING } from "./frames.ts";
import { Liveness } from "./liveness.ts";
import type { TcpOptions } from "./options.ts";
import { Rounds } from "./rounds.ts";
import { RttEstimator } from "./rtt.ts";

/** What a prober asks and tells. */
export interface ProberEvents {
  /** Whether anybody waits for news of this peer. */
  wanted(): boolean;
  /** Whether to ask the peer even if nothing has been missed yet. */
  watched(): boolean;
  /** The connection in use, or being greeted on; undefined while there is none. */
  connection(): Connection | undefined;
  /** How long a connection has been wanted in vain. */
  triedUs(): number;
  onSuspect(): void;
  /** The verdict: the peer is dead. */
  onSilent(): void;
  /** Heard from again after `onSuspect`. */
  onAgain(): void;
}

/**
 * Whether the peer's program answers: probe rounds while somebody wants to know, and round-trip
 * times from probes and acknowledgements. Under the policy `os` it measures and does not judge.
 */
export class Prober {
  readonly #world: World;
  readonly #options: TcpOptions;
  readonly #events: ProberEvents;
  readonly #liveness: Liveness;
  readonly #rounds: Rounds;
  readonly #rtt = new RttEstimator();
  #roundsRun = 0;
  #nonce = 0;
  #awaited = 0;
  #pingUs = 0;
  #timedId = 0;
  #timedUs = 0;
  #lastHeardUs: number | undefined;

  constructor(world: World, options: TcpOptions, events: ProberEvents) {
    this.#world = world;
    this.#options = options;
    this.#events = events;
    this.#liveness = new Liveness(options);
    this.#rounds = new Rounds(world, {
      roundUs: () => this.rtoUs,
      wanted: () => events.wanted(),
      begin: () => this.#begin(),
      end: () => this.#end(),
    });
  }

  get state(): "up" | "suspect" {
    return this.#liveness.state === "up" ? "up" : "suspect";
  }
  get srttUs(): number | undefined {
    return this.#rtt.srttUs;
  }
  get rttVarUs(): number | undefined {
    return this.#rtt.rttVarUs;
  }
  /** Also the length of a round. */
  get rtoUs(): number {
    return Math.max(this.#options.probeIntervalUs, this.#rtt.rtoUs);
  }
  get loss(): number {
    return this.#liveness.loss;
  }
  get lastHeardUs(): number | undefined {
    return this.#lastHeardUs;
  }

  /** Somebody wants to know from now on. */
  start(): void {
    if (this.#options.policy === "os" || this.#rounds.running) return;
    this.#roundsRun = 0;
    if (this.#liveness.state === "up") this.#liveness.reset();
    this.#rounds.start();
  }

  stop(): void {
    this.#rounds.stop();
    this.#liveness.reset();
  }

  /** The dial reached the peer's kernel; its program gets whole rounds to greet us. */
  onConnected(dialUs: number): void {
    this.#rtt.sample(dialUs);
    this.#liveness.reset();
  }

  onHeard(): void {
    this.#lastHeardUs = this.#world.nowUs();
    if (this.#liveness.heard()) this.#events.onAgain();
  }

  onPong(nonce: number): void {
    if (nonce === 0 || nonce !== this.#awaited) return;
    this.#awaited = 0;
    this.#rtt.sample(this.#world.nowUs() - this.#pingUs);
  }

  /** A message was transmitted for the first time. One at a time is timed. */
  onTransmit(id: number): void {
    if (this.#timedId !== 0) return;
    this.#timedId = id;
    this.#timedUs = this.#world.nowUs();
  }

  /** Karn's rule: a message that may be transmitted again is not timed any more. */
  onConnectionLost(): void {
    this.#timedId = 0;
    this.#awaited = 0;
  }

  onAck(id: number): void {
    if (this.#timedId === 0 || id < this.#timedId) return;
    this.#timedId = 0;
    this.#rtt.sample(this.#world.nowUs() - this.#timedUs);
  }

  #begin(): void {
    // The first round of a send needs no probe: the message itself asks for an answer.
    const ask = this.#events.watched() || this.#roundsRun > 0;
    this.#roundsRun++;
    const connection = this.#events.connection();
    if (!ask || connection?.state !== "open") return;
    this.#nonce = (this.#nonce % 0xffff_ffff) + 1;
    this.#awaited = this.#nonce;
    this.#pingUs = this.#world.nowUs();
    connection.probe(FRAME_PING, this.#nonce);
  }

  #end(): void {
    const wasUp = this.#liveness.state === "up";
    const state = this.#liveness.endRound();
    const reached = this.#events.connection() !== undefined;
    const over = reached
      ? state === "down"
      : this.#events.triedUs() >= this.#options.connectTimeoutUs;
    if (wasUp && state !== "up") this.#events.onSuspect();
    if (over) this.#events.onSilent();
  }
}
