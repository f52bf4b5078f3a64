import type { Endpoint } from "../../core/address.ts";
import type { World } from "../../core/world.ts";
import type { Message } from "../../wire/message.ts";
import type { Peer, PeerReason, PeerState, Verdict } from "../transport.ts";
import type { Connection, ConnectionOwner } from "./connection.ts";
import type { TcpCounters } from "./counters.ts";
import type { Link } from "./link.ts";
import type { TcpOptions } from "./options.ts";
import type { OutMessage } from "./outbox.ts";
import type { PeerRecord } from "./peers.ts";
import type { Vigil } from "./vigil.ts";

/** What a link needs of its transport and reports to it. */
export interface LinkHost {
  readonly world: World;
  readonly options: TcpOptions;
  readonly counters: TcpCounters;
  readonly messageBytesMax: number;
  readonly vigil: Vigil;
  /** Starts a connection to the link's address; undefined if there are too many. */
  dial(link: Link, owner: ConnectionOwner): Connection | undefined;
  /** Call `flush` at the end of the turn. */
  markDirty(link: Link): void;
  /** Undefined: malformed. */
  decode(encoded: Uint8Array): Message | undefined;
  deliver(link: Link, message: Message): void;
  settled(link: Link, message: OutMessage, verdict: Verdict): void;
  peerState(link: Link, record: PeerRecord, state: PeerState, reason: PeerReason): void;
  drained(link: Link, peer: Peer): void;
  /** A life that had been declared down proved to live. */
  revived(endpoint: Endpoint): void;
}
