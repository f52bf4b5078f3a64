import { defineExperiment } from "../../../bench/papers/experiment.ts";

/** Everything that can go wrong in a cell. */
export const experiment = defineExperiment<{ readonly how: string }>({
  id: "breaks",
  title: "What breaks",
  paper: "nothing",
  method: "anything",
  figures: { value: { title: "Value" } },
  points: () => ["throws", "ends", "gives nonsense", "works"].map((how) => ({ how })),
  seeds: () => 1,
  async run({ how }) {
    if (how === "throws") throw new Error("as it must");
    if (how === "ends") process.exit(3);
    return { value: how === "works" ? 1 : Number.NaN };
  },
});
