import type { NamingOptions } from "../apps/naming/options.ts";
import { NamingService } from "../apps/naming/service.ts";
import { type Address, ANY_INCARNATION, type Endpoint, socketAddress } from "../core/address.ts";
import { ContactTable } from "../core/contacts.ts";
import { SkipnetError } from "../core/errors.ts";
import { liveWorld } from "../core/live/world.ts";
import { type Log, silentLog } from "../core/log.ts";
import { assertNodeName } from "../core/names.ts";
import type { OverlayOptions } from "../overlay/options.ts";
import type { Member } from "../overlay/overlay.ts";
import { SkipNet } from "../overlay/skipnet.ts";
import { type Advertised, checkAdvertised, isAllAddresses } from "../transport/advertised.ts";
import type { Transport } from "../transport/transport.ts";
import { type Compression, createCodec, type MessageCodec } from "../wire/codec.ts";
import type { AnyMessageType } from "../wire/message.ts";
import { type AdminOptions, type AdminServer, openAdmin } from "./admin.ts";
import { Closers } from "./closers.ts";
import { leavePolitely } from "./farewell.ts";
import { nodeMetrics } from "./metrics.ts";
import { logNeighbourhood } from "./neighbourhood-log.ts";
import { nodeRegistry } from "./registry.ts";
import { type NodeState, nodeState, type StateParts } from "./state.ts";
import { findTransport, openTransport, type TransportModule } from "./transports.ts";

/** A join that has not succeeded by then fails, unless the caller says otherwise. */
export const JOIN_DEADLINE_US = 30_000_000;
/** Longest that a leaving node spends on giving others what it holds. */
const HAND_OVER_US = 3_000_000;
/** Longest that it then waits for its neighbours to take the news. */
const LINGER_US = 1_000_000;

/** How a node is started. */
export interface NodeOptions {
  /** Reversed DNS name, as `com.example.host1`. */
  readonly name: string;
  /** Port 0: any free one. */
  readonly listen: Address;
  /**
   * Where others reach the node, if not at `listen`: it listens on all addresses (`0.0.0.0`), or behind
   * another one. Its packets have to come from there, as a NAT sees to it.
   */
  readonly advertise?: Advertised | undefined;
  /** Addresses of members to join through. None: begin a new overlay. */
  readonly join?: readonly Address[] | undefined;
  /** `udp:retries=2`. Default: the scheme of `listen`. */
  readonly transport?: string | undefined;
  readonly transportModules?: readonly TransportModule[] | undefined;
  readonly overlay?: Partial<OverlayOptions> | undefined;
  readonly naming?: Partial<NamingOptions> | undefined;
  readonly compression?: Compression | undefined;
  /** Off unless given. */
  readonly admin?: AdminOptions | undefined;
  readonly log?: Log | undefined;
  /** Of all random streams; for tests. */
  readonly seed?: string | undefined;
  readonly joinDeadlineUs?: number | undefined;
  /** Gives up joining. */
  readonly signal?: AbortSignal | undefined;
  /** Message types of an application's own; the same in all nodes of the overlay. */
  readonly messages?: readonly AnyMessageType[] | undefined;
  /** Put around the transport before anything uses it: for measuring. */
  readonly wrapTransport?:
    | ((transport: Transport, contacts: ContactTable) => Transport)
    | undefined;
}

/** A live node of the overlay. */
export interface Node {
  readonly endpoint: Endpoint;
  readonly overlay: SkipNet;
  readonly naming: NamingService;
  readonly member: Member;
  readonly transport: Transport;
  readonly codec: MessageCodec;
  readonly admin: AdminServer | undefined;
  state(): NodeState;
  /** Leaves politely, then closes everything. Idempotent. */
  close(): Promise<void>;
}

/**
 * Starts a node: opens its transport, begins or joins the overlay, serves its operations. Rejects
 * with `E_OPTIONS`, `E_NAME`, `E_ADDRESS`, `E_ADDRESS_IN_USE`, `E_NAME_TAKEN` or `E_JOIN`; nothing
 * stays open then.
 */
export async function startNode(options: NodeOptions): Promise<Node> {
  checkOptions(options);
  const log = options.log ?? silentLog;
  const world = liveWorld({ seed: options.seed, log });
  const contacts = new ContactTable();
  const codec = createCodec({
    registry: nodeRegistry(options.messages),
    contacts,
    compression: options.compression,
  });
  const closers = new Closers(log);
  closers.add(() => world.close());
  try {
    const scheme = socketAddress(options.listen).scheme;
    const bare = await openTransport(
      options.transport ?? scheme,
      { world, codec, advertised: options.advertise },
      options.transportModules,
    );
    const transport = options.wrapTransport?.(bare, contacts) ?? bare;
    closers.add(() => transport.close());
    const net = new SkipNet({ world, transport, contacts, options: options.overlay });
    closers.add(() => net.close());
    const naming = new NamingService({ overlay: net, world, options: options.naming });
    const member = await net.addMember(options.listen, { name: options.name });
    const endpoint = contacts.endpoint(net.self(member));
    assertAdvertised(endpoint.address, transport.name, options.advertise);
    log.info("node.start", {
      address: endpoint.address,
      incarnation: endpoint.incarnation,
      transport: transport.name,
    });
    const logTables = logNeighbourhood(world, net, member);
    const parts: StateParts = { net, naming, member, transport };
    const admin = await openPages(options.admin, parts);
    if (admin !== undefined) {
      closers.add(() => admin.close());
      log.info("node.admin", { host: admin.host, port: admin.port });
    }
    await enter(net, member, options);
    log.info("node.joined", { address: endpoint.address });
    closers.add(async () => {
      logTables();
      if (net.isMember(member)) await naming.handOver(member, { deadlineUs: HAND_OVER_US });
      await leavePolitely(world, net, member, transport, LINGER_US);
      log.info("node.left");
    });
    return {
      endpoint,
      overlay: net,
      naming,
      member,
      transport,
      codec,
      admin,
      state: () => nodeState(parts),
      close: () => closers.closeAll(),
    };
  } catch (error) {
    log.error("node.failed", { why: error instanceof Error ? error.message : String(error) });
    await closers.closeAll();
    throw error;
  }
}

/** A transport of one's own may not know how to be known by another address. */
function assertAdvertised(contact: Address, transport: string, to: Advertised | undefined): void {
  const { host, port } = socketAddress(contact);
  if (to === undefined || (host === to.host && (to.port === undefined || port === to.port))) return;
  throw new SkipnetError("E_OPTIONS", `the transport ${transport} cannot advertise ${to.host}`);
}

function checkOptions(options: NodeOptions): void {
  const { name, listen, join, transport, transportModules, advertise } = options;
  assertNodeName(name);
  const { scheme, host } = socketAddress(listen);
  if (advertise !== undefined) checkAdvertised(advertise);
  else if (isAllAddresses(host)) {
    throw new SkipnetError(
      "E_OPTIONS",
      `listening on ${host}, a node has to advertise one address at which others reach it: it becomes its contact`,
    );
  }
  const { spec } = findTransport(transport ?? scheme, transportModules);
  for (const address of [listen, ...(join ?? [])]) {
    if (socketAddress(address).scheme === spec.kind) continue;
    throw new SkipnetError("E_OPTIONS", `${address} is no address of the transport ${spec.text}`);
  }
}

async function enter(net: SkipNet, member: Member, options: NodeOptions): Promise<void> {
  const { join = [], joinDeadlineUs = JOIN_DEADLINE_US, signal } = options;
  if (join.length === 0) {
    net.create(member);
    return;
  }
  const seeds = join.map((address) => ({ address, incarnation: ANY_INCARNATION }));
  const gaveUp = net.world.deferred<void>();
  const onAbort = (): void => gaveUp.reject(new SkipnetError("E_ABORTED", "gave up joining"));
  if (signal?.aborted === true) onAbort();
  signal?.addEventListener("abort", onAbort);
  try {
    const joined = net.join(member, seeds, { deadlineUs: joinDeadlineUs, signal });
    await Promise.race([joined, gaveUp.promise]);
  } finally {
    signal?.removeEventListener("abort", onAbort);
  }
}

async function openPages(
  options: AdminOptions | undefined,
  parts: StateParts,
): Promise<AdminServer | undefined> {
  if (options === undefined) return undefined;
  const metrics = nodeMetrics(parts);
  return await openAdmin(options, {
    joined: () => parts.net.isMember(parts.member),
    state: () => nodeState(parts),
    metrics: () => metrics.metrics(),
    metricsType: metrics.contentType,
  });
}
