import { FineLatencies, type LatencyUs } from "./fine-latencies.ts";
import type { PairReport } from "./pair.ts";
import type { Load } from "./protocol.ts";
import type { CellResult, Part, Spread } from "./results.ts";
import { spreadOf } from "./spread.ts";

/** One thing that is measured, the same for every contender. */
export interface CellPlan {
  readonly part: Part;
  readonly load: Load;
  readonly bytes: number;
}

/** The figures of one run of one cell. */
interface RunFigures {
  readonly perSecond: number;
  readonly latency: LatencyUs | undefined;
  readonly clientCpuUs: number;
  readonly serverCpuUs: number;
  readonly datagramsPerMessage: number | undefined;
  readonly bytesPerMessage: number | undefined;
}

/** A cell of one contender while its runs come in. */
export class CellRuns {
  readonly plan: CellPlan;
  readonly contender: string;
  readonly #runs: RunFigures[] = [];
  readonly #latencies = new FineLatencies();
  readonly #sums = { retransmits: 0, lost: 0, unanswered: 0, suspects: 0, falseDowns: 0 };

  constructor(plan: CellPlan, contender: string) {
    this.plan = plan;
    this.contender = contender;
  }

  add(report: PairReport): void {
    const { sent, client, server } = report;
    const isOneWay = this.plan.load.kind === "oneWay";
    const { counted } = server.after;
    const messages = Math.max(1, isOneWay ? counted.messages : sent.messages);
    const elapsedMs = isOneWay ? counted.elapsedMs : sent.elapsedMs;
    const latencies =
      sent.histogram === undefined ? undefined : FineLatencies.fromBase64(sent.histogram);
    if (latencies !== undefined) this.#latencies.add(latencies);
    const wire = wireDifference(report);
    this.#runs.push({
      perSecond: elapsedMs > 0 ? (messages * 1_000) / elapsedMs : 0,
      latency: latencies?.summary(),
      clientCpuUs: (client.after.cpuUs - client.before.cpuUs) / messages,
      serverCpuUs: (server.after.cpuUs - server.before.cpuUs) / messages,
      datagramsPerMessage: wire === undefined ? undefined : wire.datagrams / messages,
      bytesPerMessage: wire === undefined ? undefined : wire.bytes / messages,
    });
    this.#sums.retransmits += wire?.retransmits ?? 0;
    this.#sums.lost += sent.lost;
    this.#sums.unanswered += sent.unanswered;
    for (const { before, after } of [client, server]) {
      this.#sums.suspects += after.suspects - before.suspects;
      this.#sums.falseDowns += after.downs - before.downs;
    }
  }

  /** Undefined where no run was finished. */
  result(): CellResult | undefined {
    const runs = this.#runs;
    const of = (figure: (run: RunFigures) => number | undefined): Spread | undefined =>
      spreadOf(runs.flatMap((run) => figure(run) ?? []));
    const must = (figure: (run: RunFigures) => number): Spread =>
      of(figure) ?? { median: 0, min: 0, max: 0 };
    if (runs.length === 0) return undefined;
    const { part, load, bytes } = this.plan;
    const latency = (key: keyof LatencyUs) => of((run) => run.latency?.[key]);
    return {
      part,
      contender: this.contender,
      bytes,
      window: load.kind === "roundTrips" ? load.window : 0,
      ratePerSecond: load.kind === "openLoop" ? load.ratePerSecond : 0,
      runs: runs.length,
      perSecond: must((run) => run.perSecond),
      megabytesPerSecond: must((run) => (run.perSecond * bytes) / 1e6),
      p50Us: latency("p50"),
      p90Us: latency("p90"),
      p99Us: latency("p99"),
      p999Us: latency("p999"),
      maxUs: latency("max"),
      cpuUs: must((run) => run.clientCpuUs + run.serverCpuUs),
      clientCpuUs: must((run) => run.clientCpuUs),
      serverCpuUs: must((run) => run.serverCpuUs),
      datagramsPerMessage: of((run) => run.datagramsPerMessage),
      bytesPerMessage: of((run) => run.bytesPerMessage),
      ...this.#sums,
      histogram: this.#latencies.count === 0 ? undefined : this.#latencies.toBase64(),
    };
  }
}

/** What both processes handed to the network, where the contender counts that. */
function wireDifference({ client, server }: PairReport) {
  const sum = { bytes: 0, datagrams: 0, retransmits: 0 };
  for (const { before, after } of [client, server]) {
    if (before.wire === undefined || after.wire === undefined) return undefined;
    sum.bytes += after.wire.bytesSent - before.wire.bytesSent;
    sum.datagrams += after.wire.datagramsSent - before.wire.datagramsSent;
    sum.retransmits += after.wire.retransmits - before.wire.retransmits;
  }
  return sum;
}
