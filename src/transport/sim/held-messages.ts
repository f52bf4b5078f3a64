import type { Message } from "../../wire/message.ts";
import { NO_TOKEN } from "../transport.ts";
import type { InstalledRule } from "./faults.ts";
import { type Kernel, WORD_FROM, WORD_TO } from "./kernel.ts";
import { RECORD_WORDS } from "./record-pages.ts";
import { writeMessage } from "./write-message.ts";

/** Messages that all rules of one simulation hold; more are lost. */
export const HELD_MESSAGES_MAX = 1 << 16;

interface HeldMessage {
  readonly tag: number;
  readonly record: Int32Array;
}

/** Messages that a rule keeps, until it is removed. */
export class HeldMessages {
  readonly #kernel: Kernel;
  /** In order of sending. BOUNDED: `HELD_MESSAGES_MAX` together. */
  readonly #byRule = new Map<InstalledRule, HeldMessage[]>();
  #count = 0;

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  get hasRoom(): boolean {
    return this.#count < HELD_MESSAGES_MAX;
  }

  keep(rule: InstalledRule, from: number, to: number, message: Message): void {
    const record = new Int32Array(RECORD_WORDS);
    writeMessage(this.#kernel, record, 0, from, to, message, NO_TOKEN);
    const { tag } = message.type;
    const held = this.#byRule.get(rule) ?? [];
    held.push({ tag, record });
    this.#byRule.set(rule, held);
    this.#count++;
  }

  /** Sends what the rule held on its way, now. Those of one pair of hosts arrive in the order in which they were sent. */
  release(rule: InstalledRule): number {
    const k = this.#kernel;
    const held = this.#byRule.get(rule) ?? [];
    this.#byRule.delete(rule);
    this.#count -= held.length;
    const lastUs = new Map<string, number>();
    for (const { tag, record } of held) {
      const from = record[WORD_FROM] as number;
      const to = record[WORD_TO] as number;
      const pair = `${from} ${to}`;
      const atUs = Math.max(lastUs.get(pair) ?? 0, k.nowUs + k.latency.delayUs(from, to));
      lastUs.set(pair, atUs);
      const at = k.queue.push(atUs, tag);
      const words = k.queue.target;
      for (let i = WORD_FROM; i < RECORD_WORDS; i++) words[at + i] = record[i] as number;
      k.hosts.setInFlight(from, k.hosts.inFlight(from) + 1);
    }
    return held.length;
  }
}
