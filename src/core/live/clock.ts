/** The clocks of the machine. */
export interface Clock {
  /** Monotonic time since the process began, whole microseconds. */
  nowUs(): number;
  /** Milliseconds since 1970; jumps when somebody sets the machine's clock. */
  wallMs(): number;
}

export const machineClock: Clock = {
  nowUs: () => Math.floor(performance.now() * 1000),
  wallMs: () => Date.now(),
};
