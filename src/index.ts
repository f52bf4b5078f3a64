/**
 * SkipNet: an overlay network with a naming service, over pluggable transports.
 *
 * `startNode` runs a live node, `openClient` talks to one; `SkipNet` and `NamingService` run on any
 * `Transport`, also on the one of a `Simulation`.
 */

export { NamingClient, type NamingClientOptions } from "./apps/naming/client.ts";
export { NAMING_MESSAGES } from "./apps/naming/messages.ts";
export type { NamingOptions } from "./apps/naming/options.ts";
export type {
  Done,
  Found,
  GetResult,
  ListResult,
  NotDone,
  Page,
  PutResult,
  Removed,
  RemoveResult,
  Uncertain,
} from "./apps/naming/results.ts";
export { NamingService } from "./apps/naming/service.ts";
export type { Stamp } from "./apps/naming/stamp.ts";
export {
  type Address,
  ANY_INCARNATION,
  type Endpoint,
  formatSocketAddress,
  type Incarnation,
  newIncarnation,
  parseAddress,
  type SocketAddress,
  socketAddress,
} from "./core/address.ts";
export { type Contact, ContactTable, NO_REF, type Ref } from "./core/contacts.ts";
export { type Certainty, ERROR_CODES, type ErrorCode, SkipnetError } from "./core/errors.ts";
export { jsonLog } from "./core/live/log.ts";
export { LogFile, type LogFileOptions } from "./core/live/log-file.ts";
export { type LiveWorld, liveWorld } from "./core/live/world.ts";
export { type Log, silentLog } from "./core/log.ts";
export { compareName } from "./core/names.ts";
export { hashName, type NumericId } from "./core/numeric-id.ts";
export { type Random, seededRandom } from "./core/random.ts";
export {
  formatDurationUs,
  formatSizeBytes,
  parseDurationUs,
  parseSizeBytes,
} from "./core/units.ts";
export type { CancelTimer, Deferred, MemberTimer, World } from "./core/world.ts";
export { type ClientOptions, type LiveClient, openClient } from "./node/client.ts";
export { type Node, type NodeOptions, startNode } from "./node/node.ts";
export { ALL_MESSAGES, nodeRegistry } from "./node/registry.ts";
export type { NodeState } from "./node/state.ts";
export {
  loadTransportModule,
  openTransport,
  type TransportModule,
  type TransportSetup,
} from "./node/transports.ts";
export { OVERLAY_MESSAGES } from "./overlay/messages.ts";
export { OVERLAY_DEFAULTS, type OverlayOptions } from "./overlay/options.ts";
export type {
  Member,
  OperationOptions,
  Overlay,
  RouteOptions,
  RouteReply,
  ServedRequest,
} from "./overlay/overlay.ts";
export { SkipNet } from "./overlay/skipnet.ts";
export { Calls } from "./transport/calls.ts";
export { TRANSPORT_MESSAGES } from "./transport/messages.ts";
export {
  parseTransportSpec,
  readDurationUs,
  readInteger,
  readNumber,
  readSizeBytes,
  readTransportOptions,
  readWord,
  type TransportSpec,
} from "./transport/options.ts";
export { type RunOptions, Simulation, type SimulationOptions } from "./transport/sim/simulation.ts";
export { openTcpTransport } from "./transport/tcp/tcp.ts";
export {
  type BoundStep,
  DELIVERED,
  NO_TOKEN,
  type Peer,
  type PeerHealth,
  type PeerReason,
  type PeerState,
  type Port,
  type PortHandler,
  RETURN_TO_SENDER,
  type RefusedReason,
  refused,
  type SendResult,
  type Token,
  type Transport,
  type TransportBounds,
  type TransportCapabilities,
  type TransportStats,
  type UnknownReason,
  unknown,
  type Verdict,
} from "./transport/transport.ts";
export { openUdpTransport } from "./transport/udp/udp.ts";
export { type CodecOptions, createCodec, type MessageCodec } from "./wire/codec.ts";
export * as fields from "./wire/fields.ts";
export { defineMessage, type Message, type MessageType } from "./wire/message.ts";
export { createRegistry, type MessageRegistry } from "./wire/registry.ts";
