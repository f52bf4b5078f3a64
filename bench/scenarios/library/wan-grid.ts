import type { ScenarioFile } from "../schema.ts";

/** One way, milliseconds. */
const DELAYS_MS = [10, 50, 100, 150] as const;
/** Lost each way, percent. */
const LOSSES_PERCENT = [0, 1, 5, 10, 20] as const;

/** How the twenty are called in a list. */
export const WAN_GRID_NAME = "wan-{10,50,100,150}ms-{0,1,5,10,20}";

/** The wide area in a grid: every delay with every loss, 64 B every 20 ms. */
export const WAN_GRID: Readonly<Record<string, ScenarioFile>> = Object.fromEntries(
  DELAYS_MS.flatMap((delayMs) =>
    LOSSES_PERCENT.map((percent): [string, ScenarioFile] => [
      `wan-${delayMs}ms-${percent}`,
      {
        about: `${delayMs} ms and ${percent} % lost each way; 64 B every 20 ms; the other two flows of the grid are --value-size 1KiB --rate 10 and --value-size 64KiB --rate 0.2`,
        source: "skipnet",
        look: "latency p50, p99, p99.9 against twice the delay",
        nodes: 2,
        clients: 1,
        workload: "echo",
        valueSize: "64B",
        rate: 50,
        warmUp: "0s",
        duration: "60s",
        faults: "none",
        network: {
          delay: `${delayMs}ms`,
          ...(percent === 0 ? {} : { path: { loss: percent / 100 } }),
        },
      },
    ]),
  ),
);
