import type { Message } from "../../wire/message.ts";
import type { Peer, PeerReason, PeerState, Token, Verdict } from "../transport.ts";
import { Fifo } from "./messages/fifo.ts";

/** What the protocol has to tell. */
export type ProtocolEvent =
  | {
      readonly kind: "message";
      readonly from: Peer;
      readonly message: Message;
      readonly bytes: number;
    }
  | { readonly kind: "verdict"; readonly token: Token; readonly verdict: Verdict }
  | {
      readonly kind: "return";
      readonly to: Peer;
      /** As encoded; decoded only now that somebody wants it. */
      readonly bytes: Uint8Array;
      readonly verdict: Verdict;
    }
  /** It could not even be encoded. */
  | {
      readonly kind: "unsent";
      readonly to: Peer;
      readonly message: Message;
      readonly verdict: Verdict;
    }
  | {
      readonly kind: "peer";
      readonly peer: Peer;
      readonly state: PeerState;
      readonly reason: PeerReason;
    }
  | { readonly kind: "drain"; readonly peer: Peer }
  /** The host of this peer is a name: look it up, then call `resolved`. */
  | { readonly kind: "resolve"; readonly peer: Peer; readonly host: string }
  /** A peer does not answer: a refusal by its host would be known from a connected socket. */
  | { readonly kind: "doubt"; readonly host: string; readonly port: number };

/**
 * Events wait here until the protocol has finished what it was doing: a handler may send, watch or
 * close as it likes. BOUNDED: messages by `inboxMessages` and `inboxBytes`, the others by what caused them (a
 * message sent, a peer known).
 */
export class EventQueue {
  readonly #queue = new Fifo<ProtocolEvent>();
  #messages = 0;
  #messageBytes = 0;
  /** Called when a message was taken out. */
  onTaken: (() => void) | undefined;

  /** Messages that wait for their handler. */
  get messages(): number {
    return this.#messages;
  }

  /** Their bytes, as they travelled. */
  get messageBytes(): number {
    return this.#messageBytes;
  }

  get size(): number {
    return this.#queue.size;
  }

  push(event: ProtocolEvent): void {
    if (event.kind === "message") {
      this.#messages++;
      this.#messageBytes += event.bytes;
    }
    this.#queue.push(event);
  }

  /** The oldest event, taken out. */
  take(): ProtocolEvent | undefined {
    const event = this.#queue.shift();
    if (event?.kind !== "message") return event;
    this.#messages--;
    this.#messageBytes -= event.bytes;
    this.onTaken?.();
    return event;
  }
}
