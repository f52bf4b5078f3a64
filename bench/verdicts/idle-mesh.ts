import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { ProcessGroup } from "../live/process-group.ts";
import type { IdleOrder, IdleReport } from "./idle-node.ts";

/** From the folder of the process group. */
const PROGRAM = "../verdicts/idle-node";
const SETTLE_MS = 5_000;

export interface IdleMesh {
  /** Share of one core that all of them use together. */
  readonly cores: number;
  /** Bytes handed to the kernel for each watched peer and second, its headers not counted. */
  readonly bytesPerPeerSecond: number;
}

async function ask(child: ChildProcess, order: IdleOrder): Promise<IdleReport> {
  const answer = once(child, "message");
  child.send(order);
  const [report] = await answer;
  return report as IdleReport;
}

/** So many processes on loopback sockets that all watch each other and say nothing else. */
export async function idleMesh(
  transport: string,
  nodes: number,
  seconds: number,
): Promise<IdleMesh> {
  await using group = new ProcessGroup();
  const children = Array.from({ length: nodes }, () => group.start(PROGRAM));
  const all = (order: (own: string) => IdleOrder, of: readonly IdleReport[] = []) =>
    Promise.all(children.map((child, i) => ask(child, order(of[i]?.address ?? ""))));
  const opened = await all(() => ({ say: "open", transport }));
  const addresses = opened.map(({ address }) => address);
  await all(
    (own) => ({ say: "watch", addresses: addresses.filter((other) => other !== own) }),
    opened,
  );
  await sleep(SETTLE_MS);
  await all(() => ({ say: "usage" }));
  const begun = performance.now();
  await sleep(seconds * 1_000);
  const used = await all(() => ({ say: "usage" }));
  const tookS = (performance.now() - begun) / 1_000;
  const sum = (of: (report: IdleReport) => number): number =>
    used.reduce((total, report) => total + of(report), 0);
  return {
    cores: sum(({ cpuUs }) => cpuUs) / 1e6 / tookS,
    bytesPerPeerSecond: sum(({ bytesSent }) => bytesSent) / tookS / (nodes * (nodes - 1)),
  };
}
