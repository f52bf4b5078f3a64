import { timerName } from "../describe-event.ts";
import type { SimEvent } from "../event-count.ts";
import { INTERNAL, TIMER, WORD_FROM, WORD_OBJECT, WORD_TO, WORD_TOKEN } from "../kernel.ts";
import type { TimerKinds } from "../sim-world.ts";
import {
  KIND_ACTION,
  KIND_ARRIVE,
  KIND_DELIVER,
  KIND_HANDLE,
  KIND_WAKE,
  type PacketKernel,
} from "./kernel.ts";
import { contentHash } from "./packet-hash.ts";

const NAMES: Readonly<Record<number, string>> = {
  [KIND_ARRIVE]: "packet at a link",
  [KIND_DELIVER]: "packet delivered",
  [KIND_HANDLE]: "packet handled",
  [KIND_WAKE]: "transport wakes",
  [KIND_ACTION]: "action",
};

/** The event that the queue has just popped, for people. */
export function describePacketEvent(
  kernel: PacketKernel,
  kinds: TimerKinds,
): Omit<SimEvent, "number"> {
  const { queue } = kernel;
  const { record, at, kind } = queue;
  const token = record[at + WORD_TOKEN] as number;
  const isTimer = kind === INTERNAL && (token & 0xff) === TIMER;
  const internal = isTimer ? timerName(kinds, token >>> 8) : "call";
  const slot = record[at + WORD_OBJECT] as number;
  return {
    atUs: queue.nowUs,
    from: record[at + WORD_FROM] as number,
    to: record[at + WORD_TO] as number,
    what: kind === INTERNAL ? internal : (NAMES[kind] ?? `event ${kind}`),
    detail: kind === KIND_DELIVER ? contentHash(kernel.objects.get(slot)) : 0,
  };
}
