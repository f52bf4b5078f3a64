import { asSkipnetError } from "../../core/errors.ts";
import type { Attempts, MakeBody, Reply } from "./attempts.ts";
import { NO_VALUE } from "./entry.ts";
import { List, ListReply, Read, ReadReply, Write, WriteReply } from "./messages.ts";
import { type Linked, linkDirectory } from "./parents.ts";
import { type EntryPath, linkOf, parseDirectoryPath, parseEntryPath } from "./path.ts";
import type {
  Done,
  GetResult,
  ListResult,
  NotDone,
  PutResult,
  RemoveResult,
  Uncertain,
} from "./results.ts";
import type { Stamp } from "./stamp.ts";

type WriteAnswer = Reply<Parameters<typeof WriteReply.make>[0]>;

/** Stores a value under a name, making the directories above it. `E_NAME`, `E_LIMIT`, `E_STAMP`, `E_SUPERSEDED`. */
export async function put(
  attempts: Attempts,
  path: string,
  value: Uint8Array,
  given: Stamp | undefined,
): Promise<PutResult> {
  const entry = parsed(attempts, () => parseEntryPath(path));
  if ("outcome" in entry) return entry;
  const { valueBytesMax } = attempts.ctx.options;
  if (value.length > valueBytesMax) {
    return attempts.notDone("E_LIMIT", `a value of ${value.length} bytes is over ${valueBytesMax}`);
  }
  const { directory, name } = entry;
  const { parents, clock } = attempts.state;
  const stamp = given ?? clock.next();
  const isKnown = parents.has(directory);
  const [written, linked] = await Promise.all([
    write(attempts, { directory, name }, "put", stamp, value),
    isKnown ? ("linked" as const) : linkDirectory(attempts, directory, stamp),
  ]);
  const result = writeResult(attempts, written, stamp);
  if (result.outcome !== "done") return result;
  // The directory was empty: somebody may have removed it since its entry was seen.
  const isAgain = isKnown && written.reply?.first === true;
  const visible: Linked = isAgain ? await linkDirectory(attempts, directory, stamp) : linked;
  if (visible === "linked") return { ...result, ...attempts.cost };
  const why = visible === "refused" ? "E_LIMIT" : "E_UNCERTAIN";
  const detail = "stored, but its directory has no confirmed entry in its parent";
  return attempts.uncertain(why, detail, written.reply?.storedBy, stamp);
}

/** Reads a name's value. `E_NOT_FOUND` where there is none or it is a directory. */
export async function get(attempts: Attempts, path: string): Promise<GetResult> {
  const entry = parsed(attempts, () => parseEntryPath(path));
  if ("outcome" in entry) return entry;
  const { directory, name } = entry;
  const body = Read.make({ path: directory, name });
  const answer = await attempts.ask(directory, body, ReadReply, isCertain);
  const { reply } = answer;
  if (!answer.isFinal || reply === undefined) return unanswered(attempts, answer);
  if (reply.stamp !== undefined) attempts.state.clock.observe(reply.stamp);
  if (reply.status === "found" && reply.stamp !== undefined) {
    return { outcome: "done", stamp: reply.stamp, value: reply.value, ...attempts.cost };
  }
  const what = reply.status === "isDirectory" ? "is a directory" : "has no value";
  return attempts.notDone("E_NOT_FOUND", `${path} ${what}`);
}

/** Reads a page of a directory's names. `E_NOT_FOUND` where there is no such directory. */
export async function list(
  attempts: Attempts,
  path: string,
  after: string,
  limit: number,
): Promise<ListResult> {
  const directory = parsed(attempts, () => parseDirectoryPath(path));
  if (typeof directory !== "string") return directory;
  const answer = await askNames(attempts, directory, after, limit);
  const { reply } = answer;
  if (!answer.isFinal || reply === undefined) return unanswered(attempts, answer);
  const { names, more } = reply;
  const link = linkOf(directory);
  if (names.length === 0 && after === "" && link !== undefined) {
    // Empty, or not there: its entry in its parent tells.
    const body = Read.make({ path: link.directory, name: link.name });
    const seen = await attempts.ask(link.directory, body, ReadReply, isCertain);
    if (!seen.isFinal) return unanswered(attempts, seen);
    if (seen.reply?.status !== "found") {
      return attempts.notDone("E_NOT_FOUND", `there is no directory ${directory}`);
    }
  }
  return { outcome: "done", names, next: more ? names.at(-1) : undefined, ...attempts.cost };
}

/**
 * Removes a name's value, or an empty directory; with a slash at its end: the directory. What is not
 * there is removed all the same: an older write of it that is still on its way shall not win.
 */
export async function remove(
  attempts: Attempts,
  path: string,
  given: Stamp | undefined,
): Promise<RemoveResult> {
  const entry = parsed(attempts, () => parseEntryPath(parseDirectoryPath(path)));
  if ("outcome" in entry) return entry;
  const stamp = given ?? attempts.state.clock.next();
  if (!path.endsWith("/")) {
    const answer = await write(attempts, entry, "remove", stamp, NO_VALUE);
    if (answer.reply?.status !== "isDirectory") {
      return removed(writeResult(attempts, answer, stamp), answer);
    }
  }
  return removeDirectory(attempts, parseDirectoryPath(path), entry, stamp);
}

async function removeDirectory(
  attempts: Attempts,
  directory: string,
  entry: EntryPath,
  stamp: Stamp,
): Promise<RemoveResult> {
  const inside = await askNames(attempts, directory, "", 1);
  if (!inside.isFinal || inside.reply === undefined) {
    // Nothing has been written yet.
    const code = inside.error?.code ?? "E_UNCERTAIN";
    return attempts.notDone(code, `it is not known whether ${directory} is empty`);
  }
  if (inside.reply.names.length > 0) {
    return attempts.notDone("E_NOT_EMPTY", `${directory} has entries`);
  }
  attempts.state.parents.forget(directory);
  const link = { directory: entry.directory, name: `${entry.name}/` };
  const answer = await write(attempts, link, "remove", stamp, NO_VALUE);
  return removed(writeResult(attempts, answer, stamp), answer);
}

function removed(result: Done | NotDone | Uncertain, answer: WriteAnswer): RemoveResult {
  if (result.outcome !== "done") return result;
  return { ...result, existed: answer.reply?.existed === true };
}

function write(
  attempts: Attempts,
  { directory, name }: EntryPath,
  op: "put" | "remove",
  stamp: Stamp,
  value: Uint8Array,
): Promise<WriteAnswer> {
  const make: MakeBody = (holders) =>
    Write.make({ path: directory, name, op, stamp, value, holders });
  // A large value would be carried over every hop of the route.
  const isLarge = value.length > attempts.ctx.options.routedBytesMax;
  const isFinal = ({ status }: { status: string }): boolean => status !== "uncertain";
  return attempts.ask(directory, isLarge ? { make } : make([]), WriteReply, isFinal);
}

function writeResult(
  attempts: Attempts,
  { reply, isFinal, mayHaveActed, error }: WriteAnswer,
  stamp: Stamp,
): Done | NotDone | Uncertain {
  const storedBy = reply?.storedBy ?? 0;
  if (!isFinal || reply === undefined) {
    const code = error?.code ?? "E_UNCERTAIN";
    const detail = error?.message ?? "no answer";
    if (!mayHaveActed) return attempts.notDone(code, detail);
    return attempts.uncertain(code, detail, storedBy, stamp);
  }
  if (reply.status === "done") return { outcome: "done", stamp, ...attempts.cost };
  if (reply.status === "superseded") {
    if (reply.stamp !== undefined) attempts.state.clock.observe(reply.stamp);
    const detail = "a later write of this name has won";
    // An earlier attempt may have been done before that, or this one on some holders.
    if (mayHaveActed || storedBy > 0)
      return attempts.uncertain("E_SUPERSEDED", detail, storedBy, reply.stamp);
    return attempts.notDone("E_SUPERSEDED", detail, reply.stamp);
  }
  const code =
    reply.status === "isDirectory" || reply.status === "uncertain" ? "E_UNCERTAIN" : reply.status;
  const detail = "refused by the directory's first holder";
  if (mayHaveActed) return attempts.uncertain(code, detail, storedBy, stamp);
  return attempts.notDone(code, detail);
}

function askNames(attempts: Attempts, directory: string, after: string, limit: number) {
  const body = List.make({ path: directory, after, limit });
  return attempts.ask(directory, body, ListReply, isCertain);
}

function isCertain({ status }: { readonly status: string }): boolean {
  return status !== "uncertain";
}

/** A read without a certain answer. */
function unanswered(attempts: Attempts, { error }: Reply<unknown>): NotDone | Uncertain {
  const code = error?.code ?? "E_UNCERTAIN";
  const detail = error?.message ?? "no certain answer";
  if (error?.certainty === "definite") return attempts.notDone(code, detail);
  return attempts.uncertain(code, detail);
}

function parsed<T>(attempts: Attempts, parse: () => T): T | NotDone {
  try {
    return parse();
  } catch (thrown) {
    const error = asSkipnetError(thrown);
    return attempts.notDone(error.code, error.message);
  }
}
