import { type Address, ANY_INCARNATION } from "../../core/address.ts";
import { SkipnetError } from "../../core/errors.ts";
import type { Random } from "../../core/random.ts";
import type { SimNetwork } from "./network.ts";
import type { Timeline } from "./timeline.ts";

/** Then it begins anew through others: those it knew may all have died. */
const JOIN_DEADLINE_US = 60_000_000;
/** Wait of a node whose join failed: its former life may still stand in tables. */
const RETRY_US = 1_000_000;
/** Addresses that a node tries to join through, of those it knew; and of members that others name to it. */
const SEEDS_MAX = 16;
const NAMED = 3;

/**
 * Brings nodes into the overlay while it runs: those that come, and those that come back. A join that fails is
 * begun anew, as a process would by its supervisor, until it succeeds or the node dies.
 */
export class Entrance {
  /** Joins that are under way. */
  open = 0;
  /** Joins that were begun anew. */
  retried = 0;
  readonly #network: SimNetwork;
  readonly #timeline: Timeline;
  readonly #random: Random;
  readonly #members: () => readonly number[];

  /** `members`: who is in the overlay now, for newcomers that know nobody. */
  constructor(
    network: SimNetwork,
    timeline: Timeline,
    random: Random,
    members: () => readonly number[],
  ) {
    this.#network = network;
    this.#timeline = timeline;
    this.#random = random;
    this.#members = members;
  }

  /** A node joins through these addresses, or a random member; `entered` is called if it is in, in that life. */
  enter(number: number, known: readonly Address[], entered: () => void): void {
    const host = this.#network.host(number);
    this.open++;
    const isSameLife = (): boolean => this.#network.host(number) === host;
    const attempt = (tries: number): void => {
      if (!isSameLife()) return;
      this.#join(number, tries === 0 ? known : []).then(
        () => {
          if (!isSameLife()) return;
          this.open--;
          entered();
        },
        (error: unknown) => {
          if (!(error instanceof SkipnetError)) {
            this.#timeline.fail(error);
            return;
          }
          this.retried++;
          this.#timeline.after(RETRY_US, () => attempt(tries + 1));
        },
      );
    };
    attempt(0);
  }

  /** The node died before it was in. */
  gaveUp(): void {
    this.open--;
  }

  #join(number: number, known: readonly Address[]): Promise<void> {
    const network = this.#network;
    const { net, member } = network.node(number);
    const members = this.#members();
    if (members.length === 0) {
      network.acting(number, () => net.create(member));
      return Promise.resolve();
    }
    const named = Array.from({ length: NAMED }, () =>
      network.seed(members[this.#random.below(members.length)] as number),
    );
    const seeds = known
      .slice(0, SEEDS_MAX)
      .map((address) => ({ address, incarnation: ANY_INCARNATION }));
    return network.acting(number, () =>
      net.join(member, [...seeds, ...named], { deadlineUs: JOIN_DEADLINE_US }),
    );
  }
}
