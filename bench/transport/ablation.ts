/** One property of `udp`, changed alone. */
export interface Ablation {
  readonly property: string;
  /** As on the command line: a change of the `loopback` preset. */
  readonly transport: string;
  /** What it is expected to trade. */
  readonly about: string;
}

/** What the changes are compared with. */
export const ABLATION_BASE = "udp:loopback";

/** Each is `ABLATION_BASE` with one option changed. */
export const ABLATIONS: readonly Ablation[] = [
  change("ackDelay=100us", "acknowledgements hardly wait for company"),
  change("ackDelay=10ms", "acknowledgements wait long for company"),
  change("ackEvery=1", "each packet is acknowledged at once"),
  change("ackEvery=4", "an acknowledgement for four packets"),
  change("datagram=1200B", "datagrams that pass everywhere: large messages take many"),
  change("datagram=60KiB", "the largest datagrams"),
  change("windowInitial=16KiB", "a small window at first"),
  change("windowMax=256KiB", "a window that cannot grow"),
  change("messageWindow=256", "few messages under way at most"),
  change("queueMessages=1024", "back-pressure early"),
  change("minRto=5ms", "repairs sooner; repeats what was only late"),
  change("minRto=100ms", "repairs late"),
  change("backoff=2", "patient with black holes"),
  change("reorderWindow=20ms", "believes longer in reordering"),
  change("receiveBuffer=212992B", "the receive buffer that the kernel gives by itself"),
];

function change(option: string, about: string): Ablation {
  return { property: option, transport: `${ABLATION_BASE},${option}`, about };
}
