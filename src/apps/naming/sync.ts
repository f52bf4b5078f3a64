import type { Ref } from "../../core/contacts.ts";
import { SkipnetError } from "../../core/errors.ts";
import type { Message, MessageType } from "../../wire/message.ts";
import type { Context } from "./context.ts";
import { BUCKETS, digestOf, EMPTY_DIGEST } from "./digest.ts";
import type { Directory } from "./directory.ts";
import type { Entry } from "./entry.ts";
import type { MemberState } from "./member-state.ts";
import { Diff, DiffReply, HEADERS_MAX, Store, StoreReply, Sync, SyncReply } from "./messages.ts";
import { fitting } from "./sync-serve.ts";

/** Comparisons in one exchange: a copy that others write meanwhile is left to the next one. */
const PASSES_MAX = 3;

/** What an exchange with another node brought. */
export interface Synced {
  /** It answered throughout, and all that it had is merged here. */
  readonly merged: boolean;
  /** It confirmed that it has the same as this member's copy had in this version. */
  readonly sameAt: number | undefined;
  readonly established: boolean;
  /** Others that held the directory before, as it knows. */
  readonly former: readonly Ref[];
}

const NOT_REACHED: Synced = { merged: false, sameAt: undefined, established: false, former: [] };

/** Which directory is exchanged with whom, until when. */
export interface Exchange {
  readonly state: MemberState;
  readonly path: string;
  readonly with: Ref;
  /** Who holds the directory now: others are asked for what they have and given nothing. */
  readonly holders: readonly Ref[];
  readonly endsUs: number;
}

/**
 * Makes two holders' copies of a directory the same: compares digests, exchanges what differs in
 * both directions, and compares again. Never rejects: a node that does not answer is not reached.
 */
export async function syncWith(ctx: Context, exchange: Exchange): Promise<Synced> {
  try {
    return await synchronise(ctx, exchange);
  } catch (thrown) {
    if (thrown instanceof SkipnetError && thrown.code !== "E_INTERNAL") return NOT_REACHED;
    throw thrown;
  }
}

async function synchronise(ctx: Context, exchange: Exchange): Promise<Synced> {
  const { state, path, holders } = exchange;
  const former = new Set<Ref>();
  let merged = false;
  let established = false;
  for (let pass = 0; pass < PASSES_MAX; pass++) {
    const { store } = state;
    store.purge(path, ctx.tombstonesFromMs);
    const directory = store.get(path);
    const version = directory?.version ?? 0;
    const { high, low } = directory?.digest ?? EMPTY_DIGEST;
    const reply = await ask(ctx, exchange, Sync.make({ path, high, low, holders }), SyncReply);
    established = reply.established;
    for (const ref of reply.former) former.add(ref);
    if (reply.same) return { merged: true, sameAt: version, established, former: [...former] };
    const buckets = differing(directory, reply.buckets);
    if (!(await exchangeEntries(ctx, exchange, buckets))) break;
    merged = true;
    if (!holders.includes(exchange.with)) break;
  }
  return { merged, sameAt: undefined, established, former: [...former] };
}

/** Walks the differing parts in order of names. False where the other side refused or gave nothing new. */
async function exchangeEntries(
  ctx: Context,
  exchange: Exchange,
  buckets: ReadonlySet<number>,
): Promise<boolean> {
  const { state, path } = exchange;
  let after = "";
  for (;;) {
    const { headers, upTo } = headersFrom(state.store.get(path), buckets, after);
    const body = Diff.make({ path, buckets: [...buckets], after, upTo, headers });
    const reply = await ask(ctx, exchange, body, DiffReply);
    let isNew = false;
    for (const entry of reply.entries) {
      if (ctx.store(state, path, entry) === "stored") isNew = true;
    }
    const given = await give(ctx, exchange, reply.want);
    if (reply.more) {
      if (!isNew) return false;
      continue;
    }
    if (!given) return false;
    if (upTo === undefined) return true;
    after = upTo;
  }
}

/** Sends the entries that the other side lacks. */
async function give(ctx: Context, exchange: Exchange, want: readonly string[]): Promise<boolean> {
  const { state, path, holders } = exchange;
  if (!holders.includes(exchange.with)) return true;
  const directory = state.store.get(path);
  let entries: readonly Entry[] = want.flatMap((name) => directory?.get(name) ?? []);
  while (entries.length > 0) {
    const part = fitting(entries);
    const body = Store.make({ path, holders, entries: part });
    const { status } = await ask(ctx, exchange, body, StoreReply);
    if (status !== "stored" && status !== "superseded") return false;
    entries = entries.slice(part.length);
  }
  return true;
}

function headersFrom(
  directory: Directory | undefined,
  buckets: ReadonlySet<number>,
  after: string,
): { headers: { name: string; stamp: Entry["stamp"]; hash: number }[]; upTo: string | undefined } {
  const headers = [];
  for (const entry of directory?.range(buckets, after, undefined) ?? []) {
    if (headers.length === HEADERS_MAX) return { headers, upTo: headers.at(-1)?.name };
    headers.push({ name: entry.name, stamp: entry.stamp, hash: digestOf(entry).low });
  }
  return { headers, upTo: undefined };
}

function differing(directory: Directory | undefined, theirs: readonly number[]): Set<number> {
  const ours = directory?.bucketDigests();
  const buckets = new Set<number>();
  for (let i = 0; i < BUCKETS; i++) {
    const high = ours?.[2 * i] ?? 0;
    const low = ours?.[2 * i + 1] ?? 0;
    if (theirs[2 * i] !== high || theirs[2 * i + 1] !== low) buckets.add(i);
  }
  return buckets;
}

/** One request, repeated while the other side is silent and time is left. */
async function ask<Values>(
  ctx: Context,
  { state, with: to, endsUs }: Exchange,
  body: Message,
  replyType: MessageType<Values>,
): Promise<Message & Values> {
  const { syncMs, syncTries } = ctx.options;
  for (let attempt = 1; ; attempt++) {
    const untilUs = Math.min(endsUs, ctx.world.nowUs() + syncMs * 1000);
    try {
      const reply = await ctx.request(state, to, body, untilUs);
      if (state.isOver) throw new SkipnetError("E_NOT_MEMBER", "the member has left");
      state.contactMs = ctx.world.wallMs();
      if (reply !== undefined && replyType.is(reply)) return reply;
      throw new SkipnetError("E_MALFORMED", `no ${replyType.name}`);
    } catch (thrown) {
      const isSilence =
        thrown instanceof SkipnetError &&
        (thrown.code === "E_DEADLINE" || thrown.code === "E_UNREACHABLE");
      if (!isSilence || attempt >= syncTries || ctx.world.nowUs() >= endsUs) throw thrown;
    }
  }
}
