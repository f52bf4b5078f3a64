import type { Incarnation } from "../../core/address.ts";
import type { Log } from "../../core/log.ts";
import type { Random } from "../../core/random.ts";
import type { MessageCodec } from "../../wire/codec.ts";
import type { SilenceHistory } from "../detector/silence-history.ts";
import type { Excuses } from "../detector/silent-death.ts";
import type { Peer, Token, Verdict } from "../transport.ts";
import { RETURN_TO_SENDER } from "../transport.ts";
import type { NodePacer } from "./congestion/node-pacer.ts";
import type { SharedWindow } from "./congestion/shared-window.ts";
import type { Counters } from "./counters.ts";
import type { EventQueue } from "./events.ts";
import type { Errands } from "./failure/errands.ts";
import type { Inquiries } from "./failure/inquiries.ts";
import type { BackPressure } from "./messages/back-pressure.ts";
import type { CreditOffers } from "./messages/credit-offers.ts";
import type { MemoryBudget } from "./messages/reassembly.ts";
import type { UdpOptions } from "./options.ts";
import type { PacketWriter } from "./packet/packet-writer.ts";
import type { KnownPlaces } from "./path/known-places.ts";
import type { PeerDirectory } from "./peer-directory.ts";
import type { Session } from "./session/session.ts";

/** What all sessions of a port share. */
export interface PortContext extends Excuses<Session> {
  readonly options: UdpOptions;
  readonly codec: MessageCodec;
  readonly incarnation: Incarnation;
  readonly random: Random;
  readonly log: Log;
  readonly directory: PeerDirectory;
  readonly events: EventQueue;
  readonly counters: Counters;
  readonly writer: PacketWriter;
  readonly reassembly: MemoryBudget;
  readonly backPressure: BackPressure;
  readonly sharedWindow: SharedWindow;
  readonly pacer: NodePacer;
  /** Of every path that had no silence yet; knows what all paths together taught. */
  readonly noSilences: SilenceHistory;
  /** Number of the first packet and message of a session. */
  readonly firstNumber: number;
  readonly offers: CreditOffers;
  readonly places: KnownPlaces;
  /** What we ask others about peers of ours. */
  readonly inquiries: Inquiries;
  /** What others ask us about peers of ours. */
  readonly errands: Errands;
  /** This session may have something to send. */
  readonly touch: (session: Session) => void;
  /** The time of the call that the protocol is in. */
  nowUs: number;
  /** Sessions opened so far: a later one replaces an earlier one of the same peer. */
  sessionsOpened: number;
}

/** Takes a datagram to its way. Called by `poll` only, never re-entered. */
export type DatagramSink = (datagram: Uint8Array, host: string, port: number) => void;

/** Tells the sender what became of a message, if it wants to know. */
export function report(
  context: PortContext,
  to: Peer,
  token: Token,
  bytes: Uint8Array,
  verdict: Verdict,
): void {
  if (token > 0) context.events.push({ kind: "verdict", token, verdict });
  else if (token === RETURN_TO_SENDER && verdict.outcome !== "delivered") {
    context.events.push({ kind: "return", to, bytes, verdict });
  }
}
