import type { OverlayOptions } from "../../overlay/options.ts";
import type { ModelName } from "../../transport/sim/models.ts";
import type { NetworkScript } from "../../transport/sim/packet/network-script.ts";
import {
  isPacketTransport,
  type PacketTransportName,
  parsePacketTransport,
} from "../../transport/sim/packet/packet-spec.ts";
import type { Ties } from "../../transport/sim/shuffled-queue.ts";
import type { NetworkName } from "../../transport/sim/topology/network-spec.ts";
import type { PlacementName } from "../../transport/sim/topology/placement.ts";
import type { ChurnOptions } from "./churn/run-churn.ts";
import type { FaultSpec } from "./faults/spec.ts";
import type { OrganisationSizes } from "./nodes.ts";
import type { Snapshot } from "./snapshot.ts";

/** Everything that decides a simulated run: the same options give the same events. */
export interface SimRunOptions {
  readonly nodes: number;
  readonly seed: string;
  readonly organisations: number;
  readonly overlay: Partial<OverlayOptions>;
  /** Default `zipf`. */
  readonly organisationSizes?: OrganisationSizes | undefined;
  readonly network: NetworkName;
  /** Of a network with routers: which of them nodes sit on. Default `uniform`. */
  readonly placement?: PlacementName | undefined;
  /** Counts what crosses each link of the network. */
  readonly linkStress?: boolean | undefined;
  /** A model of the message level, or what runs on simulated packets: `packet-udp:lan`. */
  readonly transport: ModelName | PacketTransportName;
  /** Packet level: the links, and how they change once the overlay stands. */
  readonly links?: NetworkScript | undefined;
  readonly join: "concurrent" | "sequential" | "constructed";
  /** The overlay to begin with: nobody joins, whatever `join` says. It decides names and numeric IDs. */
  readonly from?: Snapshot | undefined;
  readonly lookups: number;
  /** Share of lookups whose target lies in the source's own organisation; undefined: uniform. */
  readonly locality: number | undefined;
  readonly delivery: "recursive" | "iterative";
  readonly extraJoins: number;
  readonly faults: readonly FaultSpec[];
  /** Nodes come and go, and lookups run meanwhile, in the place of `lookups`. */
  readonly churn?: ChurnOptions | undefined;
  /** Count messages as Li et al. do: 20 bytes, and 4 for each ID carried. */
  readonly countIds?: boolean | undefined;
  readonly loss: number;
  /** Names of one host; all but the first have truncated numeric IDs. Left out: one. */
  readonly virtual?: number | undefined;
  readonly wire: boolean;
  /** In which order events of one microsecond happen. Default `insertion`. */
  readonly ties?: Ties | undefined;
  readonly check: boolean;
  /** One overlay object for all nodes, or one each: the events are the same. */
  readonly instances: "one" | "each";
}

/** A run in which nothing is done but to join, and nothing goes wrong: what others change is all they say. */
export const QUIET_RUN = {
  lookups: 0,
  locality: undefined,
  delivery: "recursive",
  extraJoins: 0,
  faults: [],
  loss: 0,
  wire: false,
  check: false,
  instances: "one",
} as const satisfies Partial<SimRunOptions>;

/** Over the modelled TCP a node is a process with a transport of its own, and so an overlay object. */
export function instancesOf({ transport, instances }: SimRunOptions): SimRunOptions["instances"] {
  const isTcp = isPacketTransport(transport) && parsePacketTransport(transport).scheme === "tcp";
  return isTcp ? "each" : instances;
}
