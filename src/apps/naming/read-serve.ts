import type { Ref } from "../../core/contacts.ts";
import { SkipnetError } from "../../core/errors.ts";
import { hashName } from "../../core/numeric-id.ts";
import type { Message, MessageOf } from "../../wire/message.ts";
import type { Context } from "./context.ts";
import type { Served } from "./coordinate.ts";
import { NO_VALUE } from "./entry.ts";
import { Holding } from "./holders.ts";
import { locate } from "./locate.ts";
import { LINK_DOUBT, type MemberState } from "./member-state.ts";
import { type List, ListReply, PAGE_NAMES_MAX, type Read, ReadReply } from "./messages.ts";
import { isDirectoryName } from "./path.ts";
import { settle } from "./settle.ts";

/** Names of one page together, in bytes: a page is far smaller than a message may be. */
const PAGE_BYTES_MAX = 64 * 1024;

/** A name's value at the directory's first holder. */
export async function serveRead(
  ctx: Context,
  state: MemberState,
  { path, name }: MessageOf<typeof Read>,
  served: Served,
): Promise<Message> {
  const { merged, knowsAbsence } = await consult(ctx, state, path, served);
  const directory = state.store.get(path);
  const entry = directory?.live(name);
  if (merged && entry !== undefined) {
    return ReadReply.make({ status: "found", stamp: entry.stamp, value: entry.value });
  }
  const none = { stamp: directory?.get(name)?.stamp, value: NO_VALUE };
  if (!merged) return ReadReply.make({ status: "uncertain", ...none });
  if (!isDirectoryName(name) && directory?.live(`${name}/`) !== undefined) {
    return ReadReply.make({ status: "isDirectory", ...none });
  }
  // A removal that is known of is as good as having asked everybody.
  const isCertain = knowsAbsence || none.stamp !== undefined;
  return ReadReply.make({ status: isCertain ? "notFound" : "uncertain", ...none });
}

/** A page of names at the directory's first holder. */
export async function serveList(
  ctx: Context,
  state: MemberState,
  { path, after, limit }: MessageOf<typeof List>,
  served: Served,
): Promise<Message> {
  const { merged, knowsAbsence } = await consult(ctx, state, path, served);
  if (!merged || !knowsAbsence) {
    return ListReply.make({ status: "uncertain", names: [], more: false });
  }
  const directory = state.store.get(path);
  const hosted = state.hosted.get(path);
  // Who asks may be about to remove the directory.
  if (hosted !== undefined && directory?.liveCount === 0) hosted.linkDoubt = LINK_DOUBT;
  if (directory === undefined) return ListReply.make({ status: "done", names: [], more: false });
  const page = directory.page(after, Math.max(1, Math.min(limit, PAGE_NAMES_MAX)));
  let bytes = 0;
  let count = 0;
  while (count < page.names.length && bytes < PAGE_BYTES_MAX) {
    bytes += (page.names[count] as string).length;
    count++;
  }
  const names = page.names.slice(0, count);
  return ListReply.make({ status: "done", names, more: page.more || count < page.names.length });
}

/** Whether this copy may answer: at once if it is settled, else after asking the other holders. */
async function consult(
  ctx: Context,
  state: MemberState,
  path: string,
  { holders, remainingUs }: Served,
): Promise<{ merged: boolean; knowsAbsence: boolean }> {
  const endsUs = ctx.world.nowUs() + remainingUs;
  const present = holders.length > 0 ? holders : [state.self];
  const hosted = state.hosted.get(path);
  if (hosted?.isSettledFor(present, ctx.world.nowUs()) === true && hosted.knowsAbsence) {
    return { merged: true, knowsAbsence: true };
  }
  const holding = new Holding(ctx.overlay.contacts, present);
  try {
    const { merged, knowsAbsence } = await settle(ctx, state, path, present);
    if (!knowsAbsence || state.store.get(path) !== undefined) return { merged, knowsAbsence };
    // None of them ever heard of it: there is no such directory, or the route has gone astray.
    return { merged, knowsAbsence: await isSamePlace(ctx, state, path, present, endsUs) };
  } finally {
    holding.release();
  }
}

/** Whether a route from here finds the same holders. */
async function isSamePlace(
  ctx: Context,
  state: MemberState,
  path: string,
  holders: readonly Ref[],
  endsUs: number,
): Promise<boolean> {
  try {
    const found = await locate(ctx, state, hashName(path), endsUs);
    return found.length === holders.length && found.every((ref) => holders.includes(ref));
  } catch (thrown) {
    if (thrown instanceof SkipnetError && thrown.code !== "E_INTERNAL") return false;
    throw thrown;
  }
}
