import { SkipnetError } from "../../core/errors.ts";
import type { MessageCodec } from "../../wire/codec.ts";
import type { Message } from "../../wire/message.ts";
import {
  NO_TOKEN,
  type Peer,
  type Port,
  type PortHandler,
  RETURN_TO_SENDER,
  type RefusedReason,
  refused,
  type Token,
  type Verdict,
} from "../transport.ts";
import { messagePayload } from "./frames.ts";
import type { Turn } from "./turn.ts";

/** Where news about a port's messages goes. */
export interface Recipient {
  readonly port: Port;
  readonly handler: PortHandler;
}

/** Bytes of messages in and out, and the news of what became of them. */
export class Mail {
  readonly #codec: MessageCodec;
  readonly #turn: Turn;

  constructor(codec: MessageCodec, turn: Turn) {
    this.#codec = codec;
    this.#turn = turn;
  }

  /** The reason if it cannot be encoded. Anything but an exceeded limit is thrown. */
  encode(message: Message): Uint8Array | RefusedReason {
    try {
      return this.#codec.encode(message);
    } catch (thrown) {
      const code = thrown instanceof SkipnetError ? thrown.code : undefined;
      if (code === "E_TOO_LARGE") return "tooLarge";
      if (code === "E_LIMIT") return "invalid";
      throw thrown;
    }
  }

  /** Undefined: malformed. */
  decode(encoded: Uint8Array): Message | undefined {
    try {
      return this.#codec.decode(encoded);
    } catch (thrown) {
      if (thrown instanceof SkipnetError && thrown.code === "E_MALFORMED") return undefined;
      throw thrown;
    }
  }

  /** What became of a message; said at once, or after the application's present call. */
  tell(to: Recipient, peer: Peer, token: Token, frame: Buffer, verdict: Verdict): void {
    if (token === NO_TOKEN) return;
    if (token === RETURN_TO_SENDER && verdict.outcome === "delivered") return;
    if (this.#turn.calling) this.#turn.later(() => this.#say(to, peer, token, frame, verdict));
    else this.#say(to, peer, token, frame, verdict);
  }

  /**
   * A message that could not be encoded. It cannot be flat, for flat messages are small, so it has
   * not changed when it is handed back.
   */
  tellUnencoded(
    { port, handler }: Recipient,
    peer: Peer,
    token: Token,
    message: Message,
    reason: RefusedReason,
  ): void {
    if (token === NO_TOKEN) return;
    const verdict = refused(reason);
    this.#turn.later(() => {
      if (token === RETURN_TO_SENDER) handler.onReturn(port, peer, message, verdict);
      else handler.onVerdict(port, token, verdict);
    });
  }

  #say({ port, handler }: Recipient, peer: Peer, token: Token, frame: Buffer, v: Verdict): void {
    if (token !== RETURN_TO_SENDER) handler.onVerdict(port, token, v);
    else {
      const message = this.decode(messagePayload(frame));
      if (message !== undefined) handler.onReturn(port, peer, message, v);
    }
  }
}
