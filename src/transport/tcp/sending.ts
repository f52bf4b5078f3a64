import type { Incarnation } from "../../core/address.ts";
import type { World } from "../../core/world.ts";
import type { Message } from "../../wire/message.ts";
import {
  DELIVERED,
  type Peer,
  type RefusedReason,
  refused,
  type SendResult,
  type Token,
  type Verdict,
} from "../transport.ts";
import { messageFrame, messagePayload } from "./frames.ts";
import type { Link } from "./link.ts";
import type { Mail } from "./mail.ts";
import { type TcpOptions, TOTAL_QUEUE_BYTES_MAX } from "./options.ts";
import type { OutMessage } from "./outbox.ts";
import type { PeerRecord, PeerTable } from "./peers.ts";
import type { PortState } from "./port.ts";
import type { Turn } from "./turn.ts";

/** What sending needs of its transport. */
export interface SendingHost {
  readonly world: World;
  readonly options: TcpOptions;
  readonly messageBytesMax: number;
  readonly incarnation: Incarnation;
  linkOf(port: PortState, record: PeerRecord): Link;
}

/** From the application's `send` to the queue of a link, and the verdict back. */
export class Sending {
  readonly #host: SendingHost;
  readonly #mail: Mail;
  readonly #peers: PeerTable;
  readonly #turn: Turn;
  /** Encoded bytes without a verdict, all links together. BOUNDED: `TOTAL_QUEUE_BYTES_MAX`. */
  #queuedBytes = 0;

  constructor(host: SendingHost, mail: Mail, peers: PeerTable, turn: Turn) {
    this.#host = host;
    this.#mail = mail;
    this.#peers = peers;
    this.#turn = turn;
  }

  send(port: PortState, to: Peer, message: Message, token: Token): SendResult {
    const encoded = this.#mail.encode(message);
    if (typeof encoded === "string") {
      this.#mail.tellUnencoded(port, to, token, message, encoded);
      return "sent";
    }
    const frame = messageFrame(encoded);
    const refuse = (reason: RefusedReason): SendResult => {
      this.#mail.tell(port, to, token, frame, refused(reason));
      return "sent";
    };
    const record = this.#peers.get(to);
    if (record === undefined) return refuse("neverSent");
    const { address, incarnation } = record.endpoint;
    if (address === port.self.address) return this.#sendToSelf(port, record, token, frame);
    const link = this.#host.linkOf(port, record);
    link.lives.tryAgain(record);
    if (link.lives.isOver(record)) return refuse("peerDown");
    const longest = Math.min(this.#host.messageBytesMax, link.remote.messageBytesMax);
    if (encoded.length > longest) return refuse("tooLarge");
    if (this.#queuedBytes + frame.length > TOTAL_QUEUE_BYTES_MAX) return "full";
    const nowUs = this.#host.world.nowUs();
    const result = link.send({
      to,
      incarnation,
      token,
      typeName: message.type.name,
      frame,
      sentUs: nowUs,
      deadlineUs: nowUs + this.#verdictUs(encoded.length),
      id: 0,
      transmissions: 0,
      settled: false,
    });
    if (result !== "full") this.#queuedBytes += frame.length;
    return result;
  }

  settled(port: PortState, message: OutMessage, verdict: Verdict): void {
    this.#queuedBytes -= message.frame.length;
    this.#mail.tell(port, message.to, message.token, message.frame, verdict);
  }

  #sendToSelf(port: PortState, record: PeerRecord, token: Token, frame: Buffer): SendResult {
    const { incarnation } = record.endpoint;
    const here = incarnation === 0 || incarnation === this.#host.incarnation;
    this.#turn.later(() => {
      const message = here ? this.#mail.decode(messagePayload(frame)) : undefined;
      const verdict = here ? refused("invalid") : refused("peerDown");
      if (message === undefined) this.#mail.tell(port, record.peer, token, frame, verdict);
      else {
        const { peer } = this.#peers.passing(port.self);
        this.#mail.tell(port, record.peer, token, frame, DELIVERED);
        port.handler.onMessage(port.port, peer, message);
      }
    });
    return "sent";
  }

  #verdictUs(bytes: number): number {
    const { policy, verdictUs, osVerdictUs, verdictPerKiBUs } = this.#host.options;
    const us = policy === "os" ? osVerdictUs : verdictUs;
    return us + Math.floor(bytes / 1024) * verdictPerKiBUs;
  }
}
