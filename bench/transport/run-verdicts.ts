import { setTimeout as sleep } from "node:timers/promises";
import { machineNowUs } from "../live/clock.ts";
import type { ProcessGroup } from "../live/process-group.ts";
import { EndProcess } from "./end-process.ts";
import { PendingTrials } from "./pending-trials.ts";
import { KILLED_MOST, KILLS_OF_OTHERS } from "./plan.ts";
import type { Traffic, WatcherVerdict } from "./protocol.ts";
import type { VerdictLatency, VerdictResult } from "./results.ts";
import { checkAborted, groupOf, type RunContext } from "./run-context.ts";
import { quantile } from "./spread.ts";

type Fault = VerdictResult["fault"];

const FAULTS: readonly { readonly fault: Fault; readonly traffic: Traffic }[] = [
  { fault: "kill", traffic: "busy" },
  { fault: "kill", traffic: "idle" },
  { fault: "stop", traffic: "busy" },
  { fault: "stop", traffic: "idle" },
];
/** So long everything runs undisturbed before the fault. */
const SETTLE_MS = 300;
/** Faults of one kind that a contender gets which needs seconds: they all look alike. */
const SLOW_TRIALS = 2;

interface Kind {
  readonly contender: string;
  readonly fault: Fault;
  readonly traffic: Traffic;
}

/**
 * Kills or stops the process at the other end, and waits until it is called down. Those who take
 * long are waited for while the next trials go on.
 */
export async function runVerdicts(
  contenders: readonly string[],
  context: RunContext,
  onVerdicts: (verdicts: readonly VerdictResult[]) => void,
): Promise<void> {
  const { options, signal, progress } = context;
  await using group = groupOf(context);
  const watchers = await startWatchers(group, contenders, context);
  const seen = new Map<Kind, SeenVerdict[][]>();
  const kinds = FAULTS.flatMap((fault) =>
    [...watchers.keys()].map((contender): Kind => ({ contender, ...fault })),
  );
  for (const kind of kinds) seen.set(kind, []);
  const report = (): void =>
    onVerdicts(kinds.flatMap((kind) => verdictResult(kind, seen.get(kind) ?? [], options)));
  const pending = new PendingTrials(options.patienceMs);
  const rounds = Math.max(options.kills, options.stops);
  let trial = 0;
  for (let round = 0; round < rounds; round++) {
    for (const kind of kinds) {
      checkAborted(signal);
      const isSlow = (seen.get(kind) ?? []).some((verdicts) => verdicts.some(tookLong));
      const watcher = watchers.get(kind.contender);
      if (watcher === undefined || round >= (isSlow ? SLOW_TRIALS : trialsOf(kind, options)))
        continue;
      if (pending.has(kind)) continue;
      progress("verdicts", `${kind.contender}, ${kind.fault}, ${kind.traffic}`, round / rounds);
      const ended = runTrial(group, watcher, kind, ++trial, options).then(
        (verdicts) => {
          seen.get(kind)?.push(verdicts);
        },
        (error: unknown) => {
          watchers.delete(kind.contender);
          context.skip(kind.contender, error);
        },
      );
      await pending.begun(kind, ended);
    }
    report();
  }
  progress("verdicts", "waiting for the slow ones", 1);
  await pending.all(signal);
  report();
}

function trialsOf({ contender, fault }: Kind, { kills, stops }: RunContext["options"]): number {
  if (fault === "stop") return stops;
  return contender === KILLED_MOST ? kills : Math.min(kills, KILLS_OF_OTHERS);
}

/** A verdict, with when the process was gone, counted from the fault. */
interface SeenVerdict extends WatcherVerdict {
  readonly endUs: number | undefined;
}

const tookLong = ({ downUs }: WatcherVerdict): boolean => downUs === undefined || downUs > 3e6;

async function startWatchers(
  group: ProcessGroup,
  contenders: readonly string[],
  context: RunContext,
): Promise<Map<string, EndProcess>> {
  const watchers = new Map<string, EndProcess>();
  for (const contender of contenders) {
    checkAborted(context.signal);
    try {
      const watcher = new EndProcess(group);
      const { tellsDown } = await watcher.ask("open", { contender });
      if (tellsDown) watchers.set(contender, watcher);
      else watcher.kill();
    } catch (error) {
      context.skip(contender, error);
    }
  }
  return watchers;
}

async function runTrial(
  group: ProcessGroup,
  watcher: EndProcess,
  { contender, fault, traffic }: Kind,
  trial: number,
  { watchers, patienceMs }: RunContext["options"],
): Promise<SeenVerdict[]> {
  const victim = new EndProcess(group);
  try {
    const { address } = await victim.ask("open", { contender });
    await watcher.ask("watch", { trial, address, watchers, traffic });
    await sleep(SETTLE_MS);
    victim.fail(fault === "kill" ? "SIGKILL" : "SIGSTOP");
    const atUs = machineNowUs();
    const { verdicts } = await watcher.ask("fault", { trial, atUs, patienceMs });
    const endUs = victim.endedUs === undefined ? undefined : victim.endedUs - atUs;
    return verdicts.map((verdict) => ({ ...verdict, endUs }));
  } finally {
    victim.kill();
  }
}

function verdictResult(
  { contender, fault, traffic }: Kind,
  trials: readonly (readonly SeenVerdict[])[],
  { patienceMs }: RunContext["options"],
): VerdictResult | [] {
  const verdicts = trials.flat();
  if (verdicts.length === 0) return [];
  const downs = verdicts.map(({ downUs }) => downUs);
  const fromSend = verdicts.map(({ downUs, firstSendUs }) => {
    if (downUs === undefined || firstSendUs === undefined) return downUs;
    return firstSendUs < downUs ? downUs - firstSendUs : downUs;
  });
  return {
    contender,
    fault,
    traffic,
    faults: trials.length,
    watchers: verdicts.length,
    missed: downs.filter((us) => us === undefined).length,
    patienceMs,
    fromFaultMs: latency(downs),
    fromSendMs: latency(fromSend),
    fromEndMs: latency(
      verdicts.map(({ downUs, endUs }) =>
        downUs === undefined || endUs === undefined ? undefined : downUs - endUs,
      ),
    ),
    suspectMs: latency(verdicts.map(({ suspectUs }) => suspectUs)),
  };
}

/** Those who never knew count as longest. */
function latency(values: readonly (number | undefined)[]): VerdictLatency {
  const known = values.filter((us) => us !== undefined).sort((a, b) => a - b);
  const sorted = [
    ...known.map((us) => Math.max(0, us) / 1_000),
    ...Array.from({ length: values.length - known.length }, () => null),
  ];
  return { p50: quantile(sorted, 0.5), p99: quantile(sorted, 0.99), max: quantile(sorted, 1) };
}
