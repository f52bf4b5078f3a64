import { SkipnetError } from "../../src/core/errors.ts";
import type { Random } from "../../src/core/random.ts";
import {
  constantLatency,
  type LatencyModel,
  latencyModel,
} from "../../src/transport/sim/latency.ts";
import type { ModelName } from "../../src/transport/sim/models.ts";
import type { SimNetwork } from "../scenario.ts";

/** One way between two processes of one machine, about what the live columns measure. */
const LOOPBACK_US = 100;

const MODELS: Readonly<Record<string, ModelName>> = {
  sim: "ideal",
  "sim:ideal": "ideal",
  "sim:tcp": "tcp",
  "sim:tcp:os": "tcp:os",
  "sim:udp": "udp",
};

export const isSimulated = (transport: string): boolean => /^sim(:|$)/.test(transport);

/** Which transport a `sim` column stands for. Throws `E_OPTIONS`. */
export function simModel(transport: string): ModelName {
  const model = MODELS[transport];
  if (model !== undefined) return model;
  throw new SkipnetError(
    "E_OPTIONS",
    `no simulated transport "${transport}"; there are ${Object.keys(MODELS).join(", ")}`,
  );
}

/** How long messages take, and how the column calls it. */
export function simLatency(network: SimNetwork, random: Random): LatencyModel {
  if (network !== "loopback") return latencyModel(network, random);
  return { ...constantLatency(LOOPBACK_US), name: `${LOOPBACK_US / 1_000} ms one way` };
}
