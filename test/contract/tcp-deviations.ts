const FINAL = "down is final for a life";

/** What TCP does not do of the contract, and why. */
export const TCP_DEVIATIONS = {
  "a peer that was hanging and called down is up again once reached: a false alarm": FINAL,
  "a peer that was unreachable and called down is up again once reached: a false alarm": FINAL,
} as const;
