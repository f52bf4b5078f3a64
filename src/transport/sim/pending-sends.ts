import { FLAT_WORDS, FlatRecord, type Message } from "../../wire/message.ts";
import {
  NO_TOKEN,
  type Peer,
  type Port,
  type PortHandler,
  RETURN_TO_SENDER,
  type Token,
  unknown,
} from "../transport.ts";
import {
  INTERNAL,
  type Kernel,
  RETURN,
  VERDICT,
  WORD_BODY,
  WORD_FROM,
  WORD_OBJECT,
  WORD_TO,
  WORD_TOKEN,
} from "./kernel.ts";
import { NO_OBJECT } from "./object-pool.ts";

type Settle = (handler: PortHandler | undefined) => void;

const CLOSED_NOW = unknown("closed");

/**
 * What a host that closes has still to hear of: its messages on their way and its verdicts and
 * returns to come. Each settles one with `unknown`, reason `closed`. The messages themselves go on.
 */
export function pendingOf(k: Kernel, host: number): readonly Settle[] {
  const settles: Settle[] = [];
  k.queue.forEachPending((words, at) => {
    const kind = (words[at] as number) >>> 24;
    if (words[at + WORD_FROM] !== host) return;
    const peer = words[at + WORD_TO] as Peer;
    const token = words[at + WORD_TOKEN] as number;
    if (kind !== INTERNAL) {
      if (token === NO_TOKEN) return;
      settles.push(settleSend(host as Port, peer, token as Token, messageAt(k, words, at, kind)));
      words[at + WORD_TOKEN] = NO_TOKEN;
    } else if ((token & 0xff) === VERDICT) {
      const waiting = words[at + WORD_BODY] as Token;
      settles.push((handler) => handler?.onVerdict(host as Port, waiting, CLOSED_NOW));
    } else if ((token & 0xff) === RETURN) {
      const message = messageAt(k, words, at, (token >>> 8) & 0x7f);
      settles.push((handler) => handler?.onReturn(host as Port, peer, message, CLOSED_NOW));
    }
  });
  return settles;
}

function settleSend(port: Port, peer: Peer, token: Token, message: Message): Settle {
  return (handler) => {
    if (token === RETURN_TO_SENDER) handler?.onReturn(port, peer, message, CLOSED_NOW);
    else handler?.onVerdict(port, token, CLOSED_NOW);
  };
}

/** A copy of the message of a record: the record stays where it is. */
function messageAt(k: Kernel, words: Int32Array, at: number, tag: number): Message {
  const slot = words[at + WORD_OBJECT] as number;
  const object = slot === NO_OBJECT ? undefined : k.objects.get(slot);
  const type = k.types[tag];
  if (type?.flat !== true) return object as Message;
  const record = new FlatRecord();
  for (let i = 0; i < FLAT_WORDS; i++) record.words[i] = words[at + WORD_BODY + i] as number;
  record.object = object;
  return type.view(record);
}
