import type { ErrorCode } from "../../core/errors.ts";
import type { Message, MessageOf } from "../../wire/message.ts";
import { NO_VALUE } from "./entry.ts";
import { type Do, DoReply } from "./messages.ts";
import type { GetResult, ListResult, PutResult, RemoveResult } from "./results.ts";
import type { Stamp } from "./stamp.ts";

/** What is left of a client's time for the answer's way back. */
const ANSWER_SHARE = 0.05;
const DETAIL_CHARACTERS_MAX = 160;

/** The operations of one member, as a client may ask for them. */
export interface ClientOperations {
  put(path: string, value: Uint8Array, limits: DoLimits): Promise<PutResult>;
  get(path: string, limits: DoLimits): Promise<GetResult>;
  list(path: string, limits: DoLimits & { after: string; limit: number }): Promise<ListResult>;
  remove(path: string, limits: DoLimits): Promise<RemoveResult>;
}

interface DoLimits {
  readonly deadlineUs: number;
  readonly stamp?: Stamp | undefined;
}

type AnyResult = PutResult | GetResult | ListResult | RemoveResult;

/** Runs an operation for a client; the stamp is the client's, so that it may ask another node next. */
export async function serveDo(
  operations: ClientOperations,
  body: MessageOf<typeof Do>,
  remainingUs: number,
): Promise<Message> {
  const { op, path, value, stamp, after, limit } = body;
  const limits = { deadlineUs: Math.floor(remainingUs * (1 - ANSWER_SHARE)), stamp };
  if (op === "put") return doReply(await operations.put(path, value, limits));
  if (op === "get") return doReply(await operations.get(path, limits));
  if (op === "list") return doReply(await operations.list(path, { ...limits, after, limit }));
  return doReply(await operations.remove(path, limits));
}

function doReply(result: AnyResult): Message {
  const isDone = result.outcome === "done";
  const code: ErrorCode | "" = isDone ? "" : result.code;
  return DoReply.make({
    outcome: result.outcome,
    code,
    detail: isDone ? "" : result.detail.slice(0, DETAIL_CHARACTERS_MAX).toWellFormed(),
    stamp: "stamp" in result ? result.stamp : undefined,
    storedBy: result.outcome === "uncertain" ? result.storedBy : 0,
    existed: "existed" in result && result.existed,
    value: "value" in result ? result.value : NO_VALUE,
    names: "names" in result ? result.names : [],
    more: "next" in result && result.next !== undefined,
    tries: Math.min(result.tries, 0xffff),
    hops: Math.min(result.hops, 0xffff),
  });
}
