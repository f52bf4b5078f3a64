import type { LatencyModel } from "../latency.ts";
import type { TopologyLatency } from "./topology-latency.ts";

/** How often links were crossed. */
export interface LinkStressFigures {
  /** That were crossed at all: what the means and percentiles are over. */
  readonly linksUsed: number;
  /** Sum over all links. */
  readonly crossings: number;
  readonly messages: number;
  readonly mean: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** Counts on each physical link, those of hosts among them, what crosses it. */
export class LinkStress {
  readonly #latency: TopologyLatency;
  #counts: Uint32Array;
  #messages = 0;
  readonly #cross = (link: number): void => {
    if (link >= this.#counts.length) this.#growTo(link);
    this.#counts[link] = (this.#counts[link] as number) + 1;
  };

  constructor(latency: TopologyLatency, hosts: number) {
    this.#latency = latency;
    this.#counts = new Uint32Array(latency.topology.links + hosts);
  }

  /** A message goes from host to host. */
  message(from: number, to: number): void {
    if (from === to) return;
    this.#messages++;
    this.#latency.visitPath(from, to, this.#cross);
  }

  /** What was counted since the last time; counting begins anew. */
  take(): LinkStressFigures {
    const used = this.#counts.filter((count) => count > 0).sort();
    const messages = this.#messages;
    const crossings = used.reduce((sum, count) => sum + count, 0);
    this.#counts.fill(0);
    this.#messages = 0;
    const at = (share: number): number =>
      used[Math.max(0, Math.ceil(used.length * share) - 1)] ?? 0;
    return {
      linksUsed: used.length,
      crossings,
      messages,
      mean: used.length === 0 ? 0 : crossings / used.length,
      p50: at(0.5),
      p99: at(0.99),
      max: at(1),
    };
  }

  #growTo(link: number): void {
    const grown = new Uint32Array(Math.max(2 * this.#counts.length, link + 1));
    grown.set(this.#counts);
    this.#counts = grown;
  }
}

/** The same delays; each packet whose delay is asked for is counted. For packets alone: messages ask for more. */
export function countedLatency(model: LatencyModel, stress: LinkStress): LatencyModel {
  return {
    name: model.name,
    rttMaxUs: model.rttMaxUs,
    delayUs(from, to) {
      stress.message(from, to);
      return model.delayUs(from, to);
    },
    expectedUs: (from, to) => model.expectedUs(from, to),
  };
}
