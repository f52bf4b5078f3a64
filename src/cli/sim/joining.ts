import { SkipnetError } from "../../core/errors.ts";
import { constructOverlay } from "../../overlay/construct.ts";
import type { SimNetwork } from "./network.ts";

const LIMITS = { deadlineUs: 3_600_000_000 };
const STEP_US = 1_000_000;
/** Share of the members that may be joining at any moment. */
const JOINING_SHARE = 0.1;

/** Tells how far a long phase is. */
export type Progress = (phase: string, done: number, total: number) => void;

/** Brings all nodes into the overlay: each through a random member, by the real protocol. */
export async function joinAll(
  network: SimNetwork,
  count: number,
  how: "concurrent" | "sequential" | "constructed",
  progress: Progress,
): Promise<void> {
  if (how === "constructed") {
    const { net } = network.node(0);
    for (let i = 1; i < count; i++) {
      if (network.node(i).net === net) continue;
      throw new SkipnetError(
        "E_OPTIONS",
        "--join constructed fills the tables of one overlay object: it needs instances: one",
      );
    }
    constructOverlay(
      net.context,
      Array.from({ length: count }, (_, i) => network.node(i).member),
    );
    return;
  }
  const first = network.node(0);
  first.net.create(first.member);
  await joinRange(network, 1, count, how === "concurrent" ? JOINING_SHARE : 0, progress);
}

/** Nodes `from` to `to` join, each through a random one of those before it that are in. */
export async function joinRange(
  network: SimNetwork,
  from: number,
  to: number,
  share: number,
  progress: Progress,
): Promise<void> {
  const random = network.simulation.random("cli.seeds");
  /** Who is in, in the order of joining. */
  const members = new Int32Array(to);
  let memberCount = from;
  for (let i = 0; i < from; i++) members[i] = i;
  let next = from;
  let joining = 0;
  let failure: unknown;
  const start = (): void => {
    while (next < to && joining < Math.max(1, Math.floor(memberCount * share))) {
      const number = next++;
      joining++;
      const seed = members[random.below(memberCount)] as number;
      const { net, member } = network.node(number);
      net.startJoin(member, [network.seed(seed)], LIMITS, (error) => {
        if (error !== undefined) {
          failure = error;
          return;
        }
        members[memberCount++] = number;
        joining--;
        start();
      });
    }
  };
  start();
  const { simulation } = network;
  const isDone = (): boolean => failure !== undefined || (joining === 0 && next === to);
  while (!isDone()) {
    const before = memberCount;
    await simulation.run({
      untilUs: simulation.nowUs + STEP_US * 60,
      done: isDone,
      onBreath: () => progress("join", memberCount - from, to - from),
    });
    if (memberCount === before && simulation.pendingCount === 0) {
      throw new SkipnetError("E_INTERNAL", `${to - memberCount} joins never ended`);
    }
  }
  if (failure !== undefined) throw failure;
}
