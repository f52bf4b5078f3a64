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

/** What changes on a path that loses are compared with. */
export const LOSSY_BASE: Ablation = {
  property: "wan as it is",
  transport: "udp:wan",
  about: "",
};

/** Each is `LOSSY_BASE` with one option changed: what only shows where packets are lost. */
export const LOSSY_ABLATIONS: readonly Ablation[] = [
  change("ackDelay=2ms", "acknowledgements hardly wait for company", LOSSY_BASE),
  change("ackDelay=80ms", "acknowledgements wait long for company", LOSSY_BASE),
  change("ackEvery=1", "each packet is acknowledged at once", LOSSY_BASE),
  change("ackEvery=16", "many packets an acknowledgement", LOSSY_BASE),
  change("minRto=10ms", "repairs a lost tail sooner", LOSSY_BASE),
  change("minRto=400ms", "repairs a lost tail late", LOSSY_BASE),
  change("backoff=1", "tries at a constant pace", LOSSY_BASE),
  change("backoff=3", "tries ever more rarely", LOSSY_BASE),
  change("reorderWindow=100us", "takes what was overtaken for lost", LOSSY_BASE),
  change("reorderWindow=50ms", "believes long in reordering", LOSSY_BASE),
  change("retryShare=0.05", "few repetitions for what is sent", LOSSY_BASE),
  change("windowInitial=2400B", "two packets at first", LOSSY_BASE),
  change("windowMax=12000B", "ten packets under way at most", LOSSY_BASE),
  change("lossCeiling=0.05", "never reckons with more loss", LOSSY_BASE),
  change("phiDown=3", "a wrong verdict in a thousand silences", LOSSY_BASE),
  change("phiDown=9", "a wrong verdict in a thousand million", LOSSY_BASE),
  change("minSilence=200ms", "a short silence may do", LOSSY_BASE),
  change("minSilence=3s", "only a long silence will do", LOSSY_BASE),
  change("retries=3", "down after four tries, whatever the loss", LOSSY_BASE),
];

function change(
  option: string,
  about: string,
  base: Pick<Ablation, "transport"> = { transport: ABLATION_BASE },
): Ablation {
  return { property: option, transport: `${base.transport},${option}`, about };
}
