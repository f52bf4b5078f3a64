import { cellOf } from "../body.ts";
import type { Contender, End, EndHandler, Remote } from "../contender.ts";

/** What a running load hears of its own messages. */
export interface LoadEar {
  onAnswer(body: Uint8Array): void;
  onDrain(): void;
}

/** The sending side of a pair: one end, in contact with one other. */
export class Link {
  readonly end: End;
  readonly remote: Remote;
  readonly reliable: boolean;
  readonly #dispatcher: LinkDispatcher;

  private constructor(contender: Contender, end: End, remote: Remote, dispatcher: LinkDispatcher) {
    this.end = end;
    this.remote = remote;
    this.reliable = contender.reliable;
    this.#dispatcher = dispatcher;
  }

  /** Opens an end that is not yet in contact with anybody. */
  static async prepare(
    contender: Contender,
    onState: EndHandler["onState"],
  ): Promise<{ contact(address: string): Promise<Link> }> {
    const dispatcher = new LinkDispatcher(onState);
    const end = await contender.open(dispatcher);
    return {
      contact: async (address) => new Link(contender, end, await end.contact(address), dispatcher),
    };
  }

  /** Opens an end and brings it in contact with the address. */
  static async open(
    contender: Contender,
    address: string,
    onState: EndHandler["onState"],
  ): Promise<Link> {
    return (await Link.prepare(contender, onState)).contact(address);
  }

  /** From here on answers of this cell go to this load; those of others are dropped. */
  attach(cell: number, ear: LoadEar | undefined): void {
    this.#dispatcher.cell = cell;
    this.#dispatcher.ear = ear;
  }
}

class LinkDispatcher implements EndHandler {
  cell = 0;
  ear: LoadEar | undefined;
  readonly onState: EndHandler["onState"];

  constructor(onState: EndHandler["onState"]) {
    this.onState = onState;
  }

  onMessage(_from: Remote, body: Uint8Array): void {
    if (this.ear !== undefined && cellOf(body) === this.cell) this.ear.onAnswer(body);
  }

  onDrain(): void {
    this.ear?.onDrain();
  }
}
