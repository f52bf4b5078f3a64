import { expect, test } from "vitest";
import { ANY_INCARNATION } from "../../src/core/address.ts";
import { ContactTable } from "../../src/core/contacts.ts";
import { helpersFor } from "../../src/overlay/helpers.ts";
import { OVERLAY_MESSAGES } from "../../src/overlay/messages.ts";
import type { Member } from "../../src/overlay/overlay.ts";
import { SkipNet } from "../../src/overlay/skipnet.ts";
import { TRANSPORT_MESSAGES } from "../../src/transport/messages.ts";
import { constantLatency } from "../../src/transport/sim/latency.ts";
import { PacketSimulation } from "../../src/transport/sim/packet/packet-simulation.ts";
import type { Port, Transport } from "../../src/transport/transport.ts";
import { createCodec } from "../../src/wire/codec.ts";
import { createRegistry } from "../../src/wire/registry.ts";

interface Process {
  readonly net: SkipNet;
  readonly member: Member;
  readonly transport: Transport;
  readonly port: Port;
}

/** So many members of one overlay, `com.example.a`, `b` and so on, on simulated packets and the real UDP protocol. */
async function overlay(count: number, transport: string) {
  const contacts = new ContactTable();
  const codec = createCodec({
    registry: createRegistry([...TRANSPORT_MESSAGES, ...OVERLAY_MESSAGES]),
    contacts,
  });
  const latency = constantLatency(5_000);
  const simulation = new PacketSimulation({ seed: "helpers", codec, transport, latency });
  const advance = (ms: number) => simulation.run({ untilUs: simulation.nowUs + ms * 1_000 });
  const all: Process[] = [];
  for (let i = 0; i < count; i++) {
    const { world, transport: own } = simulation.instance();
    const net = new SkipNet({ world, transport: own, contacts });
    const member = await net.addMember(simulation.address(i), {
      name: `com.example.${String.fromCharCode(97 + i)}`,
    });
    all.push({ net, member, transport: own, port: net.context.port(member) });
    const [first] = all as [Process];
    if (i === 0) net.create(member);
    else {
      const { address } = first.transport.localEndpoint(first.port);
      const joined = net.join(member, [{ address, incarnation: ANY_INCARNATION }], {
        deadlineUs: 30_000_000,
      });
      let done = false;
      void joined.finally(() => {
        done = true;
      });
      while (!done) await advance(100);
      await joined;
    }
  }
  await advance(15_000);
  return { simulation, advance, all, contacts };
}

const knows = (one: Process, other: Process): boolean =>
  one.net.slotsHolding(one.member, other.net.self(other.member)) > 0;

/** Two neighbours lose sight of each other for so long; whether they still know each other then. */
async function parted(transport: string, ms: number) {
  const { simulation, advance, all } = await overlay(8, transport);
  const [a, b] = [all[3], all[4]] as [Process, Process];
  expect([knows(a, b), knows(b, a)]).toEqual([true, true]);
  simulation.faults.cut(a.port, b.port);
  simulation.faults.cut(b.port, a.port);
  await advance(ms);
  const during = [knows(a, b), knows(b, a)];
  const state = a.transport.health(a.port, a.net.context.peers.peerOf(b.net.self(b.member)))?.state;
  simulation.faults.heal();
  await advance(5_000);
  return { simulation, advance, all, a, b, during, state };
}

test("neighbours that lose sight of each other for a while stay neighbours: others vouch for them", async () => {
  const { simulation, advance, all, a, b, during, state } = await parted("packet-udp:lan", 2_000);
  expect(state).toBe("suspect");
  expect(during).toEqual([true, true]);
  expect(a.transport.health(a.port, a.net.context.peers.peerOf(b.net.self(b.member)))?.state).toBe(
    "up",
  );
  for (const { transport } of all) expect(transport.stats().revived).toBe(0);
  expect(a.transport.stats().vouched).toBeGreaterThan(3);
  // Who really dies is out of all tables as soon as ever.
  simulation.crash(b.port);
  await advance(2_500);
  expect(all.filter((one) => one !== b && knows(one, b))).toEqual([]);
});

test("without asking they part, each for dead", async () => {
  const { during } = await parted("packet-udp:lan,indirectProbes=0", 2_000);
  expect(during).toEqual([false, false]);
});

test("neighbours that never meet again part after a while, and the others know both", async () => {
  const { all, a, b, during } = await parted("packet-udp:lan", 5_000);
  expect(during).toEqual([false, false]);
  for (const one of all) {
    if (one === a || one === b) continue;
    expect([knows(one, a), knows(one, b)]).toEqual([true, true]);
  }
});

test("the nearest to the suspect on the ring are asked first; neither it nor who is suspected is", async () => {
  const { all, contacts } = await overlay(8, "packet-udp:lan");
  const me = all[1] as Process;
  const { context } = me.net;
  const refOf = (i: number) => (all[i] as Process).net.self((all[i] as Process).member);
  const names = () =>
    helpersFor(context, me.member, refOf(4)).map((peer) => {
      const ref = context.peers.refOf(peer);
      return ref === undefined ? "?" : contacts.name(ref).slice(-1);
    });
  expect(names().slice(0, 4).sort()).toEqual(["c", "d", "f", "g"]);
  expect(names()).not.toContain("e");
  context.suspects.add(me.member, refOf(3));
  expect(names()).not.toContain("d");
  expect(new Set(names()).size).toBe(names().length);
});
