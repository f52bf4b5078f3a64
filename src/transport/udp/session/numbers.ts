const NEVER = Number.POSITIVE_INFINITY;

/** A place that holds no number yet: none of these is ever negative. */
export const UNKNOWN = -1;

/** Where each number of a session stands in its `SessionNumbers`. */
export const DUE_US = 0;
export const LAST_HEARD_US = 1;
export const ROUND_START_US = 2;
export const LOSS_DUE_US = 3;
export const SRTT_US = 4;
export const RTT_VAR_US = 5;
export const MIN_RTT_US = 6;
export const LATEST_RTT_US = 7;
export const LOSS = 8;
export const ACK_DUE_US = 9;
export const LARGEST_AT_US = 10;
export const CREDIT_BYTES = 11;
export const ASK_DUE_US = 12;
export const ALLOWANCE_BYTES = 13;
export const PLACE_DUE_US = 14;
export const PACED_UNTIL_US = 15;
export const DEADLINE_CHECK_US = 16;
export const LOCAL_ID = 17;
export const REMOTE_ID = 18;
export const PEER_INCARNATION = 19;
export const LARGEST_RECEIVED = 20;
export const NEWEST_RECEIVED = 21;

/**
 * The numbers of one session that are times, fractions or too large for a small integer, all in one array: as fields of
 * objects each would stand in a box of its own, sixteen bytes beside its eight, and a port may have thousands of sessions.
 * Who a number belongs to gives it a name and its meaning.
 */
export type SessionNumbers = number[];

/** Those of a new session: a literal, so that the engine keeps them as plain doubles. */
export const newSessionNumbers = (): SessionNumbers => [
  NEVER,
  UNKNOWN,
  NEVER,
  NEVER,
  UNKNOWN,
  UNKNOWN,
  NEVER,
  UNKNOWN,
  0,
  NEVER,
  0,
  NEVER,
  NEVER,
  NEVER,
  0,
  0,
  NEVER,
  0,
  0,
  0,
  UNKNOWN,
  UNKNOWN,
];
