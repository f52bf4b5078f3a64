import { deliveryTests } from "./delivery.ts";
import type { ContractHarness, ContractRunner } from "./harness.ts";
import { introspectionTests } from "./introspection.ts";
import { pressureTests } from "./pressure.ts";
import { returnTests } from "./returns.ts";
import { sceneTest } from "./scene.ts";
import { verdictTests } from "./verdicts.ts";
import { watchingTests } from "./watching.ts";

/**
 * What every transport promises, as tests for any runner. Each transport calls it once, with a
 * harness that can break its network:
 *
 * ```ts
 * transportContract({ describe, test, expect, afterAll }, processHarness({ module: "./my-transport.ts" }));
 * ```
 *
 * What is optional comes from `transport.capabilities` and from what the harness can inflict, never
 * from the tests. Bounds are checked exactly in virtual time; in real time a test only waits longer.
 */
export function transportContract(runner: ContractRunner, harness: ContractHarness): void {
  runner.describe(`${harness.name} keeps the transport contract`, () => {
    runner.afterAll(() => harness.close());
    const test = sceneTest(runner, harness);
    deliveryTests(test);
    verdictTests(test, harness);
    pressureTests(test, harness);
    watchingTests(test, harness);
    returnTests(test, harness);
    introspectionTests(test, harness);
  });
}
