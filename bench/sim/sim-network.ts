import type { Address } from "../../src/core/address.ts";
import type { ContactTable } from "../../src/core/contacts.ts";
import { seededRandom } from "../../src/core/random.ts";
import { NetworkScriptRun } from "../../src/transport/sim/packet/network-script.ts";
import { PacketSimulation } from "../../src/transport/sim/packet/packet-simulation.ts";
import { Simulation } from "../../src/transport/sim/simulation.ts";
import type { MessageCodec } from "../../src/wire/codec.ts";
import type { Scenario } from "../scenario.ts";
import { networkScript } from "../scenarios/network.ts";
import { packetLatency, packetTransport, simLatency, simModel } from "./model.ts";

/** The network of one simulated column. */
export interface ColumnNetwork {
  readonly simulation: Simulation | PacketSimulation;
  /** How the report calls it. */
  readonly name: string;
  /** Each instance's counters are those of all. */
  readonly countsOnce: boolean;
  /** How it changes during the run. */
  readonly script: NetworkScriptRun | undefined;
  /** Where the `number`th process listens. */
  address(number: number): Address;
}

/** Message-level, or packet-level for a `sim:packet…` column. */
export function simNetwork(
  scenario: Scenario,
  transport: string,
  codec: MessageCodec,
  contacts: ContactTable,
): ColumnNetwork {
  const packet = packetTransport(transport);
  if (packet !== undefined) return packetNetwork(scenario, packet, codec);
  const latency = simLatency(scenario.simNetwork, seededRandom(`${scenario.seed}/network`));
  const model = simModel(transport);
  return {
    simulation: new Simulation({ seed: scenario.seed, codec, contacts, latency, transport: model }),
    name: latency.name,
    countsOnce: true,
    script: undefined,
    address: (number) => `sim://${number}` as Address,
  };
}

function packetNetwork(scenario: Scenario, transport: string, codec: MessageCodec): ColumnNetwork {
  const { seed, nodes, clients } = scenario;
  const hosts = nodes + clients;
  const script = networkScript(scenario.network ?? {}, hosts, nodes);
  const random = seededRandom(`${seed}/network`);
  const latency = packetLatency(scenario.simNetwork, script.oneWayUs, random);
  const { conditions } = script;
  const simulation = new PacketSimulation({ seed, codec, latency, transport, conditions });
  return {
    simulation,
    name: `${latency.name}, packets`,
    countsOnce: false,
    script: new NetworkScriptRun(simulation, script, hosts, random.fork("script")),
    address: (number) => simulation.address(number),
  };
}
