import type { ContactTable } from "../../core/contacts.ts";
import {
  constantLatency,
  type LatencyModel,
  type LatencyName,
} from "../../transport/sim/latency.ts";
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
  const { loss, wire, churn, faults, nodes } = options;
  const comes = churn !== undefined || faults.some(({ kind }) => kind === "restart");
  if (comes && typeof network !== "string") {
    const latency = latencyOfMany(network, nodes + options.extraJoins);
    return new Simulation({ seed, codec, contacts, latency, transport, loss, wire, ties });
  }
  return new Simulation({ seed, codec, contacts, latency: network, transport, loss, wire, ties });
}

/** The routers have places for so many hosts: one that comes later stands where one stood that came as much earlier. */
function latencyOfMany(model: LatencyModel, hosts: number): LatencyModel {
  const { name, rttMaxUs } = model;
  return {
    name,
    rttMaxUs,
    delayUs: (from, to) => Math.max(1, model.delayUs(from % hosts, to % hosts)),
    expectedUs: (from, to) => Math.max(1, model.expectedUs(from % hosts, to % hosts)),
  };
}
