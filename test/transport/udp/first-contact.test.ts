import { expect, test } from "vitest";
import { udpOptions } from "../../../src/transport/udp/options.ts";
import type { UdpPreset } from "../../../src/transport/udp/presets.ts";
import { token, VirtualNet } from "./virtual-net.ts";

const ms = (n: number) => n * 1000;

/** Two who never met, so far apart, of whom one asks; every `lostEvery`th datagram is lost. */
function meet(preset: UdpPreset, rttMs: number, lostEvery: number) {
  const net = new VirtualNet();
  const options = { preset };
  const [a, b] = [net.node(1, { options }), net.node(2, { options })];
  let count = 0;
  net.fate = () => (++count % lostEvery === 1 ? [] : [ms(rttMs / 2)]);
  a.send(a.peer(b), "is anybody there", token(1));
  net.advance(ms(20_000));
  return { verdicts: a.verdicts, states: a.peerStates };
}

test.each<[UdpPreset, number]>([
  ["lan", 300],
  ["wan", 300],
  ["wan", 1_000],
])(
  "with the preset %s alone, a first contact succeeds over a round trip of %i ms, its first datagram lost or not",
  (preset, rttMs) => {
    for (const lostEvery of [3, 4, Number.POSITIVE_INFINITY]) {
      const { verdicts, states } = meet(preset, rttMs, lostEvery);
      expect(verdicts, `every ${lostEvery}th lost`).toEqual(["1 delivered"]);
      expect(states.filter((state) => state.startsWith("down"))).toEqual([]);
    }
  },
);

test.each(["loopback", "lan", "wan"] as const)(
  "with %s, a peer that never answers is suspect early and down at firstSilence, not before",
  (preset) => {
    const net = new VirtualNet();
    const a = net.node(1, { options: { preset } });
    const dead = net.node(2);
    net.nodes.delete(dead.port);
    const { firstSilenceUs } = udpOptions({ preset });
    a.send(a.peer(dead), "is anybody there", token(1));
    net.advance(firstSilenceUs - 1_000);
    expect(a.peerStates).toEqual(["suspect silent"]);
    net.advance(firstSilenceUs);
    expect(a.peerStates.at(-1)).toBe("down silent");
    expect(a.verdicts).toEqual(["1 unknown silent"]);
  },
);
