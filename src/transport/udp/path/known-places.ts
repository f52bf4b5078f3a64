import type { Random } from "../../../core/random.ts";
import type { Session } from "../session/session.ts";
import { addressKey } from "../session/session-table.ts";
import { type Coordinate, foretoldRttUs, isPlausible, OwnPlace } from "./coordinate.ts";

/** Addresses whose last place is remembered, so that a first timeout need not be guessed. */
const PLACES_MAX = 4_096;
/** How often a peer is told where we are: while we are still finding out, and once we know. */
const SEEKING_US = 1_000_000;
const SETTLED_US = 10_000_000;
const SETTLED_ERROR = 0.3;

/** Where this process and its peers are in network space. */
export class KnownPlaces {
  readonly #own: OwnPlace;
  /** BOUNDED: `PLACES_MAX`, longest unheard out first. */
  readonly #byAddress = new Map<string, Coordinate>();

  constructor(random: Random) {
    this.#own = new OwnPlace(random);
  }

  get own(): Coordinate {
    return this.#own.coordinate;
  }

  /** The next packet to this peer says where we are. */
  isDue(session: Session, nowUs: number): boolean {
    return nowUs >= session.path.placeDueUs;
  }

  told(session: Session, nowUs: number): void {
    session.path.placeDueUs = nowUs + (this.own.error > SETTLED_ERROR ? SEEKING_US : SETTLED_US);
  }

  /** A peer says where it is. False: it cannot be there. */
  heard(session: Session, place: Coordinate): boolean {
    if (!isPlausible(place)) return false;
    const { srttUs } = session.rtt;
    if (srttUs !== undefined) this.#own.sample(place, srttUs);
    const key = addressKey(session.host, session.port);
    this.#byAddress.delete(key);
    this.#byAddress.set(key, { ...place });
    if (this.#byAddress.size <= PLACES_MAX) return true;
    const oldest = this.#byAddress.keys().next().value;
    if (oldest !== undefined) this.#byAddress.delete(oldest);
    return true;
  }

  /** The last known place of an address. */
  of(host: string, port: number): Coordinate | undefined {
    return this.#byAddress.get(addressKey(host, port));
  }

  /** The round trip to an address, foretold, while we and it know where we are; else `undefined`. */
  rttUs(host: string, port: number): number | undefined {
    const place = this.of(host, port);
    const sure = place !== undefined && place.error < 1 && this.own.error < 1;
    return sure ? foretoldRttUs(this.own, place) : undefined;
  }
}
