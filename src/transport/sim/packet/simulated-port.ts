/** One port of a simulated process, as the simulation drives it; one kind for each transport. */
export interface SimulatedPort {
  /** Stands in the simulation's list of ports to be flushed. */
  touched: boolean;
  /** The end of the event. */
  flush(): void;
  /** A wake record of this port came up. */
  wake(): void;
  /** The process was stopped and runs again. */
  resume(): void;
  /** The clock of its host was set. */
  clockChanged(): void;
  /** The process has ended without a word. */
  crash(): void;
}
