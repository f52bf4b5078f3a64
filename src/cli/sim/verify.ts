import { SkipnetError } from "../../core/errors.ts";
import type { SimEvent } from "../../transport/sim/event-count.ts";
import { EventJournal } from "../../transport/sim/event-journal.ts";
import type { SimNetwork } from "./network.ts";
import type { RunRecord } from "./record.ts";
import type { RunHooks, SimRun } from "./run.ts";

/** A recorded run that can be repeated. */
export interface RepeatableRun {
  /** As it is called in messages: the file. */
  readonly name: string;
  readonly record: RunRecord;
  repeat(hooks: RunHooks): Promise<Pick<SimRun, "events" | "eventHash">>;
}

/** An event in the words of a person. */
export interface NamedEvent extends SimEvent {
  readonly fromName: string;
  readonly toName: string;
}

/** The first thing that two runs do not have in common. */
export interface Difference {
  /** The events among which it lies, from 1: those between two checkpoints. */
  readonly between: readonly [first: number, last: number];
  /** `undefined`: all that a journal shows of those events agrees, and only their digests differ. */
  readonly event: number | undefined;
  /** The event in each run; `undefined`: that run had ended. */
  readonly a: NamedEvent | undefined;
  readonly b: NamedEvent | undefined;
}

/** The first stretch of events that two records do not have in common; `undefined`: they have all. */
export function firstDifferentStretch(
  a: RunRecord,
  b: RunRecord,
): readonly [first: number, last: number] | undefined {
  if (a.events === b.events && a.eventHash === b.eventHash) return undefined;
  const { everyEvents } = a.checkpoints;
  if (everyEvents !== b.checkpoints.everyEvents) {
    throw new SkipnetError(
      "E_FILE",
      `one record has a checkpoint every ${everyEvents} events, the other every ${b.checkpoints.everyEvents}`,
    );
  }
  let i = 0;
  while (a.checkpoints.hashes[i] === b.checkpoints.hashes[i]) {
    if (a.checkpoints.hashes[i] === undefined) break;
    i++;
  }
  return [i * everyEvents + 1, (i + 1) * everyEvents];
}

/**
 * The first event in which two runs differ: both are repeated, with a journal of the stretch in which
 * their checkpoints part. `undefined`: they are the same run. Throws `E_FILE` where a record is not
 * what its options give with this program.
 */
export async function firstDifference(
  a: RepeatableRun,
  b: RepeatableRun,
): Promise<Difference | undefined> {
  const between = firstDifferentStretch(a.record, b.record);
  if (between === undefined) return undefined;
  const inA = await journalOf(a, between);
  const inB = await journalOf(b, between);
  const length = Math.max(inA.journal.count, inB.journal.count);
  for (let i = 0; i < length; i++) {
    const [one, other] = [inA.journal.at(i), inB.journal.at(i)];
    if (one !== undefined && other !== undefined && isSame(one, other)) continue;
    const event = between[0] + i;
    return { between, event, a: named(one, inA.network), b: named(other, inB.network) };
  }
  return { between, event: undefined, a: undefined, b: undefined };
}

/** Repeats a run to its end. Returns the first stretch that is not as recorded; `undefined`: it is the same run. */
export async function replayDifference({
  record,
  repeat,
}: RepeatableRun): Promise<readonly [first: number, last: number] | undefined> {
  const { everyEvents } = record.checkpoints;
  let network: SimNetwork | undefined;
  const { events, eventHash } = await repeat({
    onReady(ready) {
      ready.simulation.events.checkpointEvery(everyEvents);
      network = ready;
    },
  });
  const hashes = network?.simulation.events.checkpoints ?? [];
  const checkpoints = { everyEvents, hashes: [...hashes] };
  return firstDifferentStretch(record, { ...record, events, eventHash, checkpoints });
}

interface Journalled {
  readonly journal: EventJournal;
  readonly network: SimNetwork | undefined;
}

async function journalOf(
  run: RepeatableRun,
  [first, last]: readonly [number, number],
): Promise<Journalled> {
  const journal = new EventJournal(first, last - first + 1);
  const { everyEvents, hashes } = run.record.checkpoints;
  let network: SimNetwork | undefined;
  let ended: Pick<SimRun, "events" | "eventHash"> | undefined;
  try {
    ended = await run.repeat({
      onReady(ready) {
        ready.simulation.events.checkpointEvery(everyEvents);
        ready.simulation.events.observe(journal);
        network = ready;
      },
    });
  } catch (error) {
    if (!journal.isOver) throw error;
  }
  const seen = network?.simulation.events.checkpoints ?? [];
  const isSameEnd =
    ended === undefined ||
    (ended.events === run.record.events && ended.eventHash === run.record.eventHash);
  if (!isSameEnd || seen.some((hash, i) => hash !== hashes[i])) throw notRepeated(run);
  return { journal, network };
}

function notRepeated({ name, record }: RepeatableRun): SkipnetError {
  const { version, commit = "", node } = record.program;
  return new SkipnetError(
    "E_FILE",
    `${name} is of skipnet ${version} ${commit.slice(0, 12)} on Node ${node}; this program does not give that run again`,
  );
}

function isSame(a: SimEvent, b: SimEvent): boolean {
  return (
    a.atUs === b.atUs &&
    a.what === b.what &&
    a.from === b.from &&
    a.to === b.to &&
    a.detail === b.detail
  );
}

function named(
  event: SimEvent | undefined,
  network: SimNetwork | undefined,
): NamedEvent | undefined {
  if (event === undefined) return undefined;
  const nameOf = (host: number): string =>
    network !== undefined && host < network.count ? network.name(host) : `host ${host}`;
  return { ...event, fromName: nameOf(event.from), toName: nameOf(event.to) };
}
