import type { Random } from "../../../core/random.ts";

/**
 * A place in network space, so that the round trip between two processes that never met can be
 * foretold: the distance of their places and both heights, microseconds. `error` is the relative
 * error that its owner expects, 0 to 1.5. Source: Dabek et al., Vivaldi (SIGCOMM 2004).
 */
export interface Coordinate {
  readonly x: number;
  readonly y: number;
  readonly z: number;
  /** From the process to the core of the network and back: its access link. */
  readonly heightUs: number;
  readonly error: number;
}

/** The same, while it is being read or computed. */
export type MutableCoordinate = { -readonly [K in keyof Coordinate]: Coordinate[K] };

/** Farthest from the origin, each way: no path on Earth needs more. */
const PLACE_US_MAX = 2_000_000;
const HEIGHT_US_MAX = 1_000_000;
const HEIGHT_US_MIN = 16;
const ERROR_MAX = 1.5;
/** Nobody's word counts as more certain than this: a liar claims no error at all. */
const ERROR_BELIEVED_MIN = 0.05;
/** How far one sample may move us. */
const STEP_US_MAX = 100_000;
/** Round trips beyond this teach nothing about places. */
const RTT_US_MAX = 10_000_000;
/** Share of the way that a sample of a perfectly known peer moves us, and how fast our error adapts. */
const TIMESTEP = 0.25;

/** The round trip foretold between two places. */
export function foretoldRttUs(a: Coordinate, b: Coordinate): number {
  return Math.hypot(a.x - b.x, a.y - b.y, a.z - b.z) + a.heightUs + b.heightUs;
}

/** Whether a place that somebody claims is one that can be. */
export function isPlausible({ x, y, z, heightUs, error }: Coordinate): boolean {
  const near = Math.max(Math.abs(x), Math.abs(y), Math.abs(z)) <= PLACE_US_MAX;
  return near && heightUs >= 0 && heightUs <= HEIGHT_US_MAX && error >= 0 && error <= 2;
}

/**
 * Our own place, found by the round trips to peers whose places are known. Each sample pulls or pushes
 * along the line to the peer, by a share that is the larger the less we know compared to the peer.
 */
export class OwnPlace {
  readonly #random: Random;
  readonly #at: MutableCoordinate = { x: 0, y: 0, z: 0, heightUs: 100, error: ERROR_MAX };

  constructor(random: Random) {
    this.#random = random;
  }

  get coordinate(): Coordinate {
    return this.#at;
  }

  /** A round trip to a peer at this place. False: implausible, nothing changed. */
  sample(peer: Coordinate, rttUs: number): boolean {
    if (!(rttUs > 0 && rttUs <= RTT_US_MAX) || !isPlausible(peer)) return false;
    const at = this.#at;
    const peerError = Math.max(ERROR_BELIEVED_MIN, peer.error);
    const weight = at.error / (at.error + peerError);
    const foretoldUs = foretoldRttUs(at, peer);
    const sampleError = Math.abs(foretoldUs - rttUs) / rttUs;
    const gain = TIMESTEP * weight;
    at.error = clamp(sampleError * gain + at.error * (1 - gain), ERROR_BELIEVED_MIN, ERROR_MAX);
    const forceUs = clamp(gain * (rttUs - foretoldUs), -STEP_US_MAX, STEP_US_MAX);
    this.#push(peer, forceUs);
    return true;
  }

  /** Moves us away from the peer by `forceUs`, height included; towards it if negative. */
  #push(peer: Coordinate, forceUs: number): void {
    const at = this.#at;
    let [dx, dy, dz] = [at.x - peer.x, at.y - peer.y, at.z - peer.z];
    if (Math.hypot(dx, dy, dz) < 1) {
      // In one place: away, in any direction.
      [dx, dy, dz] = [this.#direction(), this.#direction(), this.#direction()];
    }
    const heights = at.heightUs + peer.heightUs;
    const length = Math.hypot(dx, dy, dz) + heights;
    const share = forceUs / length;
    at.x = clamp(at.x + dx * share, -PLACE_US_MAX, PLACE_US_MAX);
    at.y = clamp(at.y + dy * share, -PLACE_US_MAX, PLACE_US_MAX);
    at.z = clamp(at.z + dz * share, -PLACE_US_MAX, PLACE_US_MAX);
    at.heightUs = clamp(at.heightUs + heights * share, HEIGHT_US_MIN, HEIGHT_US_MAX);
  }

  #direction(): number {
    return this.#random.float() - 0.5 || 0.25;
  }
}

const clamp = (value: number, min: number, max: number): number =>
  Math.min(max, Math.max(min, value));
