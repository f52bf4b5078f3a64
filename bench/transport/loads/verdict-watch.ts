import { machineNowUs } from "../../live/clock.ts";
import { newBody } from "../body.ts";
import type { Contender, WireCounters } from "../contender.ts";
import type { Traffic, WatcherVerdict } from "../protocol.ts";
import { Link } from "./link.ts";

const BYTES = 64;
const CELL = 0xffff_fffe;
/** A busy watcher sends so often. */
const SEND_EVERY_MS = 2;
/** Sends remembered: those of the last seconds. */
const SENDS_MAX = 20_000;
/** How often it is looked whether all know. */
const LOOK_EVERY_MS = 20;

interface Watcher {
  readonly link: Link;
  suspectUs: number | undefined;
  downUs: number | undefined;
}

/** Several ends that watch one process, and what they say of it after it has failed. */
export class VerdictWatch {
  readonly #watchers: Watcher[] = [];
  /** When something was sent, machine time; all watchers send together. BOUNDED: `SENDS_MAX`. */
  readonly #sendsUs: number[] = [];
  #sending: NodeJS.Timeout | undefined;

  async begin(
    contender: Contender,
    address: string,
    { watchers, traffic }: { readonly watchers: number; readonly traffic: Traffic },
  ): Promise<void> {
    for (let i = 0; i < watchers; i++) {
      const seen: { suspectUs: number | undefined; downUs: number | undefined } = {
        suspectUs: undefined,
        downUs: undefined,
      };
      const link = await Link.open(contender, address, (_of, state) => {
        if (state === "suspect") seen.suspectUs ??= machineNowUs();
        else seen.downUs ??= machineNowUs();
      });
      await established(link);
      this.#watchers.push(Object.assign(seen, { link }));
      link.end.watch(link.remote);
    }
    if (traffic === "busy") this.#sending = setInterval(() => this.#send(), SEND_EVERY_MS);
  }

  /** Of each watcher, where the contender counts. */
  counters(): (WireCounters | undefined)[] {
    return this.#watchers.map(({ link }) => link.end.counters());
  }

  /** Resolves when all watchers know, or when the time is up, with what they saw. */
  async fault(atUs: number, patienceMs: number): Promise<WatcherVerdict[]> {
    const endUs = atUs + patienceMs * 1_000;
    await new Promise<void>((resolve) => {
      const look = setInterval(() => {
        const allKnow = this.#watchers.every(({ downUs }) => downUs !== undefined);
        if (!allKnow && machineNowUs() < endUs) return;
        clearInterval(look);
        resolve();
      }, LOOK_EVERY_MS);
    });
    if (this.#sending !== undefined) clearInterval(this.#sending);
    const firstSendUs = this.#sendsUs.find((us) => us >= atUs);
    const since = (us: number | undefined): number | undefined =>
      us === undefined ? undefined : us - atUs;
    const verdicts = this.#watchers.map(({ suspectUs, downUs }) => ({
      suspectUs: since(suspectUs),
      downUs: since(downUs),
      firstSendUs: since(firstSendUs),
    }));
    // Whether it can still say farewell is nothing that is measured.
    for (const { link } of this.#watchers) void link.end.close().catch(() => undefined);
    return verdicts;
  }

  #send(): void {
    if (this.#sendsUs.length < SENDS_MAX) this.#sendsUs.push(machineNowUs());
    for (const { link, downUs } of this.#watchers) {
      // A body each: no answer says when it may be used again.
      if (downUs === undefined) link.end.send(link.remote, newBody(BYTES, CELL, "count"));
    }
  }
}

/** One echo there and back, so that it is a peer that was heard. */
function established(link: Link): Promise<void> {
  return new Promise((resolve) => {
    link.attach(CELL, {
      onAnswer: () => {
        link.attach(0, undefined);
        resolve();
      },
      onDrain: () => undefined,
    });
    link.end.send(link.remote, newBody(BYTES, CELL, "echo"));
  });
}
