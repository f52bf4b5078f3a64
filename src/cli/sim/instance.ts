import type { Address } from "../../core/address.ts";
import type { ContactTable } from "../../core/contacts.ts";
import { SkipnetError } from "../../core/errors.ts";
import type { OverlayOptions } from "../../overlay/options.ts";
import { SkipNet } from "../../overlay/skipnet.ts";
import type { PacketSimulation } from "../../transport/sim/packet/packet-simulation.ts";
import { PacketUdpTransport } from "../../transport/sim/packet/udp-transport.ts";
import { SimTransport } from "../../transport/sim/sim-transport.ts";
import type { Simulation } from "../../transport/sim/simulation.ts";
import type { Peer, Port, Transport } from "../../transport/transport.ts";
import type { Message } from "../../wire/message.ts";
import type { DetectorLog } from "./detector-log.ts";

/** One overlay object with what it runs on. */
export interface Instance {
  readonly net: SkipNet;
  readonly transport: Transport;
  /** Is to hear of each port that is open. */
  opened(port: Port): void;
  /** Opens a port for the overlay object. */
  open(address: Address): Port | Promise<Port>;
}

/** Sees every message that is sent. Ports and peers are hosts here. */
export type SeeMessage = (from: Port, to: Peer, message: Message) => void;

/** A process of a run, with its overlay object. */
export function newInstance(parts: {
  readonly simulation: Simulation | PacketSimulation;
  readonly contacts: ContactTable;
  readonly overlay: Partial<OverlayOptions>;
  readonly detectors: DetectorLog;
  readonly observers: readonly SeeMessage[];
}): Instance {
  const { simulation, contacts, overlay, detectors, observers } = parts;
  const { world, transport } = simulation.instance();
  const net = new SkipNet({ world, transport, contacts, options: overlay });
  const { handler } = net;
  const opened = detectors.listen(transport, handler);
  if (transport instanceof SimTransport) {
    for (const observer of observers) observeMessages(transport, observer);
  }
  const atOnce = transport instanceof SimTransport || transport instanceof PacketUdpTransport;
  return {
    net,
    transport,
    opened,
    open: (address) =>
      atOnce ? transport.openNow(address, handler) : transport.open(address, handler),
  };
}

/** In the place of the method itself: without it sending costs nothing. */
function observeMessages(transport: SimTransport, see: SeeMessage): void {
  const send = transport.send.bind(transport);
  transport.send = (from, to, message, token) => {
    const result = send(from, to, message, token);
    if (result !== "full") see(from, to, message);
    return result;
  };
}

/** For nodes that come while the simulation runs. Throws `E_OPTIONS` where ports take time to open. */
export function openAtOnce(instance: Instance, address: Address): Port {
  const port = instance.open(address);
  if (typeof port === "number") return port;
  throw new SkipnetError("E_OPTIONS", "nodes come and go at the message level only");
}
