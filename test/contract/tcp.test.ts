import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { processHarness, transportContract } from "../../src/testing.ts";

const module = fileURLToPath(new URL("./modules/tcp.ts", import.meta.url));

transportContract(
  { describe, test, expect, afterAll },
  processHarness({
    module,
    spec: "tcp",
    canCut: true,
    deviations: {
      "a peer that was hanging and called down is up again once reached: a false alarm":
        "down is final for a life",
      "a peer that was unreachable and called down is up again once reached: a false alarm":
        "down is final for a life",
    },
  }),
);
