import type { InjectedFault, Watcher } from "../../../bench/outcome/detection.ts";
import { detectorQuality } from "../../../bench/outcome/detector-quality.ts";
import type { DetectorQuality } from "../../../bench/results.ts";
import { endName, type PeerEvent } from "../../../bench/trace/events.ts";
import { ANY_INCARNATION } from "../../core/address.ts";
import type { Peer, Port, PortHandler, Transport } from "../../transport/transport.ts";

/** Nodes whose judgements are noted, in the order in which their ports open; those of more are not. */
const NODES_NOTED_MAX = 300;

/** The quality of the failure detector over a run. */
export interface DetectorFigures {
  /** Nodes whose judgements were noted. */
  readonly watchers: number;
  readonly suspect: DetectorQuality;
  readonly down: DetectorQuality;
}

/** What nodes watched, and what their transport told them of it. */
export class DetectorLog {
  readonly #clock: { readonly nowUs: number };
  /** BOUNDED: `NODES_NOTED_MAX`. */
  readonly #watchers: Watcher[] = [];
  /** BOUNDED: one a node. */
  readonly #faults: InjectedFault[] = [];

  constructor(clock: { readonly nowUs: number }) {
    this.#clock = clock;
  }

  /**
   * From now on whatever the ports of this transport watch, and are told of it, is noted. What does that
   * is put in the place of three methods of the objects themselves, so that all others, above all those
   * that each message passes, are as fast as without. Returns what is to be told of each port that opens.
   */
  listen(transport: Transport, handler: PortHandler): (port: Port) => void {
    const noted: (PeerEvent[] | undefined)[] = [];
    /** Names of peers, made once. BOUNDED: the lives of the run. */
    const names = new Map<Peer, string>();
    const nameOf = (peer: Peer): string => {
      let name = names.get(peer);
      if (name !== undefined) return name;
      const endpoint = transport.endpointOf(peer);
      name = endName(endpoint);
      // Whoever was asked for as any incarnation has another name once it has answered.
      if (endpoint.incarnation !== ANY_INCARNATION) names.set(peer, name);
      return name;
    };
    const note = (
      events: PeerEvent[],
      peer: Peer,
      what: PeerEvent["what"],
      reason?: string,
    ): void => {
      events.push({ atUs: this.#clock.nowUs, peer: nameOf(peer), what, reason });
    };
    const watch = transport.watch.bind(transport);
    transport.watch = (port, peer) => {
      const events = port < noted.length ? noted[port] : undefined;
      if (events !== undefined) note(events, peer, "watch");
      watch(port, peer);
    };
    const unwatch = transport.unwatch.bind(transport);
    transport.unwatch = (port, peer) => {
      const events = port < noted.length ? noted[port] : undefined;
      if (events !== undefined) note(events, peer, "unwatch");
      unwatch(port, peer);
    };
    const onPeer = handler.onPeer.bind(handler);
    handler.onPeer = (port, peer, state, reason) => {
      const events = port < noted.length ? noted[port] : undefined;
      if (events !== undefined) note(events, peer, state, reason);
      onPeer(port, peer, state, reason);
    };
    return (port) => {
      if (this.#watchers.length === NODES_NOTED_MAX) return;
      const peers: PeerEvent[] = [];
      this.#watchers.push({ end: endName(transport.localEndpoint(port)), peers });
      noted[port] = peers;
    };
  }

  /** A node dies, or stops, now. */
  failed(kind: InjectedFault["kind"], victim: string): void {
    this.#faults.push({ kind, victim, atUs: this.#clock.nowUs });
  }

  /** From the beginning of the run until now; `others`: faults that are known from elsewhere. */
  figures(others: readonly InjectedFault[]): DetectorFigures {
    const window = { fromUs: 0, untilUs: this.#clock.nowUs };
    const faults = [...this.#faults, ...others];
    const of = (level: "suspect" | "down"): DetectorQuality =>
      detectorQuality(level, this.#watchers, faults, window);
    return { watchers: this.#watchers.length, suspect: of("suspect"), down: of("down") };
  }
}
