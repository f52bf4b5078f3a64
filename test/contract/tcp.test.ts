import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { processHarness, transportContract } from "../../src/testing.ts";
import { TCP_DEVIATIONS } from "./tcp-deviations.ts";

const module = fileURLToPath(new URL("./modules/tcp.ts", import.meta.url));

transportContract(
  { describe, test, expect, afterAll },
  processHarness({
    module,
    spec: "tcp",
    canCut: true,
    deviations: TCP_DEVIATIONS,
  }),
);
