import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { newBody } from "../body.ts";
import type { Contender } from "../contender.ts";
import { FineLatencies } from "../fine-latencies.ts";
import type { FirstContacts } from "../protocol.ts";
import { Link } from "./link.ts";

const BYTES = 64;
/** Not the number of any measurement. */
const CELL = 0xffff_ffff;
/** A first answer that has not come by then never will. */
const ANSWER_MS = 5_000;
/** Ends that make contact at the same time. */
const TOGETHER = 16;

/** Sends one message to be echoed; resolves with whether the answer came. */
async function answered(link: Link): Promise<boolean> {
  const answer = new Promise<boolean>((resolve) => {
    link.attach(CELL, { onAnswer: () => resolve(true), onDrain: () => undefined });
  });
  const body = newBody(BYTES, CELL, "echo");
  if (link.end.send(link.remote, body) === "full") return false;
  const patience = new AbortController();
  const gaveUp = sleep(ANSWER_MS, false, { signal: patience.signal }).catch(() => false);
  const result = await Promise.race([answer, gaveUp]);
  patience.abort();
  link.attach(0, undefined);
  return result;
}

/**
 * From the moment somebody wants to talk to an address never spoken to, until the first answer. What
 * comes before (binding a socket) is not counted, what the contender does then (handshakes) is.
 */
export async function firstContacts(
  contender: Contender,
  address: string,
  count: number,
): Promise<FirstContacts> {
  const latencies = new FineLatencies();
  let failed = 0;
  for (let i = 0; i < count; i++) {
    const prepared = await Link.prepare(contender, () => undefined);
    const beganMs = performance.now();
    const link = await prepared.contact(address);
    if (await answered(link)) latencies.record((performance.now() - beganMs) * 1_000);
    else failed++;
    await link.end.close();
  }
  return { histogram: latencies.toBase64(), failed };
}

/** Ends that stay open, each in contact with the address: what its memory is measured with. */
export class Crowd {
  readonly #links: Link[] = [];

  /** Grows to so many, or as far as it gets in the time; resolves with how many there are. */
  async grow(
    contender: Contender,
    address: string,
    { count, budgetMs }: { readonly count: number; readonly budgetMs: number },
  ): Promise<number> {
    const endMs = performance.now() + budgetMs;
    let begun = this.#links.length;
    const worker = async (): Promise<void> => {
      while (begun < count && performance.now() < endMs) {
        begun++;
        const link = await Link.open(contender, address, () => undefined);
        if (await answered(link)) this.#links.push(link);
        else await link.end.close();
      }
    };
    await Promise.all(Array.from({ length: TOGETHER }, worker));
    return this.#links.length;
  }
}
