import type { SimEvent } from "./event-count.ts";
import { PEER_REASONS, verdictAt } from "./failure-events.ts";
import {
  CALL,
  DRAIN,
  INTERNAL,
  type Kernel,
  PEER,
  PEER_STATES,
  RETURN,
  SERVED,
  TIMER,
  VERDICT,
  WORD_BODY,
  WORD_FROM,
  WORD_TO,
  WORD_TOKEN,
} from "./kernel.ts";
import type { TimerKinds } from "./sim-world.ts";

/** The event that the queue has just popped, for people. */
export function describeEvent(kernel: Kernel, kinds: TimerKinds): Omit<SimEvent, "number"> {
  const { queue } = kernel;
  const { record, at, kind } = queue;
  const token = record[at + WORD_TOKEN] as number;
  const isMessage = kind !== INTERNAL;
  return {
    atUs: queue.nowUs,
    from: record[at + WORD_FROM] as number,
    to: record[at + WORD_TO] as number,
    what: isMessage ? typeName(kernel, kind) : internalName(kernel, kinds, token),
    detail: isMessage ? token : detailOf(token & 0xff, record[at + WORD_BODY] as number),
  };
}

function typeName({ types }: Kernel, tag: number): string {
  return types[tag]?.name ?? `message ${tag}`;
}

/** Only of these the body's first word means something. */
function detailOf(event: number, body: number): number {
  return event === VERDICT || event === PEER ? body : 0;
}

function internalName(kernel: Kernel, kinds: TimerKinds, token: number): string {
  const own = token >>> 8;
  switch (token & 0xff) {
    case TIMER:
      return timerName(kinds, own);
    case CALL:
      return "call";
    case VERDICT: {
      const verdict = verdictAt(own);
      return `verdict ${verdict.outcome}${"reason" in verdict ? `, ${verdict.reason}` : ""}`;
    }
    case RETURN: {
      const verdict = verdictAt(own >>> 7);
      return `return of ${typeName(kernel, own & 0x7f)}${"reason" in verdict ? `, ${verdict.reason}` : ""}`;
    }
    case PEER:
      return `peer ${PEER_STATES[own & 0xf] ?? "?"}, ${PEER_REASONS[own >>> 4] ?? "?"}`;
    case DRAIN:
      return "drain";
    case SERVED:
      return "turn of a message";
    default:
      return `event ${token}`;
  }
}

/** As a timer of this kind is called, at the message level and at the packet level. */
export const timerName = (kinds: TimerKinds, id: number): string =>
  `timer ${kinds.get(id)?.name ?? id}`;
