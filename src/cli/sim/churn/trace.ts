import { SkipnetError } from "../../../core/errors.ts";

/** Longest trace that is read. */
export const TRACE_BYTES_MAX = 64 << 20;
/** Most nodes of a trace. */
export const TRACE_NODES_MAX = 100_000;
const NODE_CHARACTERS_MAX = 64;
const TIME_S_MAX = 366 * 86_400;

export interface TraceStep {
  readonly atUs: number;
  /** Nodes are numbered in order of appearance. */
  readonly node: number;
  readonly what: "join" | "leave" | "crash";
}

/** Who comes and goes when. */
export interface ChurnTrace {
  readonly steps: readonly TraceStep[];
  /** As the trace calls them, by number. */
  readonly nodes: readonly string[];
}

const LINE = /^(\S+)[ \t]+(\S+)[ \t]+(\S+)$/;
const TIME = /^\d{1,9}(?:\.\d{1,9})?$/;

/**
 * Reads lines of `TIME NODE join|leave|crash`, as OverSim and p2psim write them: times in seconds, never going back; `#`
 * begins a comment. Throws `E_OPTIONS`, naming source and line.
 */
export function parseTrace(text: string, source: string): ChurnTrace {
  if (text.length > TRACE_BYTES_MAX) {
    throw new SkipnetError("E_OPTIONS", `${source} is over ${TRACE_BYTES_MAX} characters`);
  }
  const reader = new TraceReader();
  text.split("\n").forEach((raw, i) => {
    const line = (raw.split("#", 1)[0] as string).trim();
    const wrong = line === "" ? undefined : reader.read(line);
    if (wrong !== undefined) throw new SkipnetError("E_OPTIONS", `${source}:${i + 1}: ${wrong}`);
  });
  if (reader.steps.length === 0) throw new SkipnetError("E_OPTIONS", `${source} has no line`);
  return { steps: reader.steps, nodes: [...reader.numbers.keys()] };
}

class TraceReader {
  readonly steps: TraceStep[] = [];
  /** By name. BOUNDED: `TRACE_NODES_MAX`. */
  readonly numbers = new Map<string, number>();
  readonly #isIn = new Set<number>();
  #lastUs = 0;

  /** Takes a line, or says what is wrong with it. */
  read(line: string): string | undefined {
    const [, time = "", name = "", word = ""] = LINE.exec(line) ?? [];
    if (word === "") return "not TIME NODE COMMAND";
    const atUs = TIME.test(time) ? Math.round(Number(time) * 1e6) : Number.NaN;
    if (!(atUs <= TIME_S_MAX * 1e6)) return `"${time.slice(0, 40)}" is not a time in seconds`;
    if (atUs < this.#lastUs) {
      return `time goes back from ${this.#lastUs / 1e6} s to ${atUs / 1e6} s`;
    }
    this.#lastUs = atUs;
    if (name.length > NODE_CHARACTERS_MAX) {
      return `a node's name is over ${NODE_CHARACTERS_MAX} characters`;
    }
    const what = (["join", "leave", "crash"] as const).find(
      (known) => known === word.toLowerCase(),
    );
    if (what === undefined) {
      return `no command "${word.slice(0, 40)}"; there are join, leave and crash`;
    }
    const wrong = what === "join" ? this.#join(name) : this.#go(name, what);
    if (wrong !== undefined) return wrong;
    this.steps.push({ atUs, node: this.numbers.get(name) as number, what });
    return undefined;
  }

  #join(name: string): string | undefined {
    const node = this.numbers.get(name) ?? this.numbers.size;
    if (this.#isIn.has(node)) return `${name} joins, and is in already`;
    if (node === TRACE_NODES_MAX) return `over ${TRACE_NODES_MAX} nodes`;
    this.numbers.set(name, node);
    this.#isIn.add(node);
    return undefined;
  }

  #go(name: string, what: string): string | undefined {
    const node = this.numbers.get(name);
    if (node !== undefined && this.#isIn.delete(node)) return undefined;
    return `${name} has to ${what}, and is not in`;
  }
}
