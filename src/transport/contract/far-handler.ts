import type { Message } from "../../wire/message.ts";
import type { Peer, Port, PortHandler, Transport } from "../transport.ts";
import type { FarMessage } from "./harness.ts";
import { ContractNote, ContractTick } from "./messages.ts";

/** What the far process does: it remembers what it gets and answers what asks for it. */
export class FarHandler implements PortHandler {
  readonly received: FarMessage[] = [];
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  onMessage(port: Port, from: Peer, message: Message): void {
    const endpoint = this.#transport.endpointOf(from);
    if (ContractNote.is(message)) {
      const { id, echo, data } = message;
      this.received.push({ id, from: endpoint, bytes: data.length });
      if (echo) this.#transport.send(port, from, ContractNote.make({ id, echo: false, data }));
    } else if (ContractTick.is(message)) {
      this.received.push({ id: message.id, from: endpoint, bytes: 0 });
      if (!message.echo) return;
      // The received one is the handler's until it returns.
      message.echo = false;
      this.#transport.send(port, from, message);
    }
  }

  onVerdict(): void {}
  onReturn(): void {}
  onPeer(): void {}
  onDrain(): void {}
}
