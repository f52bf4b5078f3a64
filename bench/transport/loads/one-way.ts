import { performance } from "node:perf_hooks";
import { newBody } from "../body.ts";
import type { LoadOrder, LoadReport } from "../protocol.ts";
import type { Link } from "./link.ts";

/** Handed over in one turn at most: whoever sends in earnest has other things to do, too. */
const TURN_MESSAGES = 256;
/** Large bodies are handed over in fewer. */
const TURN_BYTES = 1 << 20;

/**
 * Sends as fast as the contender takes it, and stops at `slow` until there is room. The receiving
 * side counts.
 */
export function oneWay(link: Link, order: LoadOrder): Promise<LoadReport> {
  const body = newBody(order.bytes, order.cell, "count");
  const turn = Math.max(1, Math.min(TURN_MESSAGES, Math.floor(TURN_BYTES / order.bytes)));
  const beganMs = performance.now();
  const endMs = beganMs + order.durationMs;
  return new Promise((resolve) => {
    let messages = 0;
    let isWaiting = false;
    let pending: NodeJS.Immediate | undefined;
    const finish = (): void => {
      if (pending !== undefined) clearImmediate(pending);
      link.attach(0, undefined);
      resolve({
        messages,
        elapsedMs: performance.now() - beganMs,
        lost: 0,
        unanswered: 0,
        lateP99Us: 0,
      });
    };
    // A contender that never drains again must not keep the benchmark.
    const over = setTimeout(finish, order.durationMs + 1_000);
    const pump = (): void => {
      pending = undefined;
      isWaiting = false;
      if (performance.now() >= endMs) {
        clearTimeout(over);
        finish();
        return;
      }
      for (let i = 0; i < turn && !isWaiting; i++) {
        const result = link.end.send(link.remote, body);
        if (result !== "full") messages++;
        isWaiting = result !== "sent";
      }
      if (!isWaiting) pending = setImmediate(pump);
    };
    link.attach(order.cell, {
      onAnswer: () => undefined,
      onDrain: () => {
        if (isWaiting) pending ??= setImmediate(pump);
      },
    });
    pump();
  });
}
