import { type Address, ANY_INCARNATION } from "../../../src/core/address.ts";
import { ContactTable } from "../../../src/core/contacts.ts";
import { liveWorld } from "../../../src/core/live/world.ts";
import { nodeRegistry } from "../../../src/node/registry.ts";
import { findTransport, openTransport } from "../../../src/node/transports.ts";
import type {
  Peer,
  PortHandler,
  Transport,
  TransportBounds,
} from "../../../src/transport/transport.ts";
import { createCodec } from "../../../src/wire/codec.ts";
import { BENCH_MESSAGES, BenchProbe } from "../../load/probe.ts";
import { formatMs } from "../../report/format.ts";
import type { Contender, End, EndHandler, Properties, Remote, WireCounters } from "../contender.ts";

/** Largest body that is measured with our own transports. */
const MESSAGE_BYTES_MAX = 256 << 10;
const IDLE_PEERS_MAX = 10_000;

/** One of our own transports by its description: `udp:lan,retries=2`. Throws `E_OPTIONS`. */
export async function ownContender(text: string): Promise<Contender> {
  const world = liveWorld();
  const contacts = new ContactTable();
  const registry = nodeRegistry(BENCH_MESSAGES);
  // The others do not compress either.
  const codec = createCodec({ registry, contacts, compression: "off" });
  const { spec } = findTransport(text);
  const open = (): Promise<Transport> => openTransport(text, { world, codec });
  const sample = await open();
  const properties = propertiesOf(spec.kind, sample);
  await sample.close();
  return {
    role: "ours",
    reliable: true,
    messageBytesMax: MESSAGE_BYTES_MAX,
    tellsDown: true,
    idlePeersMax: IDLE_PEERS_MAX,
    properties,
    open: async (handler) => {
      const transport = await open();
      const port = await transport.open(
        `${spec.kind}://127.0.0.1:0` as Address,
        portHandler(handler),
      );
      return ownEnd(transport, port);
    },
  };
}

function portHandler(handler: EndHandler): PortHandler {
  return {
    onMessage: (_port, from, message) => {
      if (BenchProbe.is(message)) handler.onMessage(from, message.payload);
    },
    onVerdict: () => undefined,
    onReturn: () => undefined,
    onPeer: (_port, peer, state) => {
      if (state !== "up") handler.onState(peer, state);
    },
    onDrain: (_port, peer) => handler.onDrain(peer),
  };
}

function ownEnd(transport: Transport, port: Parameters<Transport["send"]>[0]): End {
  const { address } = transport.localEndpoint(port);
  return {
    address,
    // Whoever lives there now: what a process that only knows an address asks for.
    contact: (to): Remote =>
      transport.peer({ address: to as Address, incarnation: ANY_INCARNATION }),
    send: (to, body) => transport.send(port, to as Peer, BenchProbe.make({ payload: body })),
    watch: (of) => transport.watch(port, of as Peer),
    counters: (): WireCounters => transport.stats(),
    close: () => transport.close(),
  };
}

function verdictOf({ suspectUs, downUs, verdictUs }: TransportBounds): string {
  const ms = (us: number): string =>
    us === Number.POSITIVE_INFINITY ? "never" : formatMs(us / 1_000);
  return `watched: suspect by ${ms(suspectUs)}, down by ${ms(downUs)}; a send: by ${ms(verdictUs)}`;
}

/** What the contract says of the transport itself; the rest follows from which protocol it is. */
function propertiesOf(kind: string, transport: Transport): Properties {
  const { capabilities, messageBytesMax } = transport;
  const isUdp = kind === "udp";
  return {
    order: capabilities.ordered ? "in order to each peer" : "unordered",
    duplicates: "none while both live; certainly none within the duplicate window",
    retries: isUdp
      ? "by packet, timed by the round trip"
      : "by the kernel, and after a reconnection",
    acknowledgement: "decoded, validated and queued for a handler in the peer’s process",
    verdict: `${verdictOf(transport.bounds())}${capabilities.detectsHang ? "" : "; a stopped process is not noticed"}`,
    size: `${(messageBytesMax / 1_024).toFixed(0)} KiB`,
    congestion: isUdp ? "per peer, by loss and delay" : "the kernel’s",
    setup: isUdp
      ? "none: the first datagram carries the message"
      : "TCP handshake, then a greeting",
    encryption: "none",
  };
}
