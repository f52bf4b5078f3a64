import { describe, expect, test } from "vitest";
import { indexTraces, timeParts } from "../../bench/trace/critical-path.ts";
import { emptyBatch, type TraceBatch } from "../../bench/trace/events.ts";

/** A process that notes what it is told to. */
class Script {
  readonly batch: TraceBatch = emptyBatch();
  send(atUs: number, key: string, cause: string, rttUs?: { srttUs: number; rtoUs: number }): this {
    this.batch.sends.push({ key, atUs, cause, srttUs: rttUs?.srttUs, rtoUs: rttUs?.rtoUs });
    return this;
  }
  receive(atUs: number, key: string, busySinceUs = atUs): this {
    this.batch.receives.push({ key, atUs, busySinceUs });
    return this;
  }
}

const total = (parts: object): number =>
  Object.values(parts).reduce((sum: number, us: number) => sum + us, 0);

const span = { id: "c/0", intendedUs: 900, startUs: 1_000, endUs: 2_000 };

describe("where the time of an operation went", () => {
  test("a route over one hop, replicated by a call, is taken apart to the microsecond", () => {
    const client = new Script()
      .send(1_010, "route c 7 1 0 B", "c/0")
      .receive(1_990, "arrived C 7 H");
    const hop = new Script()
      .receive(1_110, "route c 7 1 0 B")
      .send(1_120, "route c 7 1 1 H", "route c 7 1 0 B");
    // The home was busy with something else from 1,170 until the message was handled at 1,240.
    const home = new Script()
      .receive(1_240, "route c 7 1 1 H", 1_170)
      .send(1_250, "call H 3", "route c 7 1 1 H")
      .receive(1_550, "answer H 3")
      .send(1_570, "arrived C 7 H", "route c 7 1 1 H");
    const holder = new Script().receive(1_350, "call H 3").send(1_400, "answer H 3", "call H 3");
    const index = indexTraces([client, hop, home, holder].map((s) => s.batch));
    const parts = timeParts(span, 0, index);
    expect(parts).toEqual({
      queueUs: 100,
      loopUs: 70,
      wireUs: 100 + 50 + 100 + 150 + 420,
      retransmitUs: 0,
      handlerUs: 10 + 10 + 10 + 50 + 20 + 10,
    });
    expect(total(parts ?? {})).toBe(span.endUs - span.intendedUs);
  });

  test("a first try that nobody answered counts as a detour", () => {
    const client = new Script()
      .send(1_010, "route c 7 1 0 DEAD", "c/0")
      .send(1_700, "route c 7 2 0 H", "c/0")
      .receive(1_950, "arrived C 7 H");
    const home = new Script()
      .receive(1_800, "route c 7 2 0 H")
      .send(1_820, "arrived C 7 H", "route c 7 2 0 H");
    const parts = timeParts(span, 0, indexTraces([client.batch, home.batch]));
    expect(parts?.retransmitUs).toBe(690);
    expect(total(parts ?? {})).toBe(1_100);
  });

  test("a message that took longer than the retransmission timeout was retransmitted", () => {
    const client = new Script()
      .send(1_000, "call C 1", "c/0", { srttUs: 100, rtoUs: 300 })
      .receive(2_000, "answer C 1");
    const home = new Script()
      .receive(1_900, "call C 1")
      .send(1_900, "answer C 1", "call C 1", { srttUs: 100, rtoUs: 300 });
    const parts = timeParts(span, 0, indexTraces([client.batch, home.batch]));
    expect(parts?.retransmitUs).toBe(800);
    expect(parts?.wireUs).toBe(200);
  });

  test("an operation that stays in its process is all handler", () => {
    expect(timeParts(span, 0, indexTraces([emptyBatch()]))?.handlerUs).toBe(1_000);
  });

  test("an operation whose way leads through a process that never told is not explained", () => {
    const client = new Script().send(1_010, "call C 1", "c/0").receive(1_900, "answer C 1");
    expect(timeParts(span, 0, indexTraces([client.batch]))).toBeUndefined();
  });
});
