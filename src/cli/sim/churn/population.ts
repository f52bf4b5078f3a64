import type { Random } from "../../../core/random.ts";
import type { Entrance } from "../entrance.ts";
import type { LiveNodes } from "../live-nodes.ts";
import type { SimNetwork } from "../network.ts";
import type { Timeline } from "../timeline.ts";
import { drawMs } from "./lifetimes.ts";
import type { LiveRing } from "./live-ring.ts";
import type { Place, PlaceAtStart } from "./plan.ts";
import type { ChurnModel } from "./spec.ts";
import type { ChurnTrace } from "./trace.ts";

/** Comings and goings, counted. */
export interface ChurnCounters {
  /** Nodes that began to join, and that were in. */
  joins: number;
  joined: number;
  leaves: number;
  crashes: number;
  /** Nodes that went before they were in. */
  cutShort: number;
}

export interface PopulationParts {
  readonly network: SimNetwork;
  readonly timeline: Timeline;
  readonly entrance: Entrance;
  readonly alive: LiveNodes;
  readonly ring: LiveRing;
  readonly random: Random;
  /** The name of a new node that follows this one at its place. */
  readonly nameAfter: (number: number) => string;
  /** A node has gone: what it had begun ends with it. */
  readonly onGone: (number: number) => void;
}

/** Lets nodes come and go: by a model, or by a trace. */
export class Population {
  readonly counters: ChurnCounters = { joins: 0, joined: 0, leaves: 0, crashes: 0, cutShort: 0 };
  readonly #parts: PopulationParts;
  /** Nodes whose join is under way. BOUNDED: one entry a place. */
  readonly #joining = new Set<number>();
  #isOver = false;

  constructor(parts: PopulationParts) {
    this.#parts = parts;
  }

  /** Places live on from now; the nodes of those that are up are in, and numbered as they are. */
  follow(model: ChurnModel, places: readonly PlaceAtStart[]): void {
    places.forEach((place, number) => {
      this.#after(place.remainingMs, () => {
        if (place.isUp) this.#sessionEnds(model, place, number);
        else this.#sessionBegins(model, place, undefined);
      });
    });
  }

  /** A trace goes on after its first moment. Its nodes that joined then are in, and numbered as there. */
  replay({ steps }: ChurnTrace, rejoin: ChurnModel["rejoin"]): void {
    const { timeline, network } = this.#parts;
    const beganUs = network.simulation.nowUs;
    const firstUs = steps[0]?.atUs ?? 0;
    /** By the trace's number. */
    const numbers = new Map<number, number>();
    for (const { atUs, node, what } of steps) {
      if (atUs === firstUs && what === "join" && !numbers.has(node)) {
        numbers.set(node, node);
        continue;
      }
      timeline.at(beganUs + atUs - firstUs, () => {
        if (this.#isOver) return;
        const number = numbers.get(node);
        if (what === "join") numbers.set(node, this.#comes(number, rejoin));
        else if (number !== undefined) this.#goes(number, what === "leave");
      });
    }
  }

  /** From now on nobody comes or goes; who joins goes on to. */
  end(): void {
    this.#isOver = true;
  }

  #sessionEnds(model: ChurnModel, place: Place, number: number): void {
    this.#goes(number, this.#parts.random.chance(model.politeShare));
    const downMs = drawMs(place.downtime, this.#parts.random);
    this.#after(downMs, () => this.#sessionBegins(model, place, number));
  }

  #sessionBegins(model: ChurnModel, place: Place, former: number | undefined): void {
    const number = this.#comes(former, model.rejoin);
    const upMs = drawMs(place.session, this.#parts.random);
    this.#after(upMs, () => this.#sessionEnds(model, place, number));
  }

  #comes(former: number | undefined, rejoin: ChurnModel["rejoin"]): number {
    const { network, entrance, alive, ring, nameAfter } = this.#parts;
    let number = former;
    if (number === undefined || rejoin === "new") number = network.addNode(nameAfter(number ?? 0));
    else network.restart(number, true);
    const entered = number;
    this.counters.joins++;
    this.#joining.add(entered);
    entrance.enter(entered, [], () => {
      this.#joining.delete(entered);
      this.counters.joined++;
      alive.add(entered);
      ring.add(entered);
    });
    return entered;
  }

  #goes(number: number, isPolite: boolean): void {
    const { network, entrance, alive, ring, onGone } = this.#parts;
    const isCutShort = this.#joining.delete(number);
    if (isCutShort) {
      this.counters.cutShort++;
      entrance.gaveUp();
    } else {
      alive.delete(number);
      ring.delete(number);
    }
    if (isPolite && !isCutShort) {
      this.counters.leaves++;
      network.leave(number);
    } else {
      this.counters.crashes++;
      network.crash(number);
    }
    onGone(number);
  }

  #after(ms: number, step: () => void): void {
    this.#parts.timeline.after(ms * 1000, () => {
      if (!this.#isOver) step();
    });
  }
}
