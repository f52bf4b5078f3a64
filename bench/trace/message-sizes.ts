import { NAMING_MESSAGES } from "../../src/apps/naming/messages.ts";
import { LeafReply, RouteAnswer, RouteByNumericId } from "../../src/overlay/messages.ts";
import type { MessageCodec } from "../../src/wire/codec.ts";
import { DATAGRAM_BYTES } from "../../src/wire/compression/compressor.ts";
import type { Message } from "../../src/wire/message.ts";

/** Messages of one kind: how many, and their bytes before compression and the transport's header. */
export interface SizeCount {
  readonly count: number;
  readonly bytes: number;
}

/** What messages that were sent took. The same counters at two moments make what was sent between them. */
export interface MessageSizes {
  /** By the naming message that a numeric route or its answer carried; without the user's value. */
  readonly routed: Readonly<Record<string, SizeCount>>;
  /** Leaf-set replies, and the contacts that they told of, the replier not among them. */
  readonly leafReplies: SizeCount & { readonly contacts: number };
  /** All messages of all types, and those that need no second datagram. */
  readonly all: SizeCount & { readonly inOneDatagram: number };
}

const NAMING: ReadonlySet<string> = new Set(NAMING_MESSAGES.map(({ name }) => name));

/** Measures every message that a process sends: what the goals for bytes are about. */
export class SizeMeter {
  readonly #sizeOf: MessageCodec["sizeOf"];
  /** BOUNDED: one entry a message type of the naming service. */
  readonly #routed = new Map<string, { count: number; bytes: number }>();
  readonly #leafReplies = { count: 0, bytes: 0, contacts: 0 };
  readonly #all = { count: 0, bytes: 0, inOneDatagram: 0 };

  constructor({ sizeOf }: Pick<MessageCodec, "sizeOf">) {
    this.#sizeOf = sizeOf;
  }

  sent(message: Message): void {
    const bytes = this.#sizeOf(message);
    this.#all.count++;
    this.#all.bytes += bytes;
    if (bytes <= DATAGRAM_BYTES) this.#all.inOneDatagram++;
    if (LeafReply.is(message)) {
      this.#leafReplies.count++;
      this.#leafReplies.bytes += bytes;
      this.#leafReplies.contacts += message.left.length + message.right.length;
    } else if (RouteByNumericId.is(message)) this.#carried(message.carried.body, bytes);
    else if (RouteAnswer.is(message)) this.#carried(message.body, bytes);
  }

  get sizes(): MessageSizes {
    return {
      routed: Object.fromEntries([...this.#routed].map(([name, count]) => [name, { ...count }])),
      leafReplies: { ...this.#leafReplies },
      all: { ...this.#all },
    };
  }

  #carried(body: Message | undefined, bytes: number): void {
    if (body === undefined || !NAMING.has(body.type.name)) return;
    const sum = this.#routed.get(body.type.name) ?? { count: 0, bytes: 0 };
    this.#routed.set(body.type.name, sum);
    sum.count++;
    sum.bytes += bytes - valueBytes(body);
  }
}

/** Bytes of the user's value that a naming message carries. */
function valueBytes(body: Message): number {
  const { value } = body as { readonly value?: unknown };
  return value instanceof Uint8Array ? value.length : 0;
}

/** What is to be taken off a sum. */
export function negated({ routed, leafReplies, all }: MessageSizes): MessageSizes {
  return {
    routed: Object.fromEntries(Object.entries(routed).map(([name, sum]) => [name, minus(sum)])),
    leafReplies: { ...minus(leafReplies), contacts: -leafReplies.contacts },
    all: { ...minus(all), inOneDatagram: -all.inOneDatagram },
  };
}

const minus = ({ count, bytes }: SizeCount): SizeCount => ({ count: -count, bytes: -bytes });

/** Of several processes together. */
export function sumSizes(all: readonly MessageSizes[]): MessageSizes {
  const total = (read: (sizes: MessageSizes) => number): number =>
    all.reduce((sum, sizes) => sum + read(sizes), 0);
  const names = new Set(all.flatMap(({ routed }) => Object.keys(routed)));
  return {
    routed: Object.fromEntries(
      [...names].sort().map((name) => [
        name,
        {
          count: total(({ routed }) => routed[name]?.count ?? 0),
          bytes: total(({ routed }) => routed[name]?.bytes ?? 0),
        },
      ]),
    ),
    leafReplies: {
      count: total(({ leafReplies }) => leafReplies.count),
      bytes: total(({ leafReplies }) => leafReplies.bytes),
      contacts: total(({ leafReplies }) => leafReplies.contacts),
    },
    all: {
      count: total(({ all: { count } }) => count),
      bytes: total(({ all: { bytes } }) => bytes),
      inOneDatagram: total(({ all: { inOneDatagram } }) => inOneDatagram),
    },
  };
}
