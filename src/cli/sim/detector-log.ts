import type { InjectedFault, Watcher } from "../../../bench/outcome/detection.ts";
import { detectorQuality } from "../../../bench/outcome/detector-quality.ts";
import type { DetectorQuality } from "../../../bench/results.ts";
import { endName, type PeerEvent } from "../../../bench/trace/events.ts";
import type { Address } from "../../core/address.ts";
import { ForwardingTransport } from "../../transport/forwarding-transport.ts";
import type { Peer, Port, PortHandler, Transport } from "../../transport/transport.ts";

/** Nodes whose judgements are noted, in the order in which their ports open; those of more are not. */
const NODES_NOTED_MAX = 1_000;

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

  /** The same transport, seen. */
  observed(transport: Transport): NotedTransport {
    return new NotedTransport(transport, this.#clock, (end) => this.#watcher(end));
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

  #watcher(end: string): PeerEvent[] | undefined {
    if (this.#watchers.length === NODES_NOTED_MAX) return undefined;
    const peers: PeerEvent[] = [];
    this.#watchers.push({ end, peers });
    return peers;
  }
}

/** Any transport; notes whom its first ports watch, and what they are told of them. */
class NotedTransport extends ForwardingTransport {
  readonly #clock: { readonly nowUs: number };
  readonly #watcher: (end: string) => PeerEvent[] | undefined;
  /** By port; absent: not noted. */
  readonly #noted = new Map<Port, PeerEvent[]>();

  constructor(
    inner: Transport,
    clock: { readonly nowUs: number },
    watcher: (end: string) => PeerEvent[] | undefined,
  ) {
    super(inner);
    this.#clock = clock;
    this.#watcher = watcher;
  }

  override async open(local: Address, handler: PortHandler): Promise<Port> {
    return this.opened(await this.inner.open(local, handler));
  }

  /** A port is open, behind the handler that `heard` gave. */
  opened(port: Port): Port {
    const events = this.#watcher(endName(this.inner.localEndpoint(port)));
    if (events !== undefined) this.#noted.set(port, events);
    return port;
  }

  override watch(from: Port, to: Peer): void {
    this.#note(from, to, "watch");
    this.inner.watch(from, to);
  }

  override unwatch(from: Port, to: Peer): void {
    this.#note(from, to, "unwatch");
    this.inner.unwatch(from, to);
  }

  /** The handler, and what it is told of peers is noted. */
  heard(handler: PortHandler): PortHandler {
    return {
      onMessage: (port, from, message) => handler.onMessage(port, from, message),
      onVerdict: (port, token, verdict) => handler.onVerdict(port, token, verdict),
      onReturn: (port, to, message, verdict) => handler.onReturn(port, to, message, verdict),
      onDrain: (port, peer) => handler.onDrain(port, peer),
      onPeer: (port, peer, state, reason) => {
        this.#note(port, peer, state, reason);
        handler.onPeer(port, peer, state, reason);
      },
    };
  }

  #note(port: Port, peer: Peer, what: PeerEvent["what"], reason?: string): void {
    const events = this.#noted.get(port);
    if (events === undefined) return;
    const name = endName(this.inner.endpointOf(peer));
    events.push({ atUs: this.#clock.nowUs, peer: name, what, reason });
  }
}
