import { RESET_BYTES } from "../packet/packet.ts";
import type { PacketReader } from "../packet/packet-reader.ts";
import type { DatagramSink, PortContext } from "../port-context.ts";
import { TokenBucket } from "./token-bucket.ts";

/** Resets that wait for the next flush; more are not sent. */
const RESETS_MAX = 64;

interface Reset {
  readonly host: string;
  readonly port: number;
  readonly session: number;
  readonly packet: number;
  readonly reason: number;
}

/**
 * Resets: how a process says that it knows nothing of what it is asked. They make a restart known
 * at once. Sent rarely (a token bucket) and never longer than what they answer, so that nobody can
 * use them against a third party.
 */
export class Resets {
  readonly #context: PortContext;
  readonly #bucket: TokenBucket;
  /** BOUNDED: `RESETS_MAX`. */
  readonly #waiting: Reset[] = [];

  constructor(context: PortContext) {
    this.#context = context;
    const perSecond = context.options.resetsPerSecond;
    this.#bucket = new TokenBucket(perSecond, perSecond === 0 ? 0 : Math.max(8, perSecond / 10));
  }

  get hasOutput(): boolean {
    return this.#waiting.length > 0;
  }

  /** Answers the packet just read, of `bytes` bytes, with the session number that its sender knows. */
  answer(
    { packetLow }: PacketReader,
    bytes: number,
    host: string,
    port: number,
    session: number,
    reason: number,
    nowUs: number,
  ): void {
    if (bytes < RESET_BYTES || this.#waiting.length >= RESETS_MAX) return;
    if (!this.#bucket.take(nowUs)) return;
    this.#waiting.push({ host, port, session, packet: packetLow, reason });
  }

  flush(sink: DatagramSink): void {
    const { writer, incarnation, counters } = this.#context;
    for (const { host, port, session, packet, reason } of this.#waiting) {
      const datagram = writer.reset(session, packet, incarnation, reason);
      counters.resetsSent++;
      counters.datagramsSent++;
      counters.bytesSent += datagram.length;
      sink(datagram, host, port);
    }
    this.#waiting.length = 0;
  }

  drop(): void {
    this.#waiting.length = 0;
  }
}
