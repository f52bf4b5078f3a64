import { SkipnetError } from "../../core/errors.ts";
import type { Random } from "../../core/random.ts";
import type { Progress } from "./joining.ts";
import type { SimNetwork } from "./network.ts";
import type { Timeline } from "./timeline.ts";

const DEADLINE_US = 30_000_000;
/** Lookups begun in a second of virtual time, as a share of the nodes; at least a hundred. */
const RATE_SHARE = 0.2;

export interface LookupResult {
  readonly count: number;
  readonly failed: number;
  /** Ended at a node that is not the target. */
  readonly wrong: number;
  readonly hops: readonly number[];
  readonly latenciesUs: readonly number[];
  readonly byTries: Readonly<Record<string, number>>;
  readonly errors: Readonly<Record<string, number>>;
}

/** Source and target of a lookup, both alive. */
export type Draw = () => { readonly from: number; readonly to: number };

/** Looks names of live nodes up, at a steady rate of virtual time. */
export async function runLookups(
  network: SimNetwork,
  timeline: Timeline,
  count: number,
  delivery: "recursive" | "iterative",
  draw: Draw,
  progress: Progress,
): Promise<LookupResult> {
  const { simulation } = network;
  const hops: number[] = [];
  const latenciesUs: number[] = [];
  const byTries: Record<string, number> = {};
  const errors: Record<string, number> = {};
  let started = 0;
  let ended = 0;
  let failed = 0;
  let wrong = 0;
  const one = async (): Promise<void> => {
    const { from, to } = draw();
    const { net, member } = network.node(from);
    const startUs = simulation.nowUs;
    try {
      const options = { deadlineUs: DEADLINE_US, delivery };
      const target = network.ref(to);
      const reply = await network.acting(from, () =>
        net.routeToName(member, target, undefined, options),
      );
      if (reply.by !== target) wrong++;
      hops.push(reply.hops);
      latenciesUs.push(simulation.nowUs - startUs);
      byTries[reply.tries] = (byTries[reply.tries] ?? 0) + 1;
    } catch (error) {
      failed++;
      const code = error instanceof SkipnetError ? error.code : "E_INTERNAL";
      if (code === "E_INTERNAL") throw error;
      errors[code] = (errors[code] ?? 0) + 1;
    } finally {
      ended++;
    }
  };
  const perSecond = Math.max(100, network.count * RATE_SHARE);
  let broken: unknown;
  let lastBeganUs = simulation.nowUs;
  while (ended < count && broken === undefined) {
    if (simulation.nowUs > lastBeganUs + 2 * DEADLINE_US) {
      // Without this a run would wait for ever for what has no deadline any more.
      throw new SkipnetError("E_INTERNAL", `${count - ended} lookups never ended`);
    }
    const batch = Math.min(count - started, Math.ceil(perSecond / 10));
    if (batch > 0) lastBeganUs = simulation.nowUs;
    for (let i = 0; i < batch; i++) {
      started++;
      one().catch((error: unknown) => {
        broken = error;
      });
    }
    await timeline.runUntil(simulation.nowUs + 100_000, () => progress("lookups", ended, count));
  }
  if (broken !== undefined) throw broken;
  return { count, failed, wrong, hops, latenciesUs, byTries, errors };
}

/** Random sources and targets among the live nodes; a share of them within one organisation. */
export function drawLookups(
  network: SimNetwork,
  alive: readonly number[],
  locality: number | undefined,
  random: Random,
): Draw {
  const organisation = (number: number): string => network.name(number).split(".")[0] as string;
  const byOrganisation = new Map<string, number[]>();
  if (locality !== undefined) {
    for (const number of alive) {
      const own = byOrganisation.get(organisation(number)) ?? [];
      own.push(number);
      byOrganisation.set(organisation(number), own);
    }
  }
  return () => {
    const from = alive[random.below(alive.length)] as number;
    const own = byOrganisation.get(organisation(from));
    const pool = own !== undefined && random.chance(locality ?? 0) ? own : alive;
    return { from, to: pool[random.below(pool.length)] as number };
  };
}
