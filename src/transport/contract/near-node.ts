import type { Endpoint } from "../../core/address.ts";
import type { Message } from "../../wire/message.ts";
import {
  NO_TOKEN,
  type Peer,
  type PeerReason,
  type PeerState,
  type Port,
  type PortHandler,
  type SendResult,
  type Token,
  type Transport,
  type Verdict,
} from "../transport.ts";
import { ContractNote, ContractTick } from "./messages.ts";

/** A message that came back from the far node. */
export interface NearMessage {
  readonly id: number;
  readonly from: Endpoint;
  readonly bytes: number;
}

/** The same, at one of the other ports of the node's transport. */
export interface ElsewhereMessage extends NearMessage {
  readonly at: Port;
}

/** The node of the test: a port of the transport under test, and everything it was told. */
export class NearNode implements PortHandler {
  readonly transport: Transport;
  readonly messages: NearMessage[] = [];
  readonly elsewhere: ElsewhereMessage[] = [];
  /** By token. */
  readonly verdicts = new Map<number, Verdict[]>();
  readonly returned: { readonly id: number; readonly to: Peer; readonly verdict: Verdict }[] = [];
  readonly states: {
    readonly peer: Peer;
    readonly state: PeerState;
    readonly reason: PeerReason;
    readonly atUs: number;
  }[] = [];
  readonly drained: Peer[] = [];
  /** Handlers that were called inside `send`. */
  readonly insideSend: string[] = [];
  readonly #nowUs: () => number;
  #port: Port | undefined;
  #sending = false;

  constructor(transport: Transport, nowUs: () => number) {
    this.transport = transport;
    this.#nowUs = nowUs;
  }

  /** Once, with the port that this node handles. */
  use(port: Port): void {
    this.#port = port;
  }

  get port(): Port {
    if (this.#port === undefined) throw new Error("the port is not open");
    return this.#port;
  }
  get endpoint(): Endpoint {
    return this.transport.localEndpoint(this.port);
  }

  send(to: Peer, message: Message, token: number = NO_TOKEN): SendResult {
    this.#sending = true;
    try {
      return this.transport.send(this.port, to, message, token as Token);
    } finally {
      this.#sending = false;
    }
  }

  note(
    to: Peer,
    id: number,
    token: number = NO_TOKEN,
    data: Uint8Array = new Uint8Array(8),
  ): SendResult {
    return this.send(to, ContractNote.make({ id, echo: false, data }), token);
  }

  /** How many of these tokens have a verdict. */
  settled(tokens: readonly number[]): number {
    return tokens.filter((token) => this.verdicts.has(token)).length;
  }

  onMessage(at: Port, peer: Peer, message: Message): void {
    this.#note("onMessage");
    if (!ContractNote.is(message) && !ContractTick.is(message)) return;
    const { id } = message;
    const from = this.transport.endpointOf(peer);
    const bytes = ContractNote.is(message) ? message.data.length : 0;
    if (at === this.#port) this.messages.push({ id, from, bytes });
    else this.elsewhere.push({ id, from, bytes, at });
  }

  onVerdict(_port: Port, token: Token, verdict: Verdict): void {
    this.#note("onVerdict");
    const known = this.verdicts.get(token);
    if (known === undefined) this.verdicts.set(token, [verdict]);
    else known.push(verdict);
  }

  onReturn(_port: Port, to: Peer, message: Message, verdict: Verdict): void {
    this.#note("onReturn");
    if (ContractNote.is(message) || ContractTick.is(message)) {
      this.returned.push({ id: message.id, to, verdict });
    }
  }

  onPeer(_port: Port, peer: Peer, state: PeerState, reason: PeerReason): void {
    this.#note("onPeer");
    this.states.push({ peer, state, reason, atUs: this.#nowUs() });
  }

  onDrain(_port: Port, peer: Peer): void {
    this.#note("onDrain");
    this.drained.push(peer);
  }

  #note(handler: string): void {
    if (this.#sending) this.insideSend.push(handler);
  }
}
