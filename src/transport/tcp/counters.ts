import { DelayHistogram } from "../delay-histogram.ts";
import type { TransportStats } from "../transport.ts";

interface TypeCount {
  count: number;
  bytes: number;
}

/** What a TCP transport counts since its start. */
export class TcpCounters {
  messagesSent = 0;
  messagesReceived = 0;
  bytesSent = 0;
  bytesReceived = 0;
  retransmits = 0;
  duplicates = 0;
  malformed = 0;
  revived = 0;
  probeBytes = 0;
  localOutages = 0;
  /** What messages took beyond the shortest round trip to their peer. */
  readonly heldUp = new DelayHistogram();
  /** BOUNDED: the message types of the program. */
  readonly #byType = new Map<string, TypeCount>();

  countSent(typeName: string, encodedBytes: number): void {
    this.messagesSent++;
    const known = this.#byType.get(typeName);
    if (known === undefined) this.#byType.set(typeName, { count: 1, bytes: encodedBytes });
    else {
      known.count++;
      known.bytes += encodedBytes;
    }
  }

  /** `datagramsSent` is 0: how the kernel cuts a stream into segments is not known here. */
  snapshot(): TransportStats {
    const byType: Record<string, TypeCount> = {};
    for (const [name, { count, bytes }] of this.#byType) byType[name] = { count, bytes };
    return {
      messagesSent: this.messagesSent,
      messagesReceived: this.messagesReceived,
      bytesSent: this.bytesSent,
      bytesReceived: this.bytesReceived,
      datagramsSent: 0,
      retransmits: this.retransmits,
      duplicates: this.duplicates,
      malformed: this.malformed,
      revived: this.revived,
      probeBytes: this.probeBytes,
      localOutages: this.localOutages,
      heldUp: this.heldUp.counts,
      byType,
    };
  }
}
