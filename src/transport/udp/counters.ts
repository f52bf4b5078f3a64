import type { AnyMessageType } from "../../wire/message.ts";
import type { TransportStats } from "../transport.ts";

/** What a port counts. Grows with the program's message types alone. */
export class Counters {
  messagesSent = 0;
  messagesReceived = 0;
  bytesSent = 0;
  bytesReceived = 0;
  datagramsSent = 0;
  datagramsReceived = 0;
  retransmits = 0;
  duplicates = 0;
  /** Datagrams that are not of this protocol, damaged, or acknowledge what was never sent. */
  malformed = 0;
  /** Of those: acknowledgements of what was never sent. */
  forgedAcks = 0;
  /** Places in network space that cannot be. */
  implausible = 0;
  /** Datagrams for no session of ours, or from another address than the session's. */
  strayed = 0;
  /** Datagrams of a former life or session of their sender. */
  stale = 0;
  /** Messages declined: full, too large or not decodable. */
  declined = 0;
  /** New sessions turned away: no room, or too many to ask for a proof. */
  turnedAway = 0;
  resetsSent = 0;
  /** Strangers asked to prove their address first. */
  cookiesSent = 0;
  /** Hellos of a process whose address another living process has too. */
  conflicts = 0;
  /** Sessions that followed their peer to another address. */
  moves = 0;
  /** Other addresses that turned out not to be the peer's. */
  movesRefused = 0;
  /** Questions to others about a suspect peer, and answers that it lives. */
  indirectProbes = 0;
  vouched = 0;
  /** Answers to questions that were not asked, not of their sender, or no longer matter. */
  strayVouches = 0;
  /** Questions of others that were answered, and that were not taken: about strangers, or too many. */
  vouchesSent = 0;
  errandsDeclined = 0;
  revived = 0;
  probeBytes = 0;
  /** Timers held up by our own process. */
  stalls = 0;
  /** Times that verdicts were held because everybody seemed to die at once. */
  localOutages = 0;
  readonly byType = new Map<AnyMessageType, { count: number; bytes: number }>();

  sent(type: AnyMessageType, bytes: number): void {
    this.messagesSent++;
    const entry = this.byType.get(type);
    if (entry === undefined) {
      this.byType.set(type, { count: 1, bytes });
      return;
    }
    entry.count++;
    entry.bytes += bytes;
  }
}

/** All ports of a transport together. */
export function sumStats(all: readonly Counters[]): TransportStats {
  const sum = (of: (counters: Counters) => number): number =>
    all.reduce((total, counters) => total + of(counters), 0);
  const byType: Record<string, { count: number; bytes: number }> = {};
  for (const counters of all) {
    for (const [type, { count, bytes }] of counters.byType) {
      const entry = byType[type.name] ?? { count: 0, bytes: 0 };
      byType[type.name] = { count: entry.count + count, bytes: entry.bytes + bytes };
    }
  }
  return {
    messagesSent: sum((c) => c.messagesSent),
    messagesReceived: sum((c) => c.messagesReceived),
    bytesSent: sum((c) => c.bytesSent),
    bytesReceived: sum((c) => c.bytesReceived),
    datagramsSent: sum((c) => c.datagramsSent),
    retransmits: sum((c) => c.retransmits),
    duplicates: sum((c) => c.duplicates),
    malformed: sum((c) => c.malformed),
    revived: sum((c) => c.revived),
    probeBytes: sum((c) => c.probeBytes),
    localOutages: sum((c) => c.localOutages),
    indirectProbes: sum((c) => c.indirectProbes),
    vouched: sum((c) => c.vouched),
    byType,
  };
}
