import type { ContactTable } from "../../core/contacts.ts";
import { constantLatency, type LatencyName } from "../../transport/sim/latency.ts";
import { PacketSimulation } from "../../transport/sim/packet/packet-simulation.ts";
import { isPacketTransport } from "../../transport/sim/packet/packet-spec.ts";
import { Simulation } from "../../transport/sim/simulation.ts";
import { countedLatency } from "../../transport/sim/topology/link-stress.ts";
import type { MessageCodec } from "../../wire/codec.ts";
import type { SimRunOptions } from "./options.ts";
import type { PhysicalNetwork } from "./physical-network.ts";

/** The simulation that a run asks for, at the message level or on packets. */
export function simulationOf(
  options: SimRunOptions,
  codec: MessageCodec,
  contacts: ContactTable,
  physical: PhysicalNetwork | undefined,
): Simulation | PacketSimulation {
  const { seed, transport, links, ties } = options;
  // Without routers the name is that of a delay model.
  const network = physical?.latency ?? (options.network as LatencyName);
  if (isPacketTransport(transport)) {
    const stress = physical?.stress;
    const paths =
      stress === undefined || physical === undefined
        ? network
        : countedLatency(physical.latency, stress);
    const latency = links?.oneWayUs === undefined ? paths : constantLatency(links.oneWayUs);
    const conditions = links?.conditions;
    return new PacketSimulation({ seed, codec, latency, transport, conditions, ties });
  }
  const { loss, wire } = options;
  return new Simulation({ seed, codec, contacts, latency: network, transport, loss, wire, ties });
}
