import { SkipnetError } from "../../src/core/errors.ts";
import type { Random } from "../../src/core/random.ts";
import {
  constantLatency,
  type LatencyModel,
  latencyModel,
} from "../../src/transport/sim/latency.ts";
import type { ModelName } from "../../src/transport/sim/models.ts";
import {
  isPacketTransport,
  PACKET_TRANSPORTS,
  type PacketTransportName,
  parsePacketTransport,
} from "../../src/transport/sim/packet/packet-spec.ts";
import { propagation } from "../../src/transport/sim/packet/propagation.ts";
import type { SimNetwork } from "../scenario.ts";

/** One way between two processes of one machine, about what the live columns measure. */
const LOOPBACK_US = 100;

const MODELS: Readonly<Record<string, ModelName>> = {
  sim: "ideal",
  "sim:ideal": "ideal",
  "sim:tcp": "tcp",
  "sim:tcp:os": "tcp:os",
  "sim:udp": "udp",
};

/** What a `sim:packet…` column says behind `sim:`; `undefined`: it is of the message level, or live. */
export function packetTransport(transport: string): PacketTransportName | undefined {
  const name = transport.startsWith("sim:") ? transport.slice(4) : "";
  return isPacketTransport(name) ? name : undefined;
}

export const isSimulated = (transport: string): boolean => /^sim(:|$)/.test(transport);

/** Whether the column can be run at all. Throws `E_OPTIONS`. */
export function checkSimulated(transport: string): void {
  const packet = packetTransport(transport);
  if (packet === undefined) simModel(transport);
  else parsePacketTransport(packet);
}

/** Which transport a message-level `sim` column stands for. Throws `E_OPTIONS`. */
export function simModel(transport: string): ModelName {
  const model = MODELS[transport];
  if (model !== undefined) return model;
  throw new SkipnetError(
    "E_OPTIONS",
    `no simulated transport "${transport}"; there are ${[...Object.keys(MODELS), ...PACKET_TRANSPORTS.map((kind) => `sim:${kind}`)].join(", ")}`,
  );
}

/** How long packets take between hosts, and how the column calls it. */
export function packetLatency(
  network: SimNetwork,
  oneWayUs: number | undefined,
  random: Random,
): LatencyModel {
  if (oneWayUs === undefined && network !== "loopback") return propagation(network, random);
  const us = oneWayUs ?? LOOPBACK_US;
  return { ...constantLatency(us), name: `${us / 1_000} ms one way` };
}

/** How long messages take, and how the column calls it. */
export function simLatency(network: SimNetwork, random: Random): LatencyModel {
  if (network !== "loopback") return latencyModel(network, random);
  return { ...constantLatency(LOOPBACK_US), name: `${LOOPBACK_US / 1_000} ms one way` };
}
