import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import * as v from "valibot";
import { describeMachine } from "../../../bench/machine.ts";
import { SkipnetError } from "../../core/errors.ts";
import { assertNodeName } from "../../core/names.ts";
import {
  NUMERIC_ID_BYTES,
  type NumericId,
  numericIdFromBytes,
  numericIdToBytes,
} from "../../core/numeric-id.ts";
import { NO_NODE, PACE_BYTES, type SavedTables } from "../../overlay/saved-tables.ts";
import { NODES_MAX } from "./nodes.ts";

/**
 * The file of a converged overlay:
 * `skipsnap`, u32 format version, u32 length of the head, the head (JSON); names (each ends with a line
 * feed), numeric IDs (16 bytes each), top levels (i8), repair state (3 bytes each), slots (u24, node
 * numbers; 2^24 - 1: empty); SHA-256 of all before it. Numbers are little-endian.
 */
const MAGIC = "skipsnap";
const VERSION = 1;
const DIGEST_BYTES = 32;
const FIXED_BYTES = MAGIC.length + 8;
const HEAD_BYTES_MAX = 4_096;
const SLOT_BYTES = 3;
const EMPTY_SLOT = 0xff_ff_ff;

const whole = (min: number, max: number) =>
  v.pipe(v.number(), v.integer(), v.minValue(min), v.maxValue(max));
const HEAD = v.object({
  /** Version of the program that wrote it. */
  program: v.string(),
  nodes: whole(1, NODES_MAX),
  /** What decides the shape of the tables: a run that loads them must have the same. */
  shape: v.object({
    k: whole(2, 16),
    dense: v.boolean(),
    leafSetSize: whole(2, 64),
    membersExpected: whole(1, 2 ** 21),
  }),
  namesBytes: whole(1, 2 ** 31),
  slots: whole(0, 2 ** 31),
});

/** What decides the shape of an overlay's tables. */
export type TableShape = v.InferOutput<typeof HEAD>["shape"];

/** A converged overlay, from which runs can begin. */
export interface Snapshot {
  readonly shape: TableShape;
  readonly names: readonly string[];
  readonly numericIds: readonly NumericId[];
  readonly tables: SavedTables;
}

/** Throws `E_FILE`. */
export async function writeSnapshot(file: string, snapshot: Snapshot): Promise<void> {
  const { skipnet } = await describeMachine();
  try {
    writeFileSync(file, encodeSnapshot(snapshot, skipnet));
  } catch (error) {
    throw new SkipnetError("E_FILE", `cannot write ${file}: ${textOf(error)}`);
  }
}

/** Throws `E_FILE` where it is not a snapshot, damaged, or of another version of the format or program. */
export async function readSnapshot(file: string): Promise<Snapshot> {
  const { skipnet } = await describeMachine();
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    throw new SkipnetError("E_FILE", `cannot read ${file}: ${textOf(error)}`);
  }
  return decodeSnapshot(bytes, skipnet, file);
}

/** The bytes of a snapshot that this version of the program writes. */
export function encodeSnapshot(snapshot: Snapshot, program: string): Uint8Array {
  const { names, numericIds, tables, shape } = snapshot;
  const text = Buffer.from(names.map((name) => `${name}\n`).join(""));
  const { nodes, slots } = tables;
  const head = Buffer.from(
    JSON.stringify({ program, nodes, shape, namesBytes: text.length, slots: slots.length }),
  );
  const fixed = Buffer.alloc(FIXED_BYTES);
  fixed.write(MAGIC);
  fixed.writeUInt32LE(VERSION, MAGIC.length);
  fixed.writeUInt32LE(head.length, MAGIC.length + 4);
  const ids = Buffer.alloc(nodes * NUMERIC_ID_BYTES);
  numericIds.forEach((id, i) => {
    ids.set(numericIdToBytes(id), i * NUMERIC_ID_BYTES);
  });
  const packed = Buffer.alloc(slots.length * SLOT_BYTES);
  slots.forEach((slot, i) => {
    packed.writeUIntLE(slot === NO_NODE ? EMPTY_SLOT : slot, i * SLOT_BYTES, SLOT_BYTES);
  });
  const tops = new Uint8Array(tables.topLevels.buffer, tables.topLevels.byteOffset, nodes);
  const parts = [fixed, head, text, ids, tops, tables.pace, packed];
  return Buffer.concat([...parts, digestOf(parts)]);
}

/** Throws `E_FILE`; `file` is what messages call it. */
export function decodeSnapshot(bytes: Uint8Array, program: string, file: string): Snapshot {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const damaged = (what: string): SkipnetError => new SkipnetError("E_FILE", `${file} ${what}`);
  if (buffer.length < FIXED_BYTES + DIGEST_BYTES || buffer.toString("latin1", 0, 8) !== MAGIC) {
    throw damaged("is not a snapshot of skipnet sim --save");
  }
  const version = buffer.readUInt32LE(MAGIC.length);
  if (version !== VERSION) {
    throw damaged(`is a snapshot of format version ${version}; this program reads ${VERSION}`);
  }
  const end = buffer.length - DIGEST_BYTES;
  if (!digestOf([buffer.subarray(0, end)]).equals(buffer.subarray(end))) {
    throw damaged("is damaged: its digest does not agree");
  }
  const headBytes = buffer.readUInt32LE(MAGIC.length + 4);
  if (headBytes > Math.min(HEAD_BYTES_MAX, end - FIXED_BYTES)) throw damaged("has no sound head");
  const head = headOf(buffer.toString("utf8", FIXED_BYTES, FIXED_BYTES + headBytes), damaged);
  if (head.program !== program) {
    throw damaged(`was written by skipnet ${head.program}; this is ${program}`);
  }
  const { nodes, namesBytes, slots: slotCount, shape } = head;
  const sizes = [
    namesBytes,
    nodes * NUMERIC_ID_BYTES,
    nodes,
    nodes * PACE_BYTES,
    slotCount * SLOT_BYTES,
  ];
  let at = FIXED_BYTES + headBytes;
  if (sizes.reduce((sum, size) => sum + size, at) !== end) throw damaged("has another length");
  const [text, ids, tops, pace, packed] = sizes.map((size) => {
    at += size;
    return buffer.subarray(at - size, at);
  }) as [Buffer, Buffer, Buffer, Buffer, Buffer];
  const slots = new Int32Array(slotCount);
  for (let i = 0; i < slotCount; i++) {
    const slot = packed.readUIntLE(i * SLOT_BYTES, SLOT_BYTES);
    slots[i] = slot === EMPTY_SLOT ? NO_NODE : slot;
  }
  const tables = {
    nodes,
    topLevels: Int8Array.from(new Int8Array(tops.buffer, tops.byteOffset, nodes)),
    slots,
    pace: Uint8Array.from(pace),
  };
  return { shape, names: namesOf(text, nodes, damaged), numericIds: idsOf(ids), tables };
}

function headOf(text: string, damaged: (what: string) => SkipnetError): v.InferOutput<typeof HEAD> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw damaged(`has no sound head: ${textOf(error)}`);
  }
  const parsed = v.safeParse(HEAD, value);
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  throw damaged(`has no sound head: ${v.getDotPath(issue) ?? ""}: ${issue.message}`);
}

function namesOf(
  text: Buffer,
  nodes: number,
  damaged: (what: string) => SkipnetError,
): readonly string[] {
  const names = text.toString("utf8").split("\n");
  if (names.pop() !== "" || names.length !== nodes || new Set(names).size !== nodes) {
    throw damaged("has not a name for each node");
  }
  for (const name of names) assertNodeName(name);
  return names;
}

function idsOf(bytes: Buffer): NumericId[] {
  const ids: NumericId[] = [];
  for (let at = 0; at < bytes.length; at += NUMERIC_ID_BYTES) {
    ids.push(numericIdFromBytes(bytes.subarray(at, at + NUMERIC_ID_BYTES)));
  }
  return ids;
}

function digestOf(parts: readonly Uint8Array[]): Buffer {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest();
}

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
