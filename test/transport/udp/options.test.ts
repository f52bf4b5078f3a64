import { expect, test } from "vitest";
import { formatDurationUs } from "../../../src/core/units.ts";
import { parseTransportSpec } from "../../../src/transport/options.ts";
import { udpBounds } from "../../../src/transport/udp/bounds.ts";
import { type UdpOptions, udpOptions, udpOptionsFrom } from "../../../src/transport/udp/options.ts";
import { presetFor, UDP_PRESETS } from "../../../src/transport/udp/presets.ts";

const read = (text: string) => udpOptionsFrom(parseTransportSpec(text));

test("options on the command line change the preset that they name", () => {
  expect(read("udp")).toEqual(UDP_PRESETS.lan);
  expect(read("udp:wan")).toEqual(UDP_PRESETS.wan);
  expect(read("udp:preset=loopback")).toEqual(UDP_PRESETS.loopback);
  const changed = read("udp:loopback,retries=2,ackDelay=5ms,minRto=12ms,backoff=2,datagram=8KiB");
  expect(changed).toEqual({
    ...UDP_PRESETS.loopback,
    retries: 2,
    ackDelayUs: 5_000,
    minRtoUs: 12_000,
    backoff: 2,
    datagramBytes: 8_192,
  });
});

test("every option can be written, and sets the field of its name", () => {
  const sample: Record<string, string> = {
    datagram: "1000B",
    ackDelay: "3ms",
    ackEvery: "7",
    initialRto: "90ms",
    firstSilence: "2s",
    minRto: "30ms",
    maxRto: "900ms",
    backoff: "1.25",
    reorderWindow: "2ms",
    retryShare: "0.5",
    retries: "auto",
    lossFloor: "0.02",
    lossCeiling: "0.3",
    phiSuspect: "3",
    phiDown: "7",
    minSilence: "350ms",
    minSilenceRtts: "4",
    lateFactor: "5",
    lateMemory: "3s",
    lateSilence: "7s",
    burstMax: "2s",
    doubt: "9ms",
    outageHold: "4s",
    indirectProbes: "5",
    vouchHold: "3s",
    errandsPerSecond: "99",
    probeInterval: "500ms",
    messageDeadline: "9s",
    deadlinePerKiB: "10ms",
    traffic: "background",
    order: "peer",
    backgroundDelay: "20ms",
    windowInitial: "16KiB",
    windowMax: "2MiB",
    sharedWindow: "8MiB",
    sharedLoss: "0.4",
    pace: "2ms",
    retryDown: "7s",
    paceDatagrams: "32",
    messageWindow: "512",
    queueMessages: "100",
    queueBytes: "2MiB",
    nodeQueueBytes: "3MiB",
    reassemblyPeer: "1MiB",
    reassemblyNode: "2MiB",
    reassemblyTimeout: "4s",
    inboxMessages: "9",
    inboxBytes: "5MiB",
    sessionsMax: "50",
    halfOpenMax: "10",
    hellosPerSecond: "6",
    hellosPerPrefix: "5",
    resetsPerSecond: "5",
    late: "30ms",
    closeCopies: "1",
    receiveBuffer: "1MiB",
    pathRtt: "7ms",
  };
  const text = Object.entries(sample)
    .map(([name, value]) => `${name}=${value}`)
    .join(",");
  const options = read(`udp:wan,${text}`);
  const unchanged = Object.entries(options)
    .filter(([field, value]) => UDP_PRESETS.wan[field as keyof UdpOptions] === value)
    .map(([field]) => field);
  expect(unchanged).toEqual(["preset", "retries"]);
  expect(Object.keys(options).length).toBe(Object.keys(sample).length + 1);
});

test("a port on loopback gets the loopback preset unless one is named", () => {
  expect(["127.0.0.1", "127.3.2.1", "::1", "localhost"].map(presetFor)).toEqual(
    Array(4).fill("loopback"),
  );
  expect(["10.0.0.1", "0.0.0.0", "host1.example.com"].map(presetFor)).toEqual(Array(3).fill("lan"));
});

test("options that contradict each other are refused", () => {
  const complaints = [
    "udp:mars",
    "udp:lan,wan",
    "udp:lan,preset=wan",
    "udp:speed=1",
    "udp:retries=-1",
    "udp:datagram=100B",
    "udp:minRto=0ms",
    "udp:minRto=2s",
    "udp:ackDelay=2s",
    "udp:lossFloor=0.4",
    "udp:phiSuspect=9",
    "udp:probeInterval=1ms",
    "udp:messageDeadline=100ms",
    "udp:firstSilence=50ms",
    "udp:vouchHold=10s",
    "udp:indirectProbes=99",
    "udp:windowInitial=1KiB",
    "udp:windowMax=2KiB",
    "udp:sharedWindow=512KiB",
    "udp:backgroundDelay=0ms",
    "udp:pace=50ms",
    "udp:queueBytes=1GiB",
    "udp:reassemblyPeer=1GiB",
    "udp:halfOpenMax=100000",
  ].map((text) => {
    try {
      read(text);
    } catch (error) {
      return `${text}: ${(error as Error).message}`;
    }
    return `${text} was taken`;
  });
  const shown = complaints.map((line) => line.replace(/it has .*/, "it has …"));
  expect(shown.join("\n")).toMatchInlineSnapshot(`
    "udp:mars: E_OPTIONS: "mars" is not one of loopback, lan, wan
    udp:lan,wan: E_OPTIONS: "udp:lan,wan" names more than one preset
    udp:lan,preset=wan: E_OPTIONS: "udp:lan,preset=wan" names more than one preset
    udp:speed=1: E_OPTIONS: udp has no option "speed"; it has …
    udp:retries=-1: E_OPTIONS: udp option retries: "-1" is not a whole number from 0 to 100
    udp:datagram=100B: E_OPTIONS: udp: datagram must be from 256 to 65507 bytes
    udp:minRto=0ms: E_OPTIONS: udp: minRto must not be zero
    udp:minRto=2s: E_OPTIONS: udp: minRto is above maxRto
    udp:ackDelay=2s: E_OPTIONS: udp: ackDelay must be below maxRto: every message would be repeated
    udp:lossFloor=0.4: E_OPTIONS: udp: lossFloor is above lossCeiling
    udp:phiSuspect=9: E_OPTIONS: udp: phiSuspect is above phiDown: a peer would be down before it is suspect
    udp:probeInterval=1ms: E_OPTIONS: udp: probeInterval is below minRto: probes would overlap
    udp:messageDeadline=100ms: E_OPTIONS: udp: messageDeadline is below minSilence: no silent peer would ever be found down by it
    udp:firstSilence=50ms: E_OPTIONS: udp: firstSilence is below initialRto: a peer would be down before its first answer is late
    udp:vouchHold=10s: E_OPTIONS: udp: messageDeadline is below minSilence and vouchHold together: no peer that others hear would ever be found down by it
    udp:indirectProbes=99: E_OPTIONS: udp option indirectProbes: "99" is not a whole number from 0 to 16
    udp:windowInitial=1KiB: E_OPTIONS: udp: windowInitial is below one datagram
    udp:windowMax=2KiB: E_OPTIONS: udp: windowMax is below windowInitial
    udp:sharedWindow=512KiB: E_OPTIONS: udp: sharedWindow is below windowMax
    udp:backgroundDelay=0ms: E_OPTIONS: udp: backgroundDelay must be at least 1ms: less is no sign of a queue
    udp:pace=50ms: E_OPTIONS: udp: pace must be at least 100us and not above minRto: a paced packet would be late before it left
    udp:queueBytes=1GiB: E_OPTIONS: udp: queueBytes is above nodeQueueBytes
    udp:reassemblyPeer=1GiB: E_OPTIONS: udp: reassemblyPeer is above reassemblyNode
    udp:halfOpenMax=100000: E_OPTIONS: udp: halfOpenMax is above sessionsMax"
  `);
});

test("the bounds add up as their steps say", () => {
  for (const preset of ["loopback", "lan", "wan"] as const) {
    for (const retries of ["auto", 0, 2, 7] as const) {
      const options = udpOptions({ preset, retries });
      const bounds = udpBounds(options);
      const [rto, suspect, rest, silence, burst, , , first, , probe, deadline] = bounds.steps.map(
        ({ us }) => us,
      );
      expect(bounds.suspectUs).toBe(probe! + suspect!);
      const heard = probe! + Math.max(suspect! + rest!, silence!, burst!);
      expect(bounds.downUs).toBe(Math.max(heard, first!));
      expect(bounds.verdictUs).toBe(deadline);
      expect(rto).toBeGreaterThanOrEqual(options.minRtoUs);
      expect(bounds.suspectUs).toBeLessThanOrEqual(bounds.downUs);
    }
  }
});

test("the steps are written so that a person can follow them", () => {
  const { steps, suspectUs, downUs, verdictUs } = udpBounds(udpOptions({ preset: "lan" }));
  const text = steps.map(({ what, us }) => `${formatDurationUs(us)}: ${what}`).join("\n");
  const sums = [suspectUs, downUs, verdictUs].map(formatDurationUs).join(", ");
  expect(`${text}\n${sums}`).toMatchInlineSnapshot(`
    "105 ms: retransmission timeout at most: the largest of minRto 25 ms, initialRto 100 ms and round trip + 4 variances + ackDelay = 105 ms, below maxRto
    2.18 s: until suspect, data in flight: 6 rounds, each 1.5 times the one before (at 25 % loss a round counts 0.36 of 2 and 6)
    1.16 s: from suspect to 17 rounds: one each timeout
    300 ms: no verdict of silence before minSilence, or 3 round trips
    1.76 s: nor, where bursts of losses were seen, before two rounds and burstMax
    10 s: where programs have lately run late, silence of 4 times their lateness is no death: not counted here, at most
    2 s: while more than half of all peers are suspect, it is us: not counted here, at most
    1 s: of a peer never heard, not before firstSilence
    2 s: while others hear it, it is our path to it: not counted here, at most
    750 ms: nothing to send: until the next probe of a watched peer
    10 s: every token has its verdict by messageDeadline, queueing included
    2.93 s, 4.09 s, 10 s"
  `);
});
