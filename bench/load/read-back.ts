import type { World } from "../../src/core/world.ts";
import type { NamingClient } from "./naming-client.ts";
import { folderOf } from "./naming-workload.ts";
import { readWriteId } from "./value.ts";
import { type Expectation, type Judgement, judge, type Reading } from "./write-log.ts";

/** Names that one client reads at a time. */
const PARALLEL = 32;
/** A read that ends without a definite answer is repeated, while time is left. */
const TRIES = 3;

/** Outcome of reading back. Plain data. */
export interface ReadBackReport {
  readonly names: number;
  readonly lost: number;
  readonly doubled: number;
  readonly unread: number;
  readonly elapsedMs: number;
  /** For the log: the first few names that were lost or doubled. */
  readonly examples: readonly string[];
}

const EXAMPLES_MAX = 10;

export interface ReadBackOptions {
  readonly world: World;
  readonly naming: NamingClient;
  readonly expectations: readonly Expectation[];
  readonly deadlineMs: number;
  /** For everything: what is not read by then counts as unread. */
  readonly budgetMs: number;
}

/**
 * Reads every name, compares it with what was acknowledged, and lists every directory: an entry that
 * stands there twice is doubled, one that is missing although the name can be read is lost.
 */
export async function readBack(options: ReadBackOptions): Promise<ReadBackReport> {
  const { world, naming, expectations, budgetMs } = options;
  const beganUs = world.nowUs();
  const leftUs = (): number => budgetMs * 1_000 - (world.nowUs() - beganUs);
  const counts: Record<Judgement, number> = { fine: 0, lost: 0, doubled: 0, unread: 0 };
  const examples: string[] = [];
  const count = (path: string, judgement: Judgement): void => {
    counts[judgement]++;
    const bad = judgement === "lost" || judgement === "doubled";
    if (bad && examples.length < EXAMPLES_MAX) examples.push(`${judgement}: ${path}`);
  };
  const present = new Map<string, string[]>();
  await inParallel(expectations, async (expected) => {
    const reading = await readOne(naming, expected.path, options.deadlineMs, leftUs);
    const judgement = judge(expected, reading);
    count(expected.path, judgement);
    if (reading.found !== "value" || judgement !== "fine") return;
    const folder = folderOf(expected.path);
    const names = present.get(folder);
    if (names === undefined) present.set(folder, [expected.path]);
    else names.push(expected.path);
  });
  await inParallel([...present], async ([folder, paths]) => {
    const entries = await listOne(naming, folder, options.deadlineMs, leftUs);
    if (entries === undefined) return;
    const unique = new Set(entries);
    if (unique.size < entries.length) count(folder, "doubled");
    for (const path of paths) {
      if (!unique.has(path.slice(path.lastIndexOf("/") + 1))) count(path, "lost");
    }
  });
  return {
    names: expectations.length,
    lost: counts.lost,
    doubled: counts.doubled,
    unread: counts.unread,
    elapsedMs: (world.nowUs() - beganUs) / 1_000,
    examples,
  };
}

async function readOne(
  naming: NamingClient,
  path: string,
  deadlineMs: number,
  leftUs: () => number,
): Promise<Reading> {
  for (let i = 0; i < TRIES && leftUs() > 0; i++) {
    const { end, value } = await naming.get(path, Math.min(deadlineMs * 1_000, leftUs()));
    if (end.outcome !== "done") continue;
    return value === undefined ? { found: "nothing" } : { found: "value", id: readWriteId(value) };
  }
  return { found: "unread" };
}

async function listOne(
  naming: NamingClient,
  folder: string,
  deadlineMs: number,
  leftUs: () => number,
): Promise<readonly string[] | undefined> {
  for (let i = 0; i < TRIES && leftUs() > 0; i++) {
    const { end, value } = await naming.list(folder, Math.min(deadlineMs * 1_000, leftUs()));
    if (end.outcome === "done") return value ?? [];
  }
  return undefined;
}

async function inParallel<T>(items: readonly T[], run: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items].reverse();
  const worker = async (): Promise<void> => {
    for (let item = queue.pop(); item !== undefined; item = queue.pop()) await run(item);
  };
  await Promise.all(Array.from({ length: PARALLEL }, worker));
}
