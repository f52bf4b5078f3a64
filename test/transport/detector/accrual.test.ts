import { expect, test } from "vitest";
import { seededRandom } from "../../../src/core/random.ts";
import { Accrual, roundWeight } from "../../../src/transport/detector/accrual.ts";
import { roundFails, SilenceHistory } from "../../../src/transport/detector/silence-history.ts";
import { udpOptions } from "../../../src/transport/udp/options.ts";

const judged = (accrual: Accrual, nowUs: number) =>
  accrual.silentAtUs(0, 0) <= nowUs ? "down" : accrual.isSuspect ? "suspect" : "up";

test("the number of unanswered rounds before down follows the measured loss", () => {
  const rounds = (loss: number, taught: SilenceHistory): [number, number] => {
    const accrual = new Accrual(udpOptions({ minSilenceUs: 0, minSilenceRtts: 0 }), taught);
    accrual.asked(0);
    let suspect = 0;
    for (let round = 1; ; round++) {
      accrual.unanswered(0, loss);
      const judgement = judged(accrual, 0);
      if (judgement === "suspect" && suspect === 0) suspect = round;
      if (judgement === "down") return [suspect, round];
    }
  };
  /** A path whose rounds fail independently, long observed. */
  const steady = (loss: number): SilenceHistory => {
    const history = new SilenceHistory();
    const random = seededRandom(`steady ${loss}`);
    for (let i = 0; i < 400; i++) {
      let failed = 1;
      while (random.chance(roundFails(loss))) failed++;
      history.ended(failed, 0);
    }
    return history;
  };
  // Never fewer than the table of active probing has for a false verdict in a million: 4, 6, 9, 14.
  const taught = [0.01, 0.05, 0.1, 0.2].map((loss) => rounds(loss, steady(loss)));
  const least = [4, 6, 9, 14];
  taught.forEach(([suspect, down], i) => {
    expect(suspect).toBeLessThan(down);
    expect(down).toBeGreaterThanOrEqual(least[i]!);
    expect(down).toBeLessThanOrEqual(17);
  });
  // Without experience more are needed than with that of a path without bursts.
  expect(rounds(0.01, new SilenceHistory())[1]).toBeGreaterThanOrEqual(taught[0]![1]);
  expect(rounds(0.2, new SilenceHistory())[1]).toBe(17);
  expect(roundWeight(0.01)).toBeCloseTo(1.7, 2);
});

test("bursts seen ask for a silence that bursts hardly ever last", () => {
  const history = new SilenceHistory();
  expect(history.burstUs(6)).toBe(0);
  const random = seededRandom("bursts");
  // Four of five losses stand alone; the others begin a burst of 80 ms on average.
  for (let i = 0; i < 400; i++) history.ended(2, i % 5 === 0 ? random.exponential(80_000) : 0);
  // 80 ms * ln(10^6), as far as 32 silences can tell.
  expect(history.burstUs(6)).toBeGreaterThan(600_000);
  expect(history.burstUs(6)).toBeLessThan(2_000_000);
  for (let i = 0; i < 400; i++) history.ended(1, 0);
  expect(history.burstUs(6)).toBeLessThan(100_000);
});

test("silence that no loss explains is lateness, not a burst", () => {
  const history = new SilenceHistory();
  const accrual = new Accrual(udpOptions(), history);
  const silence = (lossy: boolean): number => {
    accrual.asked(0);
    for (let round = 1; round <= 4; round++) accrual.unanswered(round * 50_000, 0.01);
    if (lossy) accrual.lost();
    return accrual.answered(230_000, false, 0.01);
  };
  expect(silence(false)).toBe(230_000);
  expect(history.burstUs(6)).toBe(0);
  expect(silence(true)).toBe(0);
  expect(history.burstUs(6)).toBeGreaterThan(0);
});

test("a refusal by the host is believed if the peer does not answer either, and forgotten with an answer", () => {
  const accrual = new Accrual(udpOptions(), new SilenceHistory());
  expect(accrual.refusedAtUs(5_000)).toBe(Number.POSITIVE_INFINITY);
  accrual.asked(0);
  accrual.refused(2_000);
  accrual.refused(3_000);
  expect(accrual.refusedAtUs(5_000)).toBe(7_000);
  accrual.answered(4_000, false, 0.01);
  expect(accrual.refusedAtUs(5_000)).toBe(Number.POSITIVE_INFINITY);
});
