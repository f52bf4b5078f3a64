import { afterAll, describe, expect, test } from "vitest";
import { transportContract } from "../../src/testing.ts";
import { MODEL_NAMES } from "../../src/transport/sim/models.ts";
import { simHarness } from "./sim-harness.ts";

for (const model of MODEL_NAMES) {
  for (const wire of [false, true]) {
    transportContract({ describe, test, expect, afterAll }, simHarness(model, wire));
  }
}
