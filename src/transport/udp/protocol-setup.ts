import type { Incarnation } from "../../core/address.ts";
import { type Log, silentLog } from "../../core/log.ts";
import type { Random } from "../../core/random.ts";
import type { MessageCodec } from "../../wire/codec.ts";
import { Lateness } from "../detector/lateness.ts";
import { SilenceHistory } from "../detector/silence-history.ts";
import { NodePacer } from "./congestion/node-pacer.ts";
import { SharedWindow } from "./congestion/shared-window.ts";
import { Errands } from "./failure/errands.ts";
import { Inquiries } from "./failure/inquiries.ts";
import { BackPressure } from "./messages/back-pressure.ts";
import { CreditOffers } from "./messages/credit-offers.ts";
import type { UdpOptions } from "./options.ts";
import { PacketReader } from "./packet/packet-reader.ts";
import { PacketWriter } from "./packet/packet-writer.ts";
import { KnownPlaces } from "./path/known-places.ts";
import type { PeerDirectory } from "./peer-directory.ts";
import type { PortContext } from "./port-context.ts";
import type { SessionTable } from "./session/session-table.ts";

/**
 * Where packets are taken apart and put together. It holds nothing from one packet to the next, so
 * that many ports of one process may share it.
 */
export interface PacketScratch {
  readonly reader: PacketReader;
  readonly writer: PacketWriter;
}

export const newPacketScratch = (): PacketScratch => ({
  reader: new PacketReader(),
  writer: new PacketWriter(),
});

/** What the protocol of one port is made of. */
export interface UdpProtocolSetup {
  readonly options: UdpOptions;
  readonly codec: MessageCodec;
  readonly incarnation: Incarnation;
  readonly directory: PeerDirectory;
  readonly random: Random;
  readonly log?: Log | undefined;
  /** Left out: its own. */
  readonly scratch?: PacketScratch | undefined;
  /** Number of the first packet and message of a session: 0, but for tests of the wrap-around. */
  readonly firstNumber?: number | undefined;
  /** Makes secrets for cookies, 32 bytes each, that nobody can guess; left out: drawn from `random`. */
  readonly newSecret?: (() => Uint8Array) | undefined;
}

const SECRET_BYTES = 32;

/** How secrets for cookies are made. */
export function secretsOf({ newSecret, random }: UdpProtocolSetup): () => Uint8Array {
  return newSecret ?? (() => Uint8Array.from({ length: SECRET_BYTES }, () => random.below(256)));
}

/** What all sessions of a port share, at its beginning. */
export function newPortContext(
  setup: UdpProtocolSetup,
  writer: PacketWriter,
  sessions: () => SessionTable,
  port: Pick<PortContext, "events" | "counters" | "outage" | "touch">,
): PortContext {
  const { options, random } = setup;
  const parts = { ...port, options, random, writer };
  return {
    ...port,
    options,
    codec: setup.codec,
    incarnation: setup.incarnation,
    random: setup.random,
    log: setup.log ?? silentLog,
    directory: setup.directory,
    writer,
    reassembly: { usedBytes: 0, maxBytes: options.reassemblyNodeBytes },
    backPressure: new BackPressure(options.nodeQueueBytes),
    sharedWindow: new SharedWindow(
      options.windowInitialBytes,
      options.sharedWindowBytes,
      options.sharedLoss,
    ),
    pacer: new NodePacer(options.paceDatagrams, options.paceUs),
    offers: new CreditOffers(options, port.events),
    places: new KnownPlaces(setup.random.fork("places")),
    inquiries: new Inquiries(parts, (peer) => sessions().byPeer(peer)),
    errands: new Errands(parts, (host, at) => sessions().byAddress(host, at)),
    ownLateness: new Lateness(options),
    machineLateness: new Lateness(options),
    noSilences: new SilenceHistory(new SilenceHistory(), true),
    firstNumber: setup.firstNumber ?? 0,
    nowUs: 0,
    sessionsOpened: 0,
  };
}
