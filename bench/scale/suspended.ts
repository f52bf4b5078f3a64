import { ContactTable } from "../../src/core/contacts.ts";
import type { Deferred } from "../../src/core/world.ts";
import { TRANSPORT_MESSAGES } from "../../src/transport/messages.ts";
import { Simulation } from "../../src/transport/sim/simulation.ts";
import { createCodec } from "../../src/wire/codec.ts";
import { createRegistry } from "../../src/wire/registry.ts";
import type { SuspendedFigures } from "./cell.ts";

/**
 * Bytes of an operation that waits in the simulator: an `async` function that awaits what
 * `world.deferred()` gave. All are settled in the end, so that nothing of it is left out.
 */
export async function measureSuspended(operations: number): Promise<SuspendedFigures> {
  const contacts = new ContactTable();
  const codec = createCodec({
    registry: createRegistry(TRANSPORT_MESSAGES),
    contacts,
    compression: "off",
  });
  const { world } = new Simulation({ seed: "1", codec, contacts }).instance();
  const waiting: Deferred<number>[] = [];
  let sum = 0;
  const operation = async (own: number): Promise<void> => {
    const deferred = world.deferred<number>();
    waiting.push(deferred);
    const value = await deferred.promise;
    sum += value + own;
  };
  const before = heapBytes();
  const ended: Promise<void>[] = [];
  for (let i = 0; i < operations; i++) ended.push(operation(i));
  const bytesEach = (heapBytes() - before) / operations;
  for (const deferred of waiting) deferred.resolve(1);
  await Promise.all(ended);
  if (sum !== operations + (operations * (operations - 1)) / 2) {
    throw new RangeError(`of ${operations} operations some never went on`);
  }
  return { operations, bytesEach };
}

/** What is reachable: the process runs with `--expose-gc`. */
function heapBytes(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}
