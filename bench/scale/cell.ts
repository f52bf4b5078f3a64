/** What one run of one size cost, in a process of its own: without the start of that process. */
export interface ScaleCell {
  readonly nodes: number;
  /** Joins by the real protocol, the time to converge, and lookups. */
  readonly cpuS: number;
  readonly wallS: number;
  /** The most that the process ever held. */
  readonly peakBytes: number;
  /** What it held when the run began: the program. */
  readonly startBytes: number;
  readonly messages: number;
  readonly events: number;
  readonly lookups: number;
  readonly hopsMean: number;
  /** Messages that joins took, of all. */
  readonly joinMessages: number;
  readonly eventHash: string;
}

/** What a million suspended operations hold. */
export interface SuspendedFigures {
  readonly operations: number;
  readonly bytesEach: number;
}
