/**
 * Whether a failed operation certainly did not happen (`definite`) or may have happened
 * (`indefinite`). When in doubt an error is indefinite.
 */
export type Certainty = "definite" | "indefinite";

interface ErrorMeaning {
  readonly certainty: Certainty;
  readonly meaning: string;
  readonly whatNext: string;
}

/** Every failure that crosses a floor, with its certainty. `docs/errors.md` is made from this table. */
export const ERROR_CODES = {
  E_OPTIONS: {
    certainty: "definite",
    meaning: "Options are malformed or contradict each other.",
    whatNext: "Correct the option that the message names.",
  },
  E_LIMIT: {
    certainty: "definite",
    meaning: "A stated limit was exceeded.",
    whatNext: "Stay below the limit that the message names (docs/limits.md).",
  },
  E_NAME: {
    certainty: "definite",
    meaning: "A name or path is malformed: empty, over-long or not valid text.",
    whatNext: "Correct the name.",
  },
  E_FILE: {
    certainty: "definite",
    meaning: "A file cannot be read or written, is damaged, or belongs to another version.",
    whatNext: "Give the file that fits, or make it again with this program.",
  },
  E_MALFORMED: {
    certainty: "definite",
    meaning: "Received bytes are not a message of this protocol version.",
    whatNext: "Check that both ends run the same protocol version.",
  },
  E_TOO_LARGE: {
    certainty: "definite",
    meaning: "A message is larger than the transport takes.",
    whatNext: "Split the value; the limit is in the message.",
  },
  E_ADDRESS_IN_USE: {
    certainty: "definite",
    meaning: "The local address is in use.",
    whatNext: "Choose another port, or port 0 for any free one.",
  },
  E_ADDRESS: {
    certainty: "definite",
    meaning: "An address is malformed, or this machine has no such address.",
    whatNext: "Write addresses as udp://127.0.0.1:7001.",
  },
  E_CLOSED: {
    certainty: "definite",
    meaning: "The node or transport is closed.",
    whatNext: "Open it again.",
  },
  E_QUEUE_FULL: {
    certainty: "definite",
    meaning: "A bounded queue is full; nothing was sent.",
    whatNext: "Wait for drain, or slow down.",
  },
  E_REFUSED: {
    certainty: "definite",
    meaning: "The receiver declined this message; it was not acted upon.",
    whatNext: "See the reason; try later or elsewhere.",
  },
  E_UNREACHABLE: {
    certainty: "indefinite",
    meaning: "The peer did not answer, restarted, or was declared down after something was sent.",
    whatNext: "Repeat the operation: all operations are idempotent.",
  },
  E_DEADLINE: {
    certainty: "indefinite",
    meaning: "The operation's deadline passed.",
    whatNext: "Repeat it, or give it more time.",
  },
  E_NO_ROUTE: {
    certainty: "definite",
    meaning: "No hop could take the message on in the time that was left.",
    whatNext: "Repeat; the overlay may be repairing itself.",
  },
  E_JOIN: {
    certainty: "definite",
    meaning: "The node could not join the overlay.",
    whatNext: "Check the join addresses; try again.",
  },
  E_NAME_TAKEN: {
    certainty: "definite",
    meaning: "A live node already has this name.",
    whatNext: "Choose another name, or stop the other node.",
  },
  E_NOT_MEMBER: {
    certainty: "definite",
    meaning: "The node is not a member of the overlay (yet, or any more).",
    whatNext: "Wait until it has joined.",
  },
  E_NOT_FOUND: {
    certainty: "definite",
    meaning: "There is no such name.",
    whatNext: "Check the path.",
  },
  E_NOT_EMPTY: {
    certainty: "definite",
    meaning: "The directory is not empty.",
    whatNext: "Remove its entries first.",
  },
  E_SUPERSEDED: {
    certainty: "definite",
    meaning: "A newer write of the same name won.",
    whatNext: "Read the name again.",
  },
  E_STAMP: {
    certainty: "definite",
    meaning: "The stamp lies too far in the future.",
    whatNext: "Correct the clock of the writer.",
  },
  E_UNCERTAIN: {
    certainty: "indefinite",
    meaning: "The outcome is not known.",
    whatNext: "Repeat the operation: all operations are idempotent.",
  },
  E_ABORTED: {
    certainty: "indefinite",
    meaning: "The caller gave up.",
    whatNext: "Repeat it if it still matters.",
  },
  E_INTERNAL: {
    certainty: "indefinite",
    meaning: "A broken invariant: a defect of this program.",
    whatNext: "Report it with the log.",
  },
} as const satisfies Record<string, ErrorMeaning>;

export type ErrorCode = keyof typeof ERROR_CODES;

/** The one error class: a stable code that also says whether the thing may have happened. */
export class SkipnetError extends Error {
  override readonly name = "SkipnetError";
  readonly code: ErrorCode;
  /** The message without its code. */
  readonly detail: string;

  constructor(code: ErrorCode, detail: string, options?: ErrorOptions) {
    super(`${code}: ${detail}`, options);
    this.code = code;
    this.detail = detail;
  }

  get certainty(): Certainty {
    return ERROR_CODES[this.code].certainty;
  }

  get whatNext(): string {
    return ERROR_CODES[this.code].whatNext;
  }
}

/** Any thrown value as a `SkipnetError`; what is not one of ours is a defect. */
export function asSkipnetError(thrown: unknown): SkipnetError {
  if (thrown instanceof SkipnetError) return thrown;
  return new SkipnetError("E_INTERNAL", thrown instanceof Error ? thrown.message : String(thrown), {
    cause: thrown,
  });
}
