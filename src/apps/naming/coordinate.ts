import type { Ref } from "../../core/contacts.ts";
import { SkipnetError } from "../../core/errors.ts";
import type { Message, MessageOf } from "../../wire/message.ts";
import type { Context } from "./context.ts";
import { type Entry, NO_VALUE } from "./entry.ts";
import { Holding } from "./holders.ts";
import { LINK_DOUBT, type MemberState } from "./member-state.ts";
import { type Refusal, Store, StoreReply, type Write, WriteReply } from "./messages.ts";
import { isDirectoryName, isDirectoryPath, isEntryName } from "./path.ts";
import { settle } from "./settle.ts";
import { compareStamps, type Stamp } from "./stamp.ts";
import { refusalOf } from "./sync-serve.ts";

type WriteBody = MessageOf<typeof Write>;
type Status = Parameters<typeof WriteReply.make>[0]["status"];

/** What a request brings besides its body. */
export interface Served {
  /** The directory's holders as its route found them; none: not known. */
  readonly holders: readonly Ref[];
  readonly remainingUs: number;
}

/**
 * A write at the directory's first holder: stores it here and on the other holders, and answers
 * done as soon as enough of them store it. Repeated, it is the same write: the stamp decides.
 */
export async function serveWrite(
  ctx: Context,
  state: MemberState,
  body: WriteBody,
  served: Served,
): Promise<Message> {
  const { path, name, stamp } = body;
  const refusal = refuse(ctx, body);
  if (refusal !== undefined) return answer(refusal);
  ctx.counters.coordinated++;
  const holders = holdersOf(state, body, served);
  const holding = new Holding(ctx.overlay.contacts, holders);
  try {
    if (body.op === "remove" && !isDirectoryName(name)) {
      const kind = await whatIsThere(ctx, state, body, holders);
      if (kind !== "value") return answer(kind);
    }
    const directory = state.store.get(path);
    const present = directory?.get(name);
    const existed = present !== undefined && !present.removed;
    const isFirst = (directory?.liveCount ?? 0) <= (existed ? 1 : 0);
    let entry = entryOf(body);
    // A later entry does; an older one is renewed, so that an older removal on its way does not win.
    if (body.op === "link" && existed && compareStamps(present.stamp, stamp) > 0) entry = present;
    else if (present === undefined && (directory?.size ?? 0) >= ctx.options.entriesMax) {
      return answer("E_LIMIT");
    }
    const result = ctx.store(state, path, entry);
    const refused = refusalOf(result);
    if (refused !== undefined) return answer(refused);
    if (result === "superseded") return answer("superseded", { stamp: present?.stamp });
    // A directory that begins to have entries may have lost its own one to a racing removal.
    const hosted = state.hosted.get(path);
    if (isFirst && hosted !== undefined) {
      hosted.linkDoubt = LINK_DOUBT;
      ctx.repairSoon(state, hosted);
    }
    const endsUs = ctx.world.nowUs() + served.remainingUs;
    await state.store.persist(path);
    const { status, storedBy, later } = await replicate(ctx, state, {
      path,
      entry,
      holders,
      endsUs,
    });
    return answer(status, {
      stamp: later ?? entry.stamp,
      storedBy,
      first: isFirst,
      existed: existed && compareStamps(present.stamp, stamp) !== 0,
    });
  } finally {
    holding.release();
  }
}

interface Replication {
  readonly path: string;
  readonly entry: Entry;
  readonly holders: readonly Ref[];
  readonly endsUs: number;
}

interface Replicated {
  readonly status: "done" | "superseded" | "uncertain";
  /** Holders known to store it, this one included. */
  readonly storedBy: number;
  readonly later?: Stamp | undefined;
}

/** Stores an entry on the other holders; resolves as soon as its fate is known. */
function replicate(
  ctx: Context,
  state: MemberState,
  { path, entry, holders, endsUs }: Replication,
): Promise<Replicated> {
  const others = holders.filter((ref) => ref !== state.self);
  const needed = ctx.quorum(state, holders);
  const deferred = ctx.world.deferred<Replicated>();
  let storedBy = others.length < holders.length ? 1 : 0;
  let open = others.length;
  const decide = (): void => {
    if (storedBy >= needed) deferred.resolve({ status: "done", storedBy });
    else if (open === 0) deferred.resolve({ status: "uncertain", storedBy });
  };
  const storeOn = async (to: Ref): Promise<void> => {
    let isStored = false;
    try {
      const request = Store.make({ path, holders, entries: [entry] });
      const reply = await ctx.request(state, to, request, endsUs);
      state.contactMs = ctx.world.wallMs();
      if (reply === undefined || !StoreReply.is(reply)) return;
      isStored = reply.status === "stored";
      if (isStored) storedBy++;
      if (reply.status === "superseded" && reply.stamp !== undefined) {
        // It is stored here, and may have been read.
        deferred.resolve({
          status: "superseded",
          storedBy: Math.max(1, storedBy),
          later: reply.stamp,
        });
      }
    } catch (thrown) {
      if (!(thrown instanceof SkipnetError)) throw thrown;
    } finally {
      const hosted = state.hosted.get(path);
      if (!isStored && hosted !== undefined && !state.isOver) ctx.repairSoon(state, hosted);
      open--;
      decide();
    }
  };
  decide();
  for (const to of others) void storeOn(to);
  return deferred.promise;
}

/** Whether a removal is of a value, or of a directory, which goes another way. */
async function whatIsThere(
  ctx: Context,
  state: MemberState,
  { path, name, stamp }: WriteBody,
  holders: readonly Ref[],
): Promise<"value" | "isDirectory" | "uncertain"> {
  const look = (): "value" | "isDirectory" | undefined => {
    const directory = state.store.get(path);
    const present = directory?.get(name);
    if (present !== undefined && (!present.removed || compareStamps(present.stamp, stamp) === 0)) {
      return "value";
    }
    return directory?.live(`${name}/`) === undefined ? undefined : "isDirectory";
  };
  const isSettled = state.hosted.get(path)?.isSettledFor(holders, ctx.world.nowUs()) === true;
  const atOnce = look();
  if (atOnce === "value" || isSettled) return atOnce ?? "value";
  const { merged } = await settle(ctx, state, path, holders);
  return merged ? (look() ?? "value") : "uncertain";
}

function refuse(ctx: Context, { path, name, op, stamp, value }: WriteBody): Refusal | undefined {
  if (!isDirectoryPath(path) || !isEntryName(name)) return "E_NAME";
  if (op === "link" ? !isDirectoryName(name) : op === "put" && isDirectoryName(name))
    return "E_NAME";
  if (value.length > ctx.options.valueBytesMax || (op !== "put" && value.length > 0)) {
    return "E_LIMIT";
  }
  // Older than the tombstones that might contradict it: it could bring back what was removed.
  return ctx.isAhead(stamp) || stamp.ms < ctx.tombstonesFromMs ? "E_STAMP" : undefined;
}

function holdersOf(state: MemberState, body: WriteBody, served: Served): readonly Ref[] {
  if (served.holders.length > 0) return served.holders;
  return body.holders.length > 0 ? body.holders : [state.self];
}

function entryOf({ name, op, stamp, value }: WriteBody): Entry {
  return { name, stamp, removed: op === "remove", value: op === "put" ? value : NO_VALUE };
}

function answer(
  status: Status,
  more: { stamp?: Stamp | undefined; storedBy?: number; first?: boolean; existed?: boolean } = {},
): Message {
  const { stamp, storedBy = 0, first = false, existed = false } = more;
  return WriteReply.make({ status, stamp, storedBy, first, existed });
}
