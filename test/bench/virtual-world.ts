import type { Address } from "../../src/core/address.ts";
import { ContactTable } from "../../src/core/contacts.ts";
import type { World } from "../../src/core/world.ts";
import { nodeRegistry } from "../../src/node/registry.ts";
import { Simulation } from "../../src/transport/sim/simulation.ts";
import { createCodec } from "../../src/wire/codec.ts";

/** A world in virtual time with nothing in it, whose member 0 can have timers. */
export function virtualWorld(): { world: World; run<T>(promise: Promise<T>): Promise<T> } {
  const contacts = new ContactTable();
  const codec = createCodec({ registry: nodeRegistry(), contacts, compression: "off" });
  const simulation = new Simulation({ seed: "virtual", codec, contacts });
  const { world, transport } = simulation.instance();
  const nothing = () => undefined;
  transport.openNow("sim://0" as Address, {
    onMessage: nothing,
    onVerdict: nothing,
    onReturn: nothing,
    onPeer: nothing,
    onDrain: nothing,
  });
  return {
    world,
    async run(promise) {
      let settled = false;
      const settle = (): void => {
        settled = true;
      };
      promise.then(settle, settle);
      for (let i = 0; !settled && i < 10_000; i++) {
        await simulation.run({ untilUs: simulation.nowUs + 100_000, done: () => settled });
      }
      return await promise;
    },
  };
}

/** Virtual sleep. */
export async function sleepUs(world: World, us: number): Promise<void> {
  const over = world.deferred<void>();
  world.after(0, us, () => over.resolve());
  await over.promise;
}
