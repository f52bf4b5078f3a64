import type { Entry } from "../../../src/apps/naming/entry.ts";
import type { GetResult, PutResult, RemoveResult } from "../../../src/apps/naming/results.ts";
import { compareStamps, formatStamp, type Stamp } from "../../../src/apps/naming/stamp.ts";

type State = "pending" | "acked" | "uncertain" | "notDone";

/** One write as its caller knows it. */
export interface WriteRecord {
  readonly id: number;
  readonly path: string;
  readonly kind: "put" | "remove";
  /** Puts: unlike that of any other. */
  readonly value: string;
  readonly startUs: number;
  stamp: Stamp | undefined;
  state: State;
  endUs: number;
  /** Some read returned it. */
  wasRead: boolean;
}

/** What may be read, given what callers were told: the reference that the service is checked against. */
export class NamingModel {
  readonly writes: WriteRecord[] = [];
  readonly violations: string[] = [];
  readonly #byPath = new Map<string, WriteRecord[]>();
  readonly #byValue = new Map<string, WriteRecord>();

  begin(path: string, kind: "put" | "remove", nowUs: number): WriteRecord {
    const id = this.writes.length;
    const write: WriteRecord = {
      id,
      path,
      kind,
      value: `v${id}`,
      startUs: nowUs,
      stamp: undefined,
      state: "pending",
      endUs: Number.POSITIVE_INFINITY,
      wasRead: false,
    };
    this.writes.push(write);
    const known = this.#byPath.get(path) ?? [];
    known.push(write);
    this.#byPath.set(path, known);
    if (kind === "put") this.#byValue.set(write.value, write);
    return write;
  }

  end(write: WriteRecord, result: PutResult | RemoveResult, nowUs: number): void {
    write.endUs = nowUs;
    write.state = result.outcome === "done" ? "acked" : result.outcome;
    if (result.outcome === "done") write.stamp = result.stamp;
    if (write.state === "notDone" && write.wasRead) {
      this.violations.push(`${describe(write)} was read, but reported as not done`);
    }
  }

  /** Whoever made it is gone: it may or may not have happened. */
  abandon(write: WriteRecord, nowUs: number): void {
    if (write.state !== "pending") return;
    write.state = "uncertain";
    write.endUs = nowUs;
  }

  /** A read that began at `startUs` may miss what was acknowledged in the `staleUs` before. */
  checkRead(path: string, result: GetResult, startUs: number, staleUs: number, who: string): void {
    if (result.outcome === "uncertain") return;
    if (result.outcome === "notDone" && result.code !== "E_NOT_FOUND") return;
    const least = this.latestAcked(path, startUs - staleUs);
    if (result.outcome === "done") {
      const value = new TextDecoder().decode(result.value);
      const write = this.#byValue.get(value);
      if (write === undefined || write.path !== path) {
        this.violations.push(`${who} read ${value} at ${path}, which nobody wrote there`);
        return;
      }
      write.wasRead = true;
      write.stamp ??= result.stamp;
      if (write.state === "notDone") {
        this.violations.push(`${who} read ${describe(write)}, reported as not done`);
      }
      if (least?.stamp !== undefined && compareStamps(result.stamp, least.stamp) < 0) {
        this.violations.push(
          `${who} read ${describe(write)} from ${startUs} µs, but ${describe(least)} was acknowledged`,
        );
      }
    } else if (least?.kind === "put" && !this.#mayBeRemoved(path, least)) {
      this.violations.push(
        `${who} found nothing at ${path}, but ${describe(least)} was acknowledged`,
      );
    }
  }

  /** What must be there at the end, when all is quiet: the entry as it must be, or as it may. */
  checkFinal(path: string, entry: Entry | undefined, who: string): void {
    const least = this.latestAcked(path, Number.POSITIVE_INFINITY);
    if (entry === undefined) {
      if (least !== undefined) this.violations.push(`${who} lost ${describe(least)}`);
      return;
    }
    const order = least?.stamp === undefined ? 1 : compareStamps(entry.stamp, least.stamp);
    if (order < 0) {
      this.violations.push(`${who} has ${formatStamp(entry.stamp)}, older than ${describe(least)}`);
    }
    const value = new TextDecoder().decode(entry.value);
    if (order === 0) {
      const isSame = entry.removed ? least?.kind === "remove" : least?.value === value;
      if (!isSame) this.violations.push(`${who} has another content than ${describe(least)}`);
      return;
    }
    if (!entry.removed && this.#byValue.get(value)?.state !== "uncertain") {
      this.violations.push(`${who} has ${value} at ${path}, which is not the last write`);
    }
  }

  /** The acknowledged write with the highest stamp that ended by then. */
  latestAcked(path: string, byUs: number): WriteRecord | undefined {
    let latest: WriteRecord | undefined;
    for (const write of this.#byPath.get(path) ?? []) {
      if (write.state !== "acked" || write.endUs > byUs || write.stamp === undefined) continue;
      if (latest?.stamp === undefined || compareStamps(write.stamp, latest.stamp) > 0)
        latest = write;
    }
    return latest;
  }

  /** Whether any write of the path might have happened. */
  isTouched(path: string): boolean {
    return (this.#byPath.get(path) ?? []).some(({ state }) => state !== "notDone");
  }

  /** Whether a removal was begun in this time, or is not over. */
  isRemovedDuring(path: string, fromUs: number): boolean {
    return (this.#byPath.get(path) ?? []).some(
      ({ kind, endUs, state }) =>
        kind === "remove" && state !== "notDone" && (endUs >= fromUs || state === "uncertain"),
    );
  }

  paths(): string[] {
    return [...this.#byPath.keys()];
  }

  #mayBeRemoved(path: string, put: WriteRecord): boolean {
    return (this.#byPath.get(path) ?? []).some(
      ({ kind, state, stamp }) =>
        kind === "remove" &&
        state !== "notDone" &&
        (stamp === undefined || put.stamp === undefined || compareStamps(stamp, put.stamp) > 0),
    );
  }
}

function describe(write: WriteRecord | undefined): string {
  if (write === undefined) return "nothing";
  const { id, kind, path, state, stamp, startUs, endUs } = write;
  const at = stamp === undefined ? "no stamp" : formatStamp(stamp);
  return `${kind} ${id} of ${path} (${state}, ${at}, ${startUs}–${endUs} µs)`;
}
