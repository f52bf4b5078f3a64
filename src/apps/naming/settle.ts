import type { Ref } from "../../core/contacts.ts";
import type { Context } from "./context.ts";
import { Holding } from "./holders.ts";
import type { MemberState } from "./member-state.ts";
import { HOLDERS } from "./options.ts";
import { type Synced, syncWith } from "./sync.ts";

/** Rounds of asking: the second and third ask those of whom the first and second told. */
const ROUNDS_MAX = 3;

/** What asking the other holders of a directory, and the former ones, came to. */
export interface Settled {
  /** This copy has all that enough holders to have a say in every write have. */
  readonly merged: boolean;
  /** And what is not in it is nowhere. */
  readonly knowsAbsence: boolean;
  /** Present holders, this member included, that had the same in this version of the copy. */
  readonly confirmed: ReadonlySet<Ref>;
  readonly version: number;
  /** All present and former holders answered. */
  readonly all: boolean;
}

/**
 * Merges from the present holders and every reachable former one, and gives them what they lack.
 * Requests that wait for the same share it. Never rejects.
 */
export function settle(
  ctx: Context,
  state: MemberState,
  path: string,
  holders: readonly Ref[],
): Promise<Settled> {
  const running = state.settling.get(path);
  if (running !== undefined && sameRefs(running.holders, holders)) return running.settled;
  const settled = run(ctx, state, path, holders);
  const entry = { holders: [...holders], settled };
  state.settling.set(path, entry);
  const forget = (): void => {
    if (state.settling.get(path) === entry) state.settling.delete(path);
  };
  settled.then(forget, forget);
  return settled;
}

async function run(
  ctx: Context,
  state: MemberState,
  path: string,
  holders: readonly Ref[],
): Promise<Settled> {
  const endsUs = ctx.world.nowUs() + ctx.options.repairMs * 1000;
  const holding = new Holding(ctx.overlay.contacts, holders);
  const results = new Map<Ref, Synced>();
  try {
    const known = state.hosted.get(path)?.holders;
    const before =
      known === undefined ? [] : [...known.present, ...known.former(ctx.world.nowUs())];
    let targets = others([...holders, ...before], state.self, results);
    for (let round = 0; round < ROUNDS_MAX && targets.length > 0; round++) {
      holding.add(targets);
      const synced = await Promise.all(
        targets.map(async (target) => {
          const result = await syncWith(ctx, { state, path, with: target, holders, endsUs });
          holding.add(result.former);
          return { target, result };
        }),
      );
      for (const { target, result } of synced) results.set(target, result);
      const former = synced.flatMap(({ result }) => [...result.former]);
      targets = others(former, state.self, results);
    }
    return conclude(ctx, state, path, holders, results);
  } finally {
    holding.release();
  }
}

function conclude(
  ctx: Context,
  state: MemberState,
  path: string,
  holders: readonly Ref[],
  results: ReadonlyMap<Ref, Synced>,
): Settled {
  const { self } = state;
  const version = state.store.get(path)?.version ?? 0;
  const isHere = (ref: Ref): boolean => ref === self || results.get(ref)?.merged === true;
  const merged = holders.filter(isHere).length >= ctx.quorum(state, holders);
  const isAlone = holders.length === 1 && holders[0] === self;
  if (isAlone && merged) beAlone(ctx, state);
  // Fewer than three are all members that there are: asked all, nobody is left who could know.
  const isFew = ctx.world.nowUs() >= state.threeUntilUs;
  const askedAll = isFew && holders.every(isHere);
  const knowsAbsence =
    merged &&
    (isFew || holders.length === HOLDERS) &&
    (askedAll ||
      ctx.isEstablished(state) ||
      [...results.values()].some((synced) => synced.merged && synced.established));
  const confirmed = new Set<Ref>(
    holders.filter((ref) => ref === self || results.get(ref)?.sameAt === version),
  );
  const hosted = state.hosted.get(path);
  if (hosted !== undefined && !state.isOver) {
    ctx.noteHolders(state, hosted, holders);
    hosted.holders.forgetFormer();
    hosted.knowsAbsence = knowsAbsence;
    if (merged) hosted.settledUntilUs = ctx.goodUntilUs;
  }
  const all = [...results.values()].every((synced) => synced.merged);
  return { merged, knowsAbsence, confirmed, version, all };
}

/** The only member there is has been given all that there is. */
function beAlone(ctx: Context, state: MemberState): void {
  state.establishedUs = Math.min(state.establishedUs, ctx.world.nowUs());
  state.contactMs = ctx.world.wallMs();
}

function others(refs: readonly Ref[], self: Ref, asked: ReadonlyMap<Ref, unknown>): Ref[] {
  return [...new Set(refs)].filter((ref) => ref !== self && !asked.has(ref));
}

function sameRefs(a: readonly Ref[], b: readonly Ref[]): boolean {
  return a.length === b.length && a.every((ref, i) => ref === b[i]);
}
