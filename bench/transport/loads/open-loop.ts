import { performance } from "node:perf_hooks";
import { seededRandom } from "../../../src/core/random.ts";
import { Arrivals } from "../../load/arrivals.ts";
import { newBody, slotOf, stampBody } from "../body.ts";
import { FineLatencies } from "../fine-latencies.ts";
import type { LoadOrder, LoadReport } from "../protocol.ts";
import type { Link } from "./link.ts";

/** How long answers are waited for after the last was due. */
const DRAIN_MS = 2_000;

/**
 * Round trips that begin when a schedule says (a Poisson process), whatever became of those before.
 * Latency counts from when each was due, so that a stall is charged to all that were due in it
 * (no coordinated omission). Between them the loop polls without sleeping: timers of a
 * millisecond would be the largest part of what is measured.
 */
export function openLoop(link: Link, ratePerSecond: number, order: LoadOrder): Promise<LoadReport> {
  return new Promise((resolve) => {
    new OpenLoop(link, ratePerSecond, order, resolve).turn();
  });
}

class OpenLoop {
  readonly #link: Link;
  readonly #order: LoadOrder;
  readonly #resolve: (report: LoadReport) => void;
  readonly #arrivals: Arrivals;
  readonly #latencies = new FineLatencies();
  readonly #late = new FineLatencies();
  /** When each open one was due, by number. BOUNDED: by rate and duration. */
  readonly #open = new Map<number, { readonly dueUs: number; readonly body: Buffer }>();
  readonly #beganMs = performance.now();
  /** Not taken by the contender, tried again at the next turn. BOUNDED: by `#open`. */
  #refused: number[] = [];
  #next = 0;

  constructor(
    link: Link,
    ratePerSecond: number,
    order: LoadOrder,
    resolve: (report: LoadReport) => void,
  ) {
    this.#link = link;
    this.#order = order;
    this.#resolve = resolve;
    this.#arrivals = new Arrivals(ratePerSecond, seededRandom(`open-loop/${order.cell}`));
    link.attach(order.cell, { onAnswer: (body) => this.#answer(body), onDrain: () => undefined });
  }

  turn(): void {
    const nowUs = this.#nowUs();
    const endUs = this.#order.durationMs * 1_000;
    const refused = this.#refused;
    this.#refused = [];
    for (const number of refused) this.#send(number);
    while (this.#arrivals.nextUs <= nowUs && this.#arrivals.nextUs < endUs) {
      this.#begin(this.#arrivals.nextUs, nowUs);
      this.#arrivals.advance();
    }
    const isOver = this.#arrivals.nextUs >= endUs;
    if (isOver && (this.#open.size === 0 || nowUs > endUs + DRAIN_MS * 1_000)) this.#finish();
    else setImmediate(() => this.turn());
  }

  #begin(dueUs: number, nowUs: number): void {
    const number = this.#next++;
    const body = newBody(this.#order.bytes, this.#order.cell, "echo");
    stampBody(body, number, 0);
    this.#open.set(number, { dueUs, body });
    this.#late.record(nowUs - dueUs);
    this.#send(number);
  }

  #send(number: number): void {
    const open = this.#open.get(number);
    if (open !== undefined && this.#link.end.send(this.#link.remote, open.body) === "full") {
      this.#refused.push(number);
    }
  }

  #answer(body: Uint8Array): void {
    const number = slotOf(body);
    const open = this.#open.get(number);
    if (open === undefined) return;
    this.#open.delete(number);
    this.#latencies.record(this.#nowUs() - open.dueUs);
  }

  #finish(): void {
    this.#link.attach(0, undefined);
    const unanswered = this.#open.size;
    this.#resolve({
      messages: this.#latencies.count,
      elapsedMs: this.#order.durationMs,
      histogram: this.#latencies.toBase64(),
      lost: this.#link.reliable ? 0 : unanswered,
      unanswered: this.#link.reliable ? unanswered : 0,
      lateP99Us: this.#late.summary()?.p99 ?? 0,
    });
  }

  #nowUs(): number {
    return (performance.now() - this.#beganMs) * 1_000;
  }
}
