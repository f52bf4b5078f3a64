import type { Faults } from "../faults.ts";
import type { LatencyModel } from "../latency.ts";
import { BurstState } from "./burst-loss.ts";
import { type LinkConditions, PLAIN_LINK } from "./conditions.ts";
import type { DropCause } from "./counters.ts";
import type { PacketKernel } from "./kernel.ts";
import { DROPPED, type Link } from "./link.ts";
import { burstStream, type Machine } from "./machines.ts";
import type { PacketSource } from "./network.ts";
import type { Passage } from "./passage.ts";

/** What a packet meets between its sender and its receiver, in order; each step may be its last. */
export class PacketWay {
  readonly #kernel: PacketKernel;
  readonly #faults: Faults;
  readonly #latency: LatencyModel;
  readonly #passage: Passage;
  #path: LinkConditions = PLAIN_LINK;
  /** By pair of hosts. BOUNDED: pairs that talk while bursts are on. */
  readonly #pathBursts = new Map<number, BurstState>();

  constructor(kernel: PacketKernel, faults: Faults, latency: LatencyModel, passage: Passage) {
    this.#kernel = kernel;
    this.#faults = faults;
    this.#latency = latency;
    this.#passage = passage;
  }

  setPath(path: LinkConditions): void {
    if (path.burst !== this.#path.burst) this.#pathBursts.clear();
    this.#path = path;
  }

  uplink(machine: Machine, bytes: number): DropCause | undefined {
    return machine.up.isPlain ? undefined : this.link(machine.up, bytes, "uplinkQueue");
  }

  /** One direction of a host's link: its queue, then its line. */
  link(link: Link, bytes: number, full: DropCause): DropCause | undefined {
    const passage = this.#passage;
    const refusal = passage.refusal(link.conditions, bytes);
    if (refusal !== undefined) return refusal;
    const throughUs = link.pass(passage.atUs, bytes);
    if (throughUs === DROPPED) return full;
    passage.atUs = throughUs;
    const heldUs = link.numberedUs();
    if (heldUs === DROPPED) return "numbered";
    passage.atUs += heldUs;
    const flipsBefore = passage.flips;
    const cause = passage.meet(link.conditions, link.burst, link.spares);
    link.met(cause !== undefined || passage.flips > flipsBefore);
    return cause;
  }

  /** Faults of the run, the path's conditions, and the propagation delay. */
  between(from: PacketSource, to: Machine, port: number, bytes: number): DropCause | undefined {
    const passage = this.#passage;
    const faults = this.#faults;
    const { machine } = from;
    let target = from.number;
    if (!faults.isEmpty || faults.hasLossy) {
      target = to.udp.get(port)?.process ?? to.lastProcess;
      const extraUs = faults.extraUs(from.number, target, this.#kernel.nowUs);
      if (extraUs < 0) return "cut";
      passage.atUs += extraUs;
    }
    if (faults.isLost(from.number, target)) return "loss";
    if (this.#path !== PLAIN_LINK) {
      const cause =
        passage.refusal(this.#path, bytes) ??
        passage.meet(this.#path, this.#pathBurst(machine, to));
      if (cause !== undefined) return cause;
    }
    passage.atUs += this.#latency.delayUs(machine.number, to.number);
    return undefined;
  }

  #pathBurst(from: Machine, to: Machine): BurstState | undefined {
    const { burst } = this.#path;
    if (burst === undefined) return undefined;
    const pair = from.number * 0x20_0000 + to.number;
    let state = this.#pathBursts.get(pair);
    if (state === undefined) {
      const stream = burstStream(this.#kernel.random, "path", `${from.host}.${to.host}`);
      state = new BurstState(burst, stream(), this.#kernel.nowUs);
      this.#pathBursts.set(pair, state);
    }
    return state;
  }
}
