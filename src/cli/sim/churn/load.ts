import type { Ref } from "../../../core/contacts.ts";
import { SkipnetError } from "../../../core/errors.ts";
import type { Random } from "../../../core/random.ts";
import type { SimNetwork } from "../network.ts";
import type { SimRunOptions } from "../options.ts";
import type { Timeline } from "../timeline.ts";
import type { LiveRing } from "./live-ring.ts";
import { ln } from "./portable-math.ts";

const DEADLINE_US = 30_000_000;

/** What became of the lookups of a churning overlay. */
export interface ChurnLookups {
  count: number;
  /** No answer in time, or a no. */
  failed: number;
  /** Answered by a node whose the key was neither when it was asked for nor when the answer came. */
  inconsistent: number;
  /** Whoever asked has gone meanwhile: nobody waits for the answer. */
  abandoned: number;
  readonly errors: Record<string, number>;
  readonly hops: number[];
  readonly latenciesUs: number[];
}

interface LoadParts {
  readonly network: SimNetwork;
  readonly timeline: Timeline;
  readonly ring: LiveRing;
  readonly random: Random;
  /** Between two lookups of one member, in the mean. */
  readonly everyMs: number;
  readonly delivery: SimRunOptions["delivery"];
}

/** Lookups of random keys by random members, as a Poisson process: each member one in so long, in the mean. */
export class LookupLoad {
  readonly results: ChurnLookups = {
    count: 0,
    failed: 0,
    inconsistent: 0,
    abandoned: 0,
    errors: {},
    hops: [],
    latenciesUs: [],
  };
  readonly #parts: LoadParts;
  /** Lookups that count and are under way, by who asked. BOUNDED: `OPEN_ROUTES_MAX` of the overlay. */
  readonly #open = new Map<number, number>();
  #counts = false;
  #isOver = false;

  constructor(parts: LoadParts) {
    this.#parts = parts;
  }

  begin(): void {
    this.#next();
  }

  /** Lookups that begin from now on count. */
  measure(): void {
    this.#counts = true;
  }

  end(): void {
    this.#isOver = true;
  }

  /** Who asked has gone. */
  gone(number: number): void {
    this.results.abandoned += this.#open.get(number) ?? 0;
    this.#open.delete(number);
  }

  /** Lookups whose answer is still to come. */
  get openCount(): number {
    let sum = 0;
    for (const count of this.#open.values()) sum += count;
    return sum;
  }

  #next(): void {
    const { timeline, ring, random, everyMs } = this.#parts;
    const gapUs = (-ln(1 - random.float()) * everyMs * 1000) / Math.max(1, ring.count);
    timeline.after(Math.max(1, Math.round(gapUs)), () => {
      if (this.#isOver) return;
      if (ring.count > 0) this.#ask();
      this.#next();
    });
  }

  #ask(): void {
    const { network, ring, random, timeline, delivery } = this.#parts;
    const from = ring.at(random.below(ring.count));
    const named = ring.at(random.below(ring.count));
    const key = network.contacts.nameOnly(`${network.name(named)}/key`);
    // Passing contacts are forgotten: the key is looked up once more when the answer is there.
    const text = network.contacts.name(key);
    const owner = this.#ownerOf(key);
    const host = network.host(from);
    const startUs = network.simulation.nowUs;
    const counts = this.#counts;
    if (counts) {
      this.results.count++;
      this.#open.set(from, (this.#open.get(from) ?? 0) + 1);
    }
    const { net, member } = network.node(from);
    const isWaiting = (): boolean => {
      if (!counts || network.host(from) !== host) return false;
      const open = this.#open.get(from) ?? 0;
      if (open > 0) this.#open.set(from, open - 1);
      return open > 0;
    };
    const options = { deadlineUs: DEADLINE_US, delivery };
    network
      .acting(from, () => net.routeToName(member, key, undefined, options))
      .then(
        ({ by, hops }) => {
          if (!isWaiting()) return;
          this.results.hops.push(hops);
          this.results.latenciesUs.push(network.simulation.nowUs - startUs);
          const now = this.#ownerOf(network.contacts.nameOnly(text));
          if (by !== owner && by !== now) this.results.inconsistent++;
        },
        (error: unknown) => {
          if (!(error instanceof SkipnetError) || error.code === "E_INTERNAL") {
            timeline.fail(error);
            return;
          }
          if (!isWaiting()) return;
          this.results.failed++;
          this.results.errors[error.code] = (this.results.errors[error.code] ?? 0) + 1;
        },
      );
  }

  #ownerOf(key: Ref): Ref | undefined {
    const { network, ring } = this.#parts;
    const owner = ring.ownerOf(key);
    return owner === undefined ? undefined : network.ref(owner);
  }
}
