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
  }),
);
