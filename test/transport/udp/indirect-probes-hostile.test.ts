import fc from "fast-check";
import { expect, test } from "vitest";
import { seededRandom } from "../../../src/core/random.ts";
import { udpOptions } from "../../../src/transport/udp/options.ts";
import type { AskedAbout } from "../../../src/transport/udp/packet/help-frames.ts";
import { PacketReader } from "../../../src/transport/udp/packet/packet-reader.ts";
import { PacketWriter } from "../../../src/transport/udp/packet/packet-writer.ts";
import { between, neighbours } from "./neighbours.ts";
import { seal } from "./seal.ts";
import type { VirtualNode } from "./virtual-net.ts";

const ms = (n: number) => n * 1_000;
const whereIs = ({ net, port, incarnation }: VirtualNode): AskedAbout => ({
  host: net.host,
  port,
  incarnation,
});

test("asked about whom it does not know, about itself, or about who asks, a helper says nothing", () => {
  const { net, a, b, helpers, forge } = neighbours(4);
  const [helper] = helpers as [VirtualNode];
  const targets: AskedAbout[] = [
    { host: net.host, port: 77, incarnation: 1_077 },
    { ...whereIs(b), incarnation: b.incarnation - 1 },
    { ...whereIs(b), host: "10.0.0.2" },
    whereIs(helper),
    whereIs(a),
  ];
  net.recording = true;
  for (const [question, about] of targets.entries()) {
    const bytes = forge(a, helper, (writer) => writer.ask({ inquiry: 1, question }, about));
    net.inject(1, helper.port, bytes);
  }
  net.advance(ms(500));
  expect(helper.protocol.counters.errandsDeclined).toBe(targets.length);
  expect(helper.protocol.counters.vouchesSent).toBe(0);
  expect(net.conversation).toEqual([]);
});

test("a stranger's question is not taken, though it comes with a greeting", () => {
  const { net, b, helpers } = neighbours(4);
  const [helper] = helpers as [VirtualNode];
  const writer = new PacketWriter();
  writer.begin(200, 0, 1);
  writer.hello({ session: 5, serial: 1, incarnation: 77, peerIncarnation: 0, ackDelayUs: 0 });
  writer.ask({ inquiry: 1, question: 0 }, whereIs(b));
  net.inject(77, helper.port, writer.finish());
  net.recording = true;
  net.advance(ms(500));
  expect(helper.protocol.counters.errandsDeclined).toBe(1);
  expect(net.conversation.filter((line) => line.includes("> 2"))).toEqual([]);
});

test("a flood of questions: so many a second are taken, and few bytes leave for many that came", () => {
  const { net, a, b, helpers, forge } = neighbours(4);
  const [helper] = helpers as [VirtualNode];
  const seconds = 3;
  const before = helper.protocol.counters.bytesSent + b.protocol.counters.bytesSent;
  let came = 0;
  for (let n = 0; n < seconds * 2_000; n++) {
    const bytes = forge(a, helper, (writer) => writer.ask({ inquiry: n, question: 0 }, whereIs(b)));
    net.inject(1, helper.port, bytes);
    came += bytes.length;
    net.advance(500);
  }
  net.advance(ms(1_000));
  const perPeer = udpOptions().errandsPerSecond / 4;
  const taken = seconds * 2_000 - helper.protocol.counters.errandsDeclined;
  expect(taken).toBeGreaterThan(perPeer * (seconds - 1));
  expect(taken).toBeLessThanOrEqual(perPeer * (seconds + 0.6));
  const left = helper.protocol.counters.bytesSent + b.protocol.counters.bytesSent - before;
  expect(left).toBeLessThan(came / 10);
});

test("a question is no shorter than ping, acknowledgement and answer together", () => {
  const { net, a, b, helpers, forge } = neighbours(4);
  const [helper] = helpers as [VirtualNode];
  const bytes = forge(a, helper, (writer) => writer.ask({ inquiry: 1, question: 0 }, whereIs(b)));
  // What both say of their places in the network every few seconds is said already.
  helper.send(helper.peer(b), "before");
  b.send(b.peer(helper), "before");
  net.advance(ms(50));
  let left = 0;
  net.fate = (_from, _to, sent) => {
    left += sent.length;
    return [500];
  };
  net.inject(1, helper.port, bytes);
  net.advance(ms(200));
  expect(helper.protocol.counters.vouchesSent).toBe(1);
  expect(left).toBeGreaterThan(60);
  expect(left).toBeLessThanOrEqual(bytes.length);
});

test("answers that nobody asked for, or not of their sender, or to no question, change nothing", () => {
  const { net, a, b, toB, helpers, forge } = neighbours(6, { indirectProbes: 1 });
  const [asked, other] = helpers as [VirtualNode, VirtualNode];
  const vouch = (from: VirtualNode, inquiry: number, question: number): void => {
    net.inject(
      from.port,
      1,
      forge(from, a, (writer) => writer.vouch({ inquiry, question })),
    );
  };
  vouch(asked, 1, 0);
  const reader = new PacketReader();
  let inquiry = -1;
  const cut = between(1, 2);
  net.fate = (from, to, bytes) => {
    reader.parse(bytes);
    if (reader.help.hasAsk) inquiry = reader.help.ask.inquiry;
    return cut(from, to) || to === asked.port ? [] : [500];
  };
  b.paused = true;
  const start = net.nowUs;
  a.send(toB, "unheard");
  net.advance(ms(70));
  expect(inquiry).toBeGreaterThanOrEqual(0);
  // Who was not asked; a question that is to come; another inquiry.
  vouch(other, inquiry, 0);
  vouch(asked, inquiry, 7);
  vouch(asked, (inquiry + 1) % 2 ** 32, 0);
  while (a.protocol.health(toB)?.state !== "down") net.advance(ms(1));
  expect(net.nowUs - start).toBe(ms(300));
  expect(a.protocol.counters.strayVouches).toBe(4);
  // An answer to what no longer matters.
  vouch(asked, inquiry, 0);
  net.advance(ms(1));
  expect(a.protocol.counters.strayVouches).toBe(5);
});

test("a helper that lies puts the verdict off by vouchHold at most", () => {
  const { net, a, b, toB, helpers, forge } = neighbours(4);
  const [liar] = helpers as [VirtualNode];
  const reader = new PacketReader();
  net.fate = (_from, to, bytes) => {
    reader.parse(bytes);
    const { hasAsk, ask } = reader.help;
    if (to === liar.port && hasAsk) {
      const { inquiry, question } = ask;
      const lie = forge(liar, a, (writer) => writer.vouch({ inquiry, question }));
      net.inject(to, 1, lie, 1_000);
    }
    return [500];
  };
  b.paused = true;
  const start = net.nowUs;
  a.send(toB, "unheard");
  while (a.protocol.health(toB)?.state !== "down") net.advance(ms(1));
  expect(net.nowUs - start).toBeGreaterThan(ms(2_200));
  expect(net.nowUs - start).toBeLessThanOrEqual(ms(300) + udpOptions().vouchHoldUs);
});

test("a question cut short, or damaged anywhere, is no question", () => {
  const { a, b, helpers, forge } = neighbours(4);
  const [helper] = helpers as [VirtualNode];
  const whole = forge(a, helper, (writer) => writer.ask({ inquiry: 1, question: 0 }, whereIs(b)));
  const reader = new PacketReader();
  expect(reader.parse(whole)).toBeUndefined();
  expect(reader.help.ask).toEqual({ inquiry: 1, question: 0, ...whereIs(b) });
  for (let length = 17; length < whole.length; length++) {
    expect(reader.parse(seal(whole.slice(0, length))), `${length} bytes`).toBe("structure");
  }
  const frame = 16;
  const bad: [string, number, readonly number[]][] = [
    ["no incarnation", frame + 9, Array(8).fill(0)],
    ["an incarnation beyond 2^53", frame + 9, Array(8).fill(255)],
    ["no host", frame + 19, [0]],
    ["a host that is longer than its room", frame + 19, [46]],
    ["a name for a host", frame + 20, [..."localhost"].map((c) => c.charCodeAt(0))],
  ];
  for (const [what, at, bytes] of bad) {
    const changed = whole.slice();
    changed.set(bytes, at);
    expect(reader.parse(seal(changed)), what).toBe("structure");
  }
});

test("whatever addresses and numbers a question and an answer carry, they are read as written", () => {
  const host = fc.oneof(fc.ipV4(), fc.ipV6());
  const word = fc.nat(2 ** 32 - 1);
  const incarnations = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
  fc.assert(
    fc.property(word, word, host, fc.nat(65_535), incarnations, (...of) => {
      const [inquiry, question, host, port, incarnation] = of;
      const writer = new PacketWriter();
      const reader = new PacketReader();
      writer.begin(200, 1, 1);
      writer.ask({ inquiry, question }, { host, port, incarnation });
      writer.vouch({ inquiry: question, question: inquiry });
      expect(reader.parse(writer.finish())).toBeUndefined();
      expect(reader.help.ask).toEqual({ inquiry, question, host, port, incarnation });
      expect(reader.help.vouch).toEqual({ inquiry: question, question: inquiry });
    }),
  );
});

test("made-up questions and answers in every packet of known peers: counted, bounded, and nobody is worse off", () => {
  const seed = process.env["SEED"] ?? "made up";
  const random = seededRandom(seed);
  const { net, a, toB, b, helpers } = neighbours(5);
  const nodes = [a, b, ...helpers];
  const pick = <T>(of: readonly T[]): T => of[random.below(of.length)] as T;
  const writer = new PacketWriter();
  /** A question and an answer, right or wrong in any part, perhaps cut short. */
  const madeUp = (): Uint8Array => {
    const known = whereIs(pick(nodes));
    const port = random.chance(0.2) ? random.below(65_536) : known.port;
    const incarnation = random.chance(0.2) ? 1 + random.below(2 ** 32) : known.incarnation;
    writer.begin(200, 0, 0);
    writer.ask(
      { inquiry: random.below(4), question: random.below(4) },
      { ...known, port, incarnation },
    );
    writer.vouch({ inquiry: random.below(4), question: random.below(4) });
    const frames = writer.finish().slice(16);
    if (random.chance(0.1)) frames[1 + random.below(frames.length - 10)] = random.below(256);
    return random.chance(0.05) ? frames.slice(0, random.below(frames.length)) : frames;
  };
  const reader = new PacketReader();
  const cut = between(1, 2);
  let isCut = false;
  net.fate = (from, to, bytes) => {
    if (isCut && cut(from, to)) return [];
    reader.parse(bytes);
    // Of two in one packet the last counts.
    if (reader.help.hasAsk || reader.help.hasVouch) return [500];
    net.inject(from, to, seal(Uint8Array.from([...bytes, ...madeUp()])), 500);
    return [];
  };
  for (let n = 0; n < 10_000; n++) {
    const [from, to] = [pick(nodes), pick(nodes)];
    if (from !== to) from.send(from.peer(to), "said");
    // Now and then there are real questions and answers, too.
    isCut = n % 1_000 < 100;
    net.advance(ms(2));
  }
  net.advance(ms(2_000));
  const sum = (of: "errandsDeclined" | "strayVouches" | "vouched" | "malformed"): number =>
    nodes.reduce((total, node) => total + node.protocol.counters[of], 0);
  const replay = `replay with SEED="${seed}"`;
  for (const dropped of ["errandsDeclined", "strayVouches", "malformed"] as const) {
    expect(sum(dropped), `${dropped}, ${replay}`).toBeGreaterThan(1_000);
  }
  expect(sum("vouched"), replay).toBeGreaterThan(0);
  for (const node of nodes) {
    expect(
      node.peerStates.filter((state) => state.startsWith("down")),
      replay,
    ).toEqual([]);
    expect(node.protocol.sessionCount).toBe(nodes.length - 1);
    expect(node.protocol.heldBytes).toBe(0);
  }
  expect(a.protocol.health(toB)?.state).toBe("up");
});

test("whatever is cut when: a peer that lives is up once its path is whole, a dead one is down in bounded time", () => {
  const { minSilenceUs, vouchHoldUs } = udpOptions();
  const shape = fc.record({
    seed: fc.integer(),
    helpersDead: fc.nat(4),
    cutMs: fc.integer({ min: 100, max: 1_500 }),
    isDead: fc.boolean(),
    loss: fc.double({ min: 0, max: 0.1, noNaN: true }),
  });
  fc.assert(
    fc.property(shape, ({ seed, helpersDead, cutMs, isDead, loss }) => {
      const { net, a, b, toB, helpers } = neighbours(7);
      const random = seededRandom(`${seed}`);
      const cut = between(1, 2);
      const healsUs = net.nowUs + ms(cutMs);
      net.fate = (from, to) => {
        if (cut(from, to) && net.nowUs < healsUs) return [];
        return random.chance(loss) ? [] : [ms(5)];
      };
      for (const helper of helpers.slice(0, helpersDead)) helper.paused = true;
      b.paused = isDead;
      a.send(toB, "there?");
      net.advance(ms(cutMs) + minSilenceUs + vouchHoldUs + ms(1_000));
      const state = a.protocol.health(toB)?.state;
      if (isDead) expect(state).toBe("down");
      else if (helpersDead === 0) expect(state).toBe("up");
    }),
    { numRuns: 60 },
  );
});
