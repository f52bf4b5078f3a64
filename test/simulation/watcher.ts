import type { Incarnation } from "../../src/core/address.ts";
import { PLAIN_LINK } from "../../src/transport/sim/packet/conditions.ts";
import type { PacketSimulation } from "../../src/transport/sim/packet/packet-simulation.ts";
import type { Peer, Port } from "../../src/transport/transport.ts";
import { Station } from "../transport/sim/packet/scene.ts";

/** Nine seconds, as the packets of the paper's cluster took (§3.7). */
export const NINE_SECONDS_MS = 9_000;

/** A station that also remembers whom it was told of. */
export class Watcher extends Station {
  /** `10.0.0.2 down silent`, oldest first. */
  readonly told: string[] = [];

  watch(other: Station): void {
    this.transport.watch(this.port, this.peer(other));
  }

  override onPeer(port: Port, peer: Peer, state: string, reason: string): void {
    super.onPeer(port, peer, state, reason);
    const { address } = this.transport.endpointOf(peer);
    this.told.push(`${address.replace(/^\w+:\/\/|:\d+$/g, "")} ${state} ${reason}`);
  }

  get incarnation(): Incarnation {
    return this.transport.localEndpoint(this.port).incarnation;
  }

  /** What it was told of others, as far as it is bad news. */
  get badNews(): string[] {
    return this.told.filter((news) => !news.includes(" up "));
  }
}

/** The next so many datagrams of this station are kept by the network for nine seconds. */
export function hold(simulation: PacketSimulation, station: Station, count = 1): void {
  const numbered = { from: 1, to: count, heldUs: NINE_SECONDS_MS * 1_000 };
  const machine = simulation.machine(station.port);
  simulation.network.setLink(machine, { up: { ...PLAIN_LINK, numbered } });
}

/** Ends what `hold` began: those held already stay held. */
export function release(simulation: PacketSimulation, station: Station): void {
  simulation.network.setLink(simulation.machine(station.port), { up: PLAIN_LINK });
}
