import type { WriteId } from "./value.ts";

export type WriteKind = "put" | "remove";

interface Write {
  readonly sequence: number;
  readonly kind: WriteKind;
}

/** Unsettled and refused writes kept of one name; the oldest are forgotten beyond that. */
const KEPT_MAX = 64;

/** What must be true of one name when it is read back. Plain data. */
export interface Expectation {
  readonly path: string;
  readonly writer: number;
  /** The last write that was acknowledged. */
  readonly acknowledged: Write | undefined;
  /** Later ones that may have happened. */
  readonly possible: readonly Write[];
  /** Later ones that certainly did not happen. */
  readonly refused: readonly number[];
}

interface NameState {
  acknowledged: Write | undefined;
  possible: Write[];
  refused: number[];
}

/**
 * What one client wrote, as far as it still matters. All writes of a name come from one client, which
 * numbers them in the order in which it begins them: the order of their stamps.
 */
export class WriteLog {
  readonly #writer: number;
  /** BOUNDED: one entry a name of the workload. */
  readonly #names = new Map<string, NameState>();
  #sequence = 0;

  constructor(writer: number) {
    this.#writer = writer;
  }

  /** From now on the write may have happened. */
  begin(path: string, kind: WriteKind): WriteId {
    const sequence = this.#sequence++;
    const state = this.#state(path);
    state.possible.push({ sequence, kind });
    if (state.possible.length > KEPT_MAX) state.possible.shift();
    return { writer: this.#writer, sequence };
  }

  end(path: string, sequence: number, outcome: "done" | "failed" | "uncertain"): void {
    if (outcome === "uncertain") return;
    const state = this.#state(path);
    const write = state.possible.find((w) => w.sequence === sequence);
    if (write === undefined) return;
    state.possible = state.possible.filter((w) => w !== write);
    const acknowledged = state.acknowledged?.sequence ?? -1;
    if (outcome === "failed") {
      state.refused.push(sequence);
      if (state.refused.length > KEPT_MAX) state.refused.shift();
    } else if (sequence > acknowledged) {
      state.acknowledged = write;
      // Nothing older can have the highest stamp any more.
      state.possible = state.possible.filter((w) => w.sequence > sequence);
      state.refused = state.refused.filter((s) => s > sequence);
    }
  }

  expectations(): readonly Expectation[] {
    return [...this.#names].map(([path, state]) => ({ path, writer: this.#writer, ...state }));
  }

  #state(path: string): NameState {
    let state = this.#names.get(path);
    if (state === undefined) {
      state = { acknowledged: undefined, possible: [], refused: [] };
      this.#names.set(path, state);
    }
    return state;
  }
}

/** What was found when a name was read back. */
export type Reading =
  | { readonly found: "value"; readonly id: WriteId | undefined }
  | { readonly found: "nothing" }
  | { readonly found: "unread" };

/** `lost`: an acknowledged write is not there. `doubled`: a write took effect that had been undone or refused. */
export type Judgement = "fine" | "lost" | "doubled" | "unread";

/** What a reading at the end says of the writes to its name. */
export function judge(expected: Expectation, reading: Reading): Judgement {
  if (reading.found === "unread") return "unread";
  const { acknowledged, possible, refused, writer } = expected;
  if (reading.found === "nothing") {
    const gone = acknowledged === undefined || acknowledged.kind === "remove";
    return gone || possible.some((w) => w.kind === "remove") ? "fine" : "lost";
  }
  const { id } = reading;
  // Somebody else's value, or bytes that nobody wrote: ours is not there.
  if (id === undefined || id.writer !== writer) return "lost";
  if (refused.includes(id.sequence)) return "doubled";
  if (acknowledged === undefined || id.sequence >= acknowledged.sequence) return "fine";
  return acknowledged.kind === "remove" ? "doubled" : "lost";
}
