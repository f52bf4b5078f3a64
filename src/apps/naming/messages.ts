import {
  bool,
  bytes,
  type Field,
  list,
  numbers,
  oneOf,
  optional,
  refs,
  struct,
  text,
  texts,
  u8,
  u16,
  u32,
} from "../../wire/fields.ts";
import { defineMessage } from "../../wire/message.ts";
import { BUCKETS } from "./digest.ts";
import { HOLDERS, VALUE_BYTES_MAX } from "./options.ts";
import { ENTRY_NAME_BYTES_MAX, PATH_BYTES_MAX } from "./path.ts";

/** Names in one page of a list. */
export const PAGE_NAMES_MAX = 1_024;
/** Headers in one exchange between holders. */
export const HEADERS_MAX = 512;
/** Entries in one message between holders. */
export const ENTRIES_MAX = 256;
/** Nodes that a holder remembers to have held a directory before. */
export const FORMER_MAX = 6;
const DETAIL_BYTES_MAX = 512;

const stamp = numbers("when and by whom the write was made", {
  ms: { bytes: 6, doc: "milliseconds since 1970" },
  writer: { bytes: 4, doc: "who" },
  counter: { bytes: 2, doc: "orders stamps of one millisecond" },
});
const path = text("path of the directory", PATH_BYTES_MAX);
const entryName = (doc: string): Field<string> => text(doc, ENTRY_NAME_BYTES_MAX);
const value = bytes("the value; empty for directories and removals", VALUE_BYTES_MAX);
const entry = struct("what a directory knows of a name", {
  name: entryName("a directory's ends in a slash"),
  stamp,
  removed: bool("a tombstone"),
  value,
});
const holders = refs("the directory's holders as the sender knows them, best first", HOLDERS);

/** Why a holder refuses a write: the codes of `core/errors.ts`. */
export const REFUSALS = ["E_LIMIT", "E_STAMP", "E_NAME"] as const;
export type Refusal = (typeof REFUSALS)[number];

export const Write = defineMessage({
  tag: 64,
  name: "naming.write",
  doc: "To a directory's first holder: write one of its names, on two holders at least.",
  nests: true,
  placedBy: "path",
  fields: {
    path,
    name: entryName("which name; a directory's ends in a slash"),
    op: oneOf("link: a directory's entry, unless a later one is there", ["put", "link", "remove"]),
    stamp,
    value,
    holders: refs("where the request came by no route: the holders; else none", HOLDERS),
  },
});

export const WriteReply = defineMessage({
  tag: 65,
  name: "naming.writeReply",
  doc: "What became of a write.",
  nests: true,
  fields: {
    status: oneOf(
      "done: enough holders store it; isDirectory: nothing was removed, the name is a directory's",
      ["done", "superseded", "uncertain", "isDirectory", ...REFUSALS],
    ),
    stamp: optional(stamp),
    storedBy: u8("holders known to store it"),
    first: bool("the directory may have been empty before"),
    existed: bool("the name was there before"),
  },
});

export const Read = defineMessage({
  tag: 66,
  name: "naming.read",
  doc: "To a directory's first holder: the value of one of its names.",
  nests: true,
  placedBy: "path",
  fields: { path, name: entryName("which name; a directory's ends in a slash") },
});

export const ReadReply = defineMessage({
  tag: 67,
  name: "naming.readReply",
  doc: "The value of a name.",
  nests: true,
  fields: {
    status: oneOf("uncertain: not all former holders have been heard", [
      "found",
      "notFound",
      "isDirectory",
      "uncertain",
    ]),
    stamp: optional(stamp),
    value,
  },
});

export const List = defineMessage({
  tag: 68,
  name: "naming.list",
  doc: "To a directory's first holder: a page of its names.",
  nests: true,
  placedBy: "path",
  fields: {
    path,
    after: text("names after this one; empty: from the first", ENTRY_NAME_BYTES_MAX),
    limit: u16("most names in the page", PAGE_NAMES_MAX),
  },
});

export const ListReply = defineMessage({
  tag: 69,
  name: "naming.listReply",
  doc: "A page of a directory's names, in order.",
  nests: true,
  fields: {
    status: oneOf("uncertain: not all former holders have been heard", ["done", "uncertain"]),
    names: texts("in order; a directory's ends in a slash", ENTRY_NAME_BYTES_MAX, PAGE_NAMES_MAX),
    more: bool("there are more after these"),
  },
});

export const Locate = defineMessage({
  tag: 70,
  name: "naming.locate",
  doc: "Routed to a directory's first holder to learn who holds it; answered without a body.",
  nests: true,
  fields: {},
});

export const Sync = defineMessage({
  tag: 71,
  name: "naming.sync",
  doc: "Between holders: is your copy of the directory the same as mine?",
  nests: true,
  fields: { path, high: u32("digest, high half"), low: u32("digest, low half"), holders },
});

export const SyncReply = defineMessage({
  tag: 72,
  name: "naming.syncReply",
  doc: "The same, or where it differs.",
  nests: true,
  fields: {
    same: bool("the digests are equal"),
    established: bool("the replier is a member long enough to have been given what it holds"),
    former: refs("others that may have held the directory before", FORMER_MAX),
    buckets: list("digests of its parts; none if the same", u32("half a digest"), 2 * BUCKETS),
  },
});

export const Diff = defineMessage({
  tag: 73,
  name: "naming.diff",
  doc: "Between holders: these are my entries in a range of names and some parts; what differs?",
  nests: true,
  fields: {
    path,
    buckets: list("which parts", u8("index", BUCKETS - 1), BUCKETS),
    after: text("the range begins after this name", ENTRY_NAME_BYTES_MAX),
    upTo: optional(entryName("the range ends with this name; none: with the last")),
    headers: list(
      "all entries of the range",
      struct("without values", {
        name: entryName("which"),
        stamp,
        hash: u32("of the whole entry: the low half of its digest"),
      }),
      HEADERS_MAX,
    ),
  },
});

export const DiffReply = defineMessage({
  tag: 74,
  name: "naming.diffReply",
  doc: "Entries that are later or only here, and names that are later or only there.",
  nests: true,
  fields: {
    entries: list("later or only here", entry, ENTRIES_MAX),
    want: texts("names that are later or only there", ENTRY_NAME_BYTES_MAX, HEADERS_MAX),
    more: bool("there are more to give: ask again for the same range"),
  },
});

export const Store = defineMessage({
  tag: 75,
  name: "naming.store",
  doc: "Between holders: store these entries.",
  nests: true,
  fields: { path, holders, entries: list("any", entry, ENTRIES_MAX) },
});

export const StoreReply = defineMessage({
  tag: 76,
  name: "naming.storeReply",
  doc: "Stored all, or a later one is here, or one was refused.",
  nests: true,
  fields: {
    status: oneOf("what became of them", ["stored", "superseded", ...REFUSALS]),
    stamp: optional(stamp),
  },
});

/** Operations that a node runs for a client. */
export const OPERATIONS = ["put", "get", "list", "remove"] as const;

export const Do = defineMessage({
  tag: 80,
  name: "naming.do",
  doc: "From a client that is not a member: run this operation for me.",
  nests: true,
  fields: {
    op: oneOf("which", OPERATIONS),
    path: text("as the user wrote it", PATH_BYTES_MAX + 1),
    stamp: optional(stamp),
    value: bytes("put: the value", VALUE_BYTES_MAX),
    after: text("list: names after this one", ENTRY_NAME_BYTES_MAX),
    limit: u16("list: most names in the page", PAGE_NAMES_MAX),
  },
});

export const DoReply = defineMessage({
  tag: 81,
  name: "naming.doReply",
  doc: "The outcome of an operation run for a client.",
  nests: true,
  fields: {
    outcome: oneOf("what became of it", ["done", "notDone", "uncertain"]),
    code: text("not done or uncertain: the code of core/errors.ts", 32),
    detail: text("for people", DETAIL_BYTES_MAX),
    stamp: optional(stamp),
    storedBy: u8("uncertain: holders known to store it"),
    existed: bool("remove: the name was there"),
    value: bytes("get: the value", VALUE_BYTES_MAX),
    names: texts(
      "list: the page; a directory's ends in a slash",
      ENTRY_NAME_BYTES_MAX,
      PAGE_NAMES_MAX,
    ),
    more: bool("list: there are more"),
    tries: u16("1, and one more for every request that was repeated"),
    hops: u16("of the first request's route"),
  },
});

/** All message types of the naming service. */
export const NAMING_MESSAGES = [
  Write,
  WriteReply,
  Read,
  ReadReply,
  List,
  ListReply,
  Locate,
  Sync,
  SyncReply,
  Diff,
  DiffReply,
  Store,
  StoreReply,
  Do,
  DoReply,
] as const;
