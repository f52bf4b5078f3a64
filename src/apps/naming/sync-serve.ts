import type { Ref } from "../../core/contacts.ts";
import type { Message, MessageOf } from "../../wire/message.ts";
import type { Context, StoreResult } from "./context.ts";
import { bucketOf, digestOf, EMPTY_DIGEST, sameDigest } from "./digest.ts";
import { Directory } from "./directory.ts";
import { type Entry, entryBytes } from "./entry.ts";
import type { Hosted, MemberState } from "./member-state.ts";
import {
  type Diff,
  DiffReply,
  ENTRIES_MAX,
  FORMER_MAX,
  HEADERS_MAX,
  type Refusal,
  type Store,
  StoreReply,
  type Sync,
  SyncReply,
} from "./messages.ts";
import { isDirectoryPath } from "./path.ts";
import { compareStamps, type Stamp } from "./stamp.ts";

/** Entries of one message between holders together, in bytes; a single larger one travels alone. */
const MESSAGE_ENTRIES_BYTES = 256 * 1024;

const NOTHING = new Directory(0);

/** Takes entries from the front that fit one message: one at least. */
export function fitting(entries: readonly Entry[]): readonly Entry[] {
  let bytes = 0;
  let count = 0;
  while (count < entries.length && count < ENTRIES_MAX) {
    bytes += entryBytes(entries[count] as Entry);
    if (count > 0 && bytes > MESSAGE_ENTRIES_BYTES) break;
    count++;
  }
  return entries.slice(0, count);
}

/** Answers whether this member's copy is the same. The asker tells who holds the directory now. */
export function serveSync(
  ctx: Context,
  state: MemberState,
  body: MessageOf<typeof Sync>,
  postpone: (hosted: Hosted) => void,
): Message {
  const { path, high, low, holders } = body;
  state.store.purge(path, ctx.tombstonesFromMs);
  const directory = state.store.get(path);
  const same = sameDigest(directory?.digest ?? EMPTY_DIGEST, { high, low });
  const hosted = state.hosted.get(path);
  let former: readonly Ref[] = [];
  if (hosted !== undefined) {
    const known = [...hosted.holders.present, ...hosted.holders.former(ctx.world.nowUs())];
    former = [...new Set(known)].filter((ref) => ref !== state.self && !holders.includes(ref));
    if (holders.includes(state.self)) ctx.noteHolders(state, hosted, holders);
    // The first holder does the work; the others do theirs where it does not.
    if (holders.indexOf(state.self) > 0) postpone(hosted);
  }
  return SyncReply.make({
    same,
    established: ctx.isEstablished(state),
    former: former.slice(-FORMER_MAX),
    buckets: same ? [] : (directory ?? NOTHING).bucketDigests(),
  });
}

/** Compares the asker's headers of a range of names with this member's copy. */
export function serveDiff(state: MemberState, body: MessageOf<typeof Diff>): Message {
  const directory = state.store.get(body.path) ?? NOTHING;
  const theirs = new Map(body.headers.map((header) => [header.name, header]));
  const buckets = new Set(body.buckets);
  const give: Entry[] = [];
  const want: string[] = [];
  for (const entry of directory.range(buckets, body.after, body.upTo)) {
    const header = theirs.get(entry.name);
    theirs.delete(entry.name);
    const order = header === undefined ? 1 : compareStamps(entry.stamp, header.stamp);
    // One stamp with two contents: both sides take the greater.
    const isSplit = order === 0 && digestOf(entry).low !== header?.hash;
    if (order < 0 || isSplit) want.push(entry.name);
    if (order > 0 || isSplit) give.push(entry);
    // One more than fits tells that there are more.
    if (give.length > ENTRIES_MAX) break;
  }
  const entries = fitting(give);
  const more = entries.length < give.length;
  // A walk that broke off has not seen which of their names are here.
  for (const name of more ? [] : theirs.keys()) {
    if (buckets.has(bucketOf(name))) want.push(name);
  }
  return DiffReply.make({ entries, want: want.slice(0, HEADERS_MAX), more });
}

/** Stores entries from another holder. */
export async function serveStore(
  ctx: Context,
  state: MemberState,
  body: MessageOf<typeof Store>,
): Promise<Message> {
  if (!isDirectoryPath(body.path)) return StoreReply.make({ status: "E_NAME", stamp: undefined });
  let refusal: Refusal | undefined;
  let newest: Stamp | undefined;
  for (const entry of body.entries) {
    const result = ctx.store(state, body.path, entry);
    refusal ??= refusalOf(result);
    if (result !== "superseded") continue;
    const present = state.store.get(body.path)?.get(entry.name)?.stamp;
    if (present !== undefined && (newest === undefined || compareStamps(present, newest) > 0)) {
      newest = present;
    }
  }
  const hosted = state.hosted.get(body.path);
  if (hosted !== undefined && body.holders.includes(state.self)) {
    ctx.noteHolders(state, hosted, body.holders);
  }
  await state.store.persist(body.path);
  const status = refusal ?? (newest === undefined ? "stored" : "superseded");
  return StoreReply.make({ status, stamp: newest });
}

export function refusalOf(result: StoreResult): Refusal | undefined {
  if (result === "full") return "E_LIMIT";
  if (result === "ahead") return "E_STAMP";
  return result === "invalid" ? "E_NAME" : undefined;
}
