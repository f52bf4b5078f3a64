import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { messageFrame } from "../../../src/transport/tcp/frames.ts";
import { Outbox, type OutMessage } from "../../../src/transport/tcp/outbox.ts";
import { ReceiveWindow, WINDOW } from "../../../src/transport/tcp/receive-window.ts";
import type { Peer, Token, Verdict } from "../../../src/transport/transport.ts";

const LIMITS = { queueBytes: 1 << 20, queueMessages: 64 };

function message(token: number, changes: Partial<OutMessage> = {}): OutMessage {
  return {
    to: 1 as Peer,
    incarnation: 0,
    token: token as Token,
    typeName: "test",
    frame: messageFrame(new Uint8Array(4)),
    sentUs: 0,
    deadlineUs: 1_000,
    id: 0,
    transmissions: 0,
    settled: false,
    ...changes,
  };
}

type Step =
  | { do: "offer" }
  | { do: "transmit"; count: number }
  | { do: "arrive"; count: number }
  | { do: "ack" }
  | { do: "break" }
  | { do: "declineNext" };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.constant({ do: "offer" as const }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("transmit" as const), count: fc.nat(6) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("arrive" as const), count: fc.nat(6) }) },
  { weight: 2, arbitrary: fc.constant({ do: "ack" as const }) },
  { weight: 1, arbitrary: fc.constant({ do: "break" as const }) },
  { weight: 1, arbitrary: fc.constant({ do: "declineNext" as const }) },
);

/** A sender and a receiver over connections that break: the rules of the link, without sockets. */
class Pair {
  readonly verdicts = new Map<number, Verdict[]>();
  readonly got: number[] = [];
  readonly outbox = new Outbox(LIMITS, ({ token }, verdict) => {
    this.verdicts.set(token, [...(this.verdicts.get(token) ?? []), verdict]);
  });
  #window = new ReceiveWindow();
  #wire: { id: number; token: number }[] = [];
  #answers: { id: number; declined: boolean }[] = [];
  #declines = 0;
  #nextToken = 1;
  #tokens = 0;

  run(step: Step): void {
    switch (step.do) {
      case "offer":
        if (this.outbox.offer(message(this.#nextToken)) !== "full")
          this.#tokens = this.#nextToken++;
        break;
      case "transmit":
        for (let i = 0; i < step.count; i++) {
          const next = this.outbox.next(7);
          if (next !== undefined) this.#wire.push({ id: next.id, token: next.token });
        }
        break;
      case "arrive":
        for (const { id, token } of this.#wire.splice(0, step.count)) this.#arrive(id, token);
        break;
      case "ack":
        for (const { id, declined } of this.#answers.splice(0)) {
          if (declined) this.outbox.decline(id, "invalid");
          else this.outbox.acknowledge(id);
        }
        break;
      case "break":
        // What is on the wire is lost, and so are the answers.
        this.#wire = [];
        this.#answers = [];
        this.outbox.rewind();
        break;
      case "declineNext":
        this.#declines++;
    }
  }

  get tokens(): number {
    return this.#tokens;
  }

  #arrive(id: number, token: number): void {
    if (this.#window.arrival(id) === "duplicate") {
      this.#answers.push({ id, declined: false });
    } else if (this.#declines > 0) {
      this.#declines--;
      this.#window.decline(id);
      this.#answers.push({ id, declined: true });
    } else {
      this.#window.accept(id);
      this.got.push(token);
      this.#answers.push({ id, declined: false });
    }
  }
}

describe("a message's fate", () => {
  test("over connections that break: taken once, judged once, and the judgement is true", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 150 }), (steps) => {
        const pair = new Pair();
        for (const step of steps) pair.run(step);
        expect(new Set(pair.got).size).toBe(pair.got.length);
        for (const step of ["transmit", "arrive", "ack"] as const) {
          pair.run({ do: "break" });
          pair.run({ do: step, count: 200 });
        }
        pair.run({ do: "break" });
        pair.run({ do: "transmit", count: 200 });
        pair.run({ do: "arrive", count: 200 });
        pair.run({ do: "ack" });
        expect(pair.outbox.count).toBe(0);
        expect(pair.outbox.bytes).toBe(0);
        const got = new Set(pair.got);
        expect(got.size).toBe(pair.got.length);
        for (let token = 1; token <= pair.tokens; token++) {
          const verdicts = pair.verdicts.get(token);
          expect(verdicts).toHaveLength(1);
          expect(verdicts?.[0]?.outcome).toBe(got.has(token) ? "delivered" : "refused");
        }
      }),
      { numRuns: 2_000 },
    );
  });

  test("deadlines: refused where it never left, unknown where it did", () => {
    const verdicts: [number, Verdict][] = [];
    const outbox = new Outbox(LIMITS, ({ token }, verdict) => verdicts.push([token, verdict]));
    outbox.offer(message(1, { deadlineUs: 50 }));
    outbox.offer(message(2, { deadlineUs: 50 }));
    outbox.offer(message(3, { deadlineUs: 90 }));
    outbox.next(7);
    expect(outbox.expire(50, "deadline")).toBe(90);
    expect(verdicts).toEqual([
      [1, { outcome: "unknown", reason: "deadline" }],
      [2, { outcome: "refused", reason: "neverSent" }],
    ]);
    expect(outbox.expire(90, "deadline")).toBe(Number.POSITIVE_INFINITY);
    expect(outbox.count).toBe(0);
  });

  test("a message for another life waits and holds back those behind it", () => {
    const outbox = new Outbox(LIMITS, () => {});
    outbox.offer(message(1, { incarnation: 9 }));
    outbox.offer(message(2));
    expect(outbox.next(7)).toBeUndefined();
    outbox.failWaiting("peerDown", (m) => m.incarnation === 9);
    expect(outbox.next(7)?.token).toBe(2);
  });

  test("a peer that left in order did not act upon what it got once, nobody knows of what it got twice", () => {
    const verdicts: Verdict[] = [];
    const outbox = new Outbox(LIMITS, (_, verdict) => verdicts.push(verdict));
    outbox.offer(message(1));
    outbox.next(7);
    outbox.rewind();
    outbox.next(7);
    outbox.offer(message(2));
    outbox.next(7);
    outbox.failLeft();
    expect(verdicts).toEqual([
      { outcome: "unknown", reason: "closed" },
      { outcome: "refused", reason: "closed" },
    ]);
  });
});

describe("back-pressure", () => {
  test("slow at half, full at the limit, drained at a quarter, each peer told once", () => {
    const outbox = new Outbox(LIMITS, () => {});
    const answers = Array.from({ length: 66 }, (_, i) => outbox.offer(message(i + 1)));
    expect(answers.indexOf("slow")).toBe(32);
    expect(answers.indexOf("full")).toBe(64);
    for (let i = 0; i < 64; i++) outbox.next(7);
    outbox.acknowledge(47);
    expect([...outbox.takeDrained()]).toEqual([]);
    outbox.acknowledge(48);
    expect([...outbox.takeDrained()]).toEqual([1]);
    expect([...outbox.takeDrained()]).toEqual([]);
  });

  test("bytes count too, but one message always fits", () => {
    const outbox = new Outbox({ queueBytes: 1_000, queueMessages: 64 }, () => {});
    const large = (): OutMessage => message(1, { frame: messageFrame(new Uint8Array(2_000)) });
    expect(outbox.offer(large())).toBe("slow");
    expect(outbox.offer(large())).toBe("full");
  });

  test("no id goes further ahead of the oldest unsettled one than the receiver remembers", () => {
    const outbox = new Outbox({ queueBytes: 1 << 30, queueMessages: 1 << 20 }, () => {});
    for (let i = 0; i < WINDOW + 10; i++) outbox.offer(message(i + 1));
    let last = 0;
    for (let m = outbox.next(7); m !== undefined; m = outbox.next(7)) last = m.id;
    expect(last).toBe(WINDOW);
    outbox.acknowledge(5);
    for (let m = outbox.next(7); m !== undefined; m = outbox.next(7)) last = m.id;
    expect(last).toBe(WINDOW + 5);
  });
});
