import type { Attempts } from "./attempts.ts";
import { NO_VALUE } from "./entry.ts";
import { Write, WriteReply } from "./messages.ts";
import { type EntryPath, linkOf } from "./path.ts";
import type { Stamp } from "./stamp.ts";

/** A removal of the same entry may win so often before the directory is given up. */
const LATER_STAMPS_MAX = 3;

/** `refused`: a limit. */
export type Linked = "linked" | "uncertain" | "refused";

/**
 * Sees to it that a directory has its entry in its parent, that one in its own, and so on up to the
 * root. Nothing waits for anything else: each entry may be made before the directory it stands in.
 */
export async function linkDirectory(
  attempts: Attempts,
  directory: string,
  stamp: Stamp,
): Promise<Linked> {
  const link = linkOf(directory);
  if (link === undefined) return "linked";
  const wasKnown = attempts.state.parents.has(link.directory);
  const [own, above] = await Promise.all([
    assertLink(attempts, link, stamp),
    wasKnown ? ("linked" as const) : linkDirectory(attempts, link.directory, stamp),
  ]);
  if (own.linked !== "linked") return own.linked;
  // The parent was empty: somebody may have removed it since its entry was seen.
  const parent =
    own.first && wasKnown ? await linkDirectory(attempts, link.directory, stamp) : above;
  if (parent === "linked") attempts.state.parents.add(directory);
  return parent;
}

/** Makes a directory's entry, unless it is there. A removal that was later is made good by a later stamp. */
async function assertLink(
  attempts: Attempts,
  link: EntryPath,
  firstStamp: Stamp,
): Promise<{ linked: Linked; first: boolean }> {
  let stamp = firstStamp;
  for (let i = 0; i < LATER_STAMPS_MAX; i++) {
    const body = Write.make({
      path: link.directory,
      name: link.name,
      op: "link",
      stamp,
      value: NO_VALUE,
      holders: [],
    });
    const { reply, isFinal } = await attempts.ask(
      link.directory,
      body,
      WriteReply,
      ({ status }) => status !== "uncertain",
    );
    if (!isFinal || reply === undefined) return { linked: "uncertain", first: false };
    if (reply.status === "done") return { linked: "linked", first: reply.first };
    if (reply.status !== "superseded") return { linked: "refused", first: false };
    const { clock } = attempts.state;
    if (reply.stamp !== undefined) clock.observe(reply.stamp);
    stamp = clock.next();
  }
  return { linked: "uncertain", first: false };
}
