import { closeSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import { Read, ReadReply, Write, WriteReply } from "../../src/apps/naming/messages.ts";
import { parseEntryPath } from "../../src/apps/naming/path.ts";
import type { Address, Incarnation } from "../../src/core/address.ts";
import { type ContactTable, NO_REF, type Ref } from "../../src/core/contacts.ts";
import { hashName } from "../../src/core/numeric-id.ts";
import type { Random } from "../../src/core/random.ts";
import { RouteAnswer, RouteByNumericId } from "../../src/overlay/messages.ts";
import type { Message } from "../../src/wire/message.ts";
import type { MessageRegistry } from "../../src/wire/registry.ts";
import type { Sampler } from "../../src/wire/samples.ts";
import { defaultNames, type NamedFile } from "../load/names.ts";

/** Messages that are measured together. */
export interface Group {
  readonly name: string;
  readonly messages: readonly Message[];
}

/** Nodes of a run on one machine. */
const LOCAL_NODES = 16;
const LOCAL_PORT = 40_000;
/** They start within this time. */
const LOCAL_START_MS = 2_000;
const CONTENT_BYTES = 1_024;
const MODULES = join(import.meta.dirname, "../../node_modules");

/** Every registered type, by samples made up from its declaration. */
export function declaredGroups(
  registry: MessageRegistry,
  sampler: Sampler,
  samples: number,
): readonly Group[] {
  return registry.types.map((type) => ({
    name: type.name,
    messages: Array.from({ length: samples }, () => sampler.message(type)),
  }));
}

/** What the naming service sends for the default names, as routed messages between nodes of one machine. */
export async function namingGroups(
  contacts: ContactTable,
  random: Random,
  samples: number,
): Promise<readonly Group[]> {
  const names = random.shuffle((await defaultNames()).files).slice(0, samples);
  const nodes = localNodes(contacts, random);
  const stamp = () => ({
    ms: 1_767_225_600_000 + random.below(100_000),
    counter: random.below(4),
    writer: random.below(2 ** 32),
  });
  const write = (file: NamedFile, value: Uint8Array): Message => {
    const { directory, name } = parseEntryPath(file.path);
    return Write.make({ path: directory, name, op: "put", stamp: stamp(), value, holders: [] });
  };
  const none = new Uint8Array(0);
  const routed = (file: NamedFile, body: Message) => route(file, body, nodes, contacts, random);
  const reply = (body: Message) => answer(body, nodes, random);
  const group = (name: string, make: (file: NamedFile) => Message): Group => ({
    name,
    messages: names.map(make),
  });
  return [
    group("routed read", (file) => {
      const { directory, name } = parseEntryPath(file.path);
      return routed(file, Read.make({ path: directory, name }));
    }),
    group("routed write, value left out", (file) => routed(file, write(file, none))),
    group("answer to a read, value left out", () =>
      reply(ReadReply.make({ status: "found", stamp: stamp(), value: none })),
    ),
    group("answer to a write", () =>
      reply(
        WriteReply.make({
          status: "done",
          stamp: stamp(),
          storedBy: 2,
          first: false,
          existed: false,
        }),
      ),
    ),
    group("routed write of size and SHA-256", (file) => routed(file, write(file, digest(file)))),
    group("routed write of the file's first KiB", (file) =>
      routed(file, write(file, content(file))),
    ),
  ];
}

function localNodes(contacts: ContactTable, random: Random): readonly Ref[] {
  return Array.from({ length: LOCAL_NODES }, (_, i) =>
    contacts.pin({
      name: `com.example.host${i + 1}`,
      address: `udp://127.0.0.1:${LOCAL_PORT + i}` as Address,
      incarnation: ((1_767_225_600_000 + random.below(LOCAL_START_MS)) * 16 +
        random.below(16)) as Incarnation,
    }),
  );
}

/** A request under way: the more hops, the more of the best three are known. */
function route(
  file: NamedFile,
  body: Message,
  nodes: readonly Ref[],
  contacts: ContactTable,
  random: Random,
): Message {
  const [origin, start, best, second, third] = random.shuffle(nodes) as [Ref, Ref, Ref, Ref, Ref];
  const hops = random.below(4);
  const target = contacts.numericOnly(hashName(parseEntryPath(file.path).directory));
  contacts.keep(target);
  return RouteByNumericId.make({
    target,
    level: hops,
    final: hops === 3,
    joining: false,
    hops,
    remainingMs: 4_000 + random.below(1_000),
    start: hops === 0 ? NO_REF : start,
    best: hops === 0 ? origin : best,
    second: hops < 2 ? NO_REF : second,
    third: hops < 3 ? NO_REF : third,
    carried: { id: random.below(2 ** 32), origin, attempt: 1, body },
  });
}

function answer(body: Message, nodes: readonly Ref[], random: Random): Message {
  const [by, second, third] = random.shuffle(nodes) as [Ref, Ref, Ref];
  return RouteAnswer.make({
    id: random.below(2 ** 32),
    status: "done",
    hops: random.below(5),
    by,
    holders: [by, second, third],
    body,
  });
}

/** The default value of a name: SHA-256 and size. */
function digest({ sha256, sizeBytes }: NamedFile): Uint8Array {
  const value = Buffer.alloc(sha256.length + 6);
  value.set(sha256);
  value.writeUIntBE(sizeBytes, sha256.length, 6);
  return new Uint8Array(value);
}

function content({ path }: NamedFile): Uint8Array {
  const file = openSync(join(MODULES, path), "r");
  try {
    const buffer = new Uint8Array(CONTENT_BYTES);
    return buffer.slice(0, readSync(file, buffer, 0, CONTENT_BYTES, 0));
  } finally {
    closeSync(file);
  }
}
