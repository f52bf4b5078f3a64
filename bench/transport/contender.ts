/** Whom an end talks to, in whatever terms its contender has: a peer number, a socket, a request. */
export type Remote = number | object;

/** What arrives at an end. Never called inside `send`. */
export interface EndHandler {
  onMessage(from: Remote, body: Uint8Array): void;
  /** After `slow` or `full`: there is room again. */
  onDrain(to: Remote): void;
  /** What the contender says of a peer by itself; contenders without failure detection never do. */
  onState(of: Remote, state: "suspect" | "down"): void;
}

/** What an end handed to the network since it was opened, as far as the contender counts it. */
export interface WireCounters {
  readonly bytesSent: number;
  readonly datagramsSent: number;
  readonly retransmits: number;
  readonly probeBytes: number;
  /** Peers that were called down and were heard from again. */
  readonly revived: number;
}

/** One local endpoint of a contender, in one process. */
export interface End {
  /** Where others reach it. */
  readonly address: string;
  /** What has to be done before the first message can be sent; may take round trips. */
  contact(address: string): Remote | Promise<Remote>;
  /** The body may be used again once an answer to it has come. `full`: it was not taken. */
  send(to: Remote, body: Uint8Array): "sent" | "slow" | "full";
  /** Detect the failure of this peer even when nothing is sent, where the contender can. */
  watch(of: Remote): void;
  counters(): WireCounters | undefined;
  close(): Promise<void>;
}

/** What a transport promises, in words for the table of properties. */
export interface Properties {
  readonly order: string;
  readonly duplicates: string;
  readonly retries: string;
  /** What an acknowledgement says. */
  readonly acknowledgement: string;
  /** When a peer is given up, and by what. */
  readonly verdict: string;
  /** Largest message. */
  readonly size: string;
  readonly congestion: string;
  /** What it takes before the first message. */
  readonly setup: string;
  readonly encryption: string;
}

/** What a transport is to the comparison. */
export type Role = "ours" | "floor" | "peer";

/** A transport that takes part in the comparison. */
export interface Contender {
  readonly role: Role;
  /** Messages that are not answered are the contender's fault, and not sent again by the benchmark. */
  readonly reliable: boolean;
  /** Larger messages are left out of its measurements. */
  readonly messageBytesMax: number;
  /** False: it never says that a peer is down, so that there is nothing to measure. */
  readonly tellsDown: boolean;
  /** Peers with which its memory is measured, at most; 0: it keeps nothing of a peer. */
  readonly idlePeersMax: number;
  readonly properties: Properties;
  open(handler: EndHandler): Promise<End>;
}

/** What a file of `bench/peers` exports. Loading it fails where its packages are not installed. */
export interface ContenderModule {
  loadContender(): Contender | Promise<Contender>;
}
