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
