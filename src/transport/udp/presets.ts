import { isOwnMachine } from "../host-address.ts";
import type { UdpOptions } from "./options.ts";

/** Where the peers are: in this machine, in this building, anywhere. */
export type UdpPreset = "loopback" | "lan" | "wan";

const MIB = 1 << 20;

const LAN: UdpOptions = {
  preset: "lan",
  datagramBytes: 1_200,
  ackDelayUs: 5_000,
  ackEvery: 4,
  initialRtoUs: 100_000,
  firstSilenceUs: 1_000_000,
  minRtoUs: 25_000,
  maxRtoUs: 1_000_000,
  backoff: 1.5,
  reorderWindowUs: 1_000,
  retryShare: 1,
  retries: "auto",
  lossFloor: 0.01,
  lossCeiling: 0.25,
  phiSuspect: 2,
  phiDown: 6,
  minSilenceUs: 300_000,
  minSilenceRtts: 3,
  lateFactor: 4,
  lateMemoryUs: 4_000_000,
  lateSilenceUs: 10_000_000,
  burstMaxUs: 1_500_000,
  doubtUs: 25_000,
  outageHoldUs: 2_000_000,
  indirectProbes: 3,
  vouchHoldUs: 2_000_000,
  errandsPerSecond: 400,
  retryDownUs: 1_000_000,
  probeIntervalUs: 750_000,
  messageDeadlineUs: 10_000_000,
  deadlinePerKiBUs: 20_000,
  traffic: "normal",
  order: "none",
  backgroundDelayUs: 10_000,
  windowInitialBytes: 32 * 1_200,
  windowMaxBytes: MIB,
  sharedWindowBytes: 16 * MIB,
  sharedLoss: 0.3,
  paceUs: 1_000,
  paceDatagrams: 64,
  messageWindow: 4_096,
  queueMessages: 8_192,
  queueBytes: 8 * MIB,
  nodeQueueBytes: 64 * MIB,
  reassemblyPeerBytes: 8 * MIB,
  reassemblyNodeBytes: 64 * MIB,
  reassemblyTimeoutUs: 15_000_000,
  inboxMessages: 65_536,
  inboxBytes: 64 * MIB,
  sessionsMax: 16_384,
  halfOpenMax: 2_048,
  hellosPerSecond: 1_000,
  hellosPerPrefix: 500,
  resetsPerSecond: 1_000,
  lateUs: 20_000,
  closeCopies: 2,
  receiveBufferBytes: 4 * MIB,
  pathRttUs: 20_000,
};

/**
 * The three starting points. `loopback`: the kernel loses nothing, but many processes share few
 * cores, so that a peer may be late by a scheduling quantum or a collection of garbage; probes are
 * dense since they cost no network. `wan`: acknowledgements wait longer, the silence that proves
 * something is longer than the usual burst of losses.
 */
export const UDP_PRESETS: Readonly<Record<UdpPreset, UdpOptions>> = {
  loopback: {
    ...LAN,
    preset: "loopback",
    // Stalls here are the shared cores': three times the lateness is silence enough, and a hang is found in half a second.
    lateFactor: 3,
    hellosPerPrefix: 1_000,
    datagramBytes: 16_384,
    ackDelayUs: 2_000,
    ackEvery: 16,
    initialRtoUs: 60_000,
    firstSilenceUs: 330_000,
    minRtoUs: 20_000,
    minSilenceUs: 330_000,
    burstMaxUs: 1_000_000,
    doubtUs: 1_000,
    outageHoldUs: 1_000_000,
    vouchHoldUs: 1_000_000,
    retryDownUs: 500_000,
    probeIntervalUs: 150_000,
    messageDeadlineUs: 5_000_000,
    deadlinePerKiBUs: 5_000,
    windowInitialBytes: 256 << 10,
    windowMaxBytes: MIB,
    paceDatagrams: 256,
    reassemblyTimeoutUs: 10_000_000,
    pathRttUs: 2_000,
  },
  lan: LAN,
  wan: {
    ...LAN,
    preset: "wan",
    hellosPerPrefix: 50,
    ackDelayUs: 20_000,
    ackEvery: 2,
    initialRtoUs: 250_000,
    firstSilenceUs: 3_000_000,
    minRtoUs: 50_000,
    maxRtoUs: 3_000_000,
    backoff: 1.1,
    minSilenceUs: 600_000,
    burstMaxUs: 3_000_000,
    doubtUs: 50_000,
    outageHoldUs: 5_000_000,
    vouchHoldUs: 5_000_000,
    retryDownUs: 2_000_000,
    probeIntervalUs: 2_000_000,
    messageDeadlineUs: 30_000_000,
    deadlinePerKiBUs: 50_000,
    windowInitialBytes: 10 * 1_200,
    reassemblyTimeoutUs: 35_000_000,
    pathRttUs: 150_000,
  },
};

/** The preset for a port that listens on this host, where nobody named one. */
export function presetFor(host: string): UdpPreset {
  return isOwnMachine(host) ? "loopback" : "lan";
}
