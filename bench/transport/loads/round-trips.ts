import { performance } from "node:perf_hooks";
import { newBody, roundOf, slotOf, stampBody } from "../body.ts";
import { FineLatencies } from "../fine-latencies.ts";
import type { LoadOrder, LoadReport } from "../protocol.ts";
import type { Link, LoadEar } from "./link.ts";

/** A round trip over a contender that loses is repeated after this. */
const LOST_MS = 200;
/** How long answers are waited for after the end. */
const DRAIN_MS = 2_000;

interface Slot {
  readonly body: Buffer;
  round: number;
  sentMs: number;
  isOpen: boolean;
}

/** Keeps `window` round trips open at once: each answer begins the next one. */
export function roundTrips(link: Link, window: number, order: LoadOrder): Promise<LoadReport> {
  return new Promise((resolve) => {
    new RoundTrips(link, window, order, resolve).begin();
  });
}

class RoundTrips implements LoadEar {
  readonly #link: Link;
  readonly #order: LoadOrder;
  readonly #resolve: (report: LoadReport) => void;
  readonly #slots: Slot[];
  readonly #latencies = new FineLatencies();
  /** Slots whose message was not taken. BOUNDED: by the slots. */
  #refused: number[] = [];
  #retry: NodeJS.Immediate | undefined;
  #beganMs = 0;
  #endMs = 0;
  #lastAnswerMs = 0;
  #open = 0;
  #lost = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(link: Link, window: number, order: LoadOrder, resolve: (r: LoadReport) => void) {
    this.#link = link;
    this.#order = order;
    this.#resolve = resolve;
    this.#slots = Array.from({ length: window }, () => ({
      body: newBody(order.bytes, order.cell, "echo"),
      round: 0,
      sentMs: 0,
      isOpen: false,
    }));
  }

  begin(): void {
    this.#link.attach(this.#order.cell, this);
    this.#beganMs = performance.now();
    this.#endMs = this.#beganMs + this.#order.durationMs;
    this.#lastAnswerMs = this.#beganMs;
    for (let i = 0; i < this.#slots.length; i++) this.#send(i);
    this.#timer = setInterval(() => this.#check(), LOST_MS / 4);
  }

  onAnswer(body: Uint8Array): void {
    const index = slotOf(body);
    const slot = this.#slots[index];
    if (slot?.isOpen !== true || roundOf(body) !== slot.round) return;
    const nowMs = performance.now();
    this.#latencies.record((nowMs - slot.sentMs) * 1_000);
    slot.isOpen = false;
    this.#open--;
    this.#lastAnswerMs = nowMs;
    if (nowMs < this.#endMs) this.#send(index);
    else if (this.#open === 0) this.#finish();
  }

  onDrain(): void {
    this.#sendRefused();
  }

  #send(index: number): void {
    const slot = this.#slots[index] as Slot;
    slot.round++;
    slot.sentMs = performance.now();
    slot.isOpen = true;
    this.#open++;
    stampBody(slot.body, index, slot.round);
    this.#hand(index, slot);
  }

  #hand(index: number, slot: Slot): void {
    if (this.#link.end.send(this.#link.remote, slot.body) !== "full") return;
    this.#refused.push(index);
    this.#retry ??= setImmediate(() => {
      this.#retry = undefined;
      this.#sendRefused();
    });
  }

  #sendRefused(): void {
    const refused = this.#refused;
    this.#refused = [];
    for (const index of refused) this.#hand(index, this.#slots[index] as Slot);
  }

  #check(): void {
    const nowMs = performance.now();
    if (nowMs > this.#endMs + DRAIN_MS || (nowMs > this.#endMs && this.#open === 0)) {
      this.#finish();
      return;
    }
    if (this.#link.reliable) return;
    for (const [index, slot] of this.#slots.entries()) {
      if (!slot.isOpen || nowMs - slot.sentMs < LOST_MS) continue;
      this.#lost++;
      this.#open--;
      slot.isOpen = false;
      if (nowMs < this.#endMs) this.#send(index);
    }
  }

  #finish(): void {
    if (this.#timer === undefined) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    if (this.#retry !== undefined) clearImmediate(this.#retry);
    this.#link.attach(0, undefined);
    this.#resolve({
      messages: this.#latencies.count,
      elapsedMs: this.#lastAnswerMs - this.#beganMs,
      histogram: this.#latencies.toBase64(),
      lost: this.#lost,
      unanswered: this.#link.reliable ? this.#open : 0,
      lateP99Us: 0,
    });
  }
}
