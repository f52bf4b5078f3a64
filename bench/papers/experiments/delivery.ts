import type { SimNetwork } from "../../../src/cli/sim/network.ts";
import type { Member } from "../../../src/overlay/overlay.ts";
import { defineExperiment, type Goal, type PointResult, type Size } from "../experiment.ts";
import { type PaperRun, simCommand, simulated } from "../simulated-run.ts";

/** Lookups for each node. */
const LOOKUPS_A_NODE = 4;
/** What DHash++ (NSDI 2004) found: the time of a recursive lookup over that of an iterative one. */
const PAPER_RATIO = 0.6;
/** Ports are below; a pair of them is one number. */
const PORTS = 2 ** 24;

type DeliveryPoint = {
  readonly nodes: number;
  readonly delivery: "recursive" | "iterative";
};

function runOf({ nodes, delivery }: DeliveryPoint, seed: string): PaperRun {
  return {
    nodes,
    seed,
    organisations: 1,
    overlay: { k: 8 },
    join: "constructed",
    network: "sphere",
    lookups: LOOKUPS_A_NODE * nodes,
    delivery,
  };
}

/** Who sends to whom from now on. Looking changes nothing of the run. */
function notePairs(network: SimNetwork): Set<number> {
  const pairs = new Set<number>();
  for (const net of network.nets) {
    const { transport } = net.context;
    const send = transport.send.bind(transport);
    transport.send = (from, to, message, token) => {
      pairs.add(from * PORTS + to);
      return send(from, to, message, token);
    };
  }
  return pairs;
}

/** Pairs that sent to each other although neither stands in the other's tables: each needs a connection of its own. */
function strangers(network: SimNetwork, pairs: ReadonlySet<number>): number {
  const { context } = network.node(0).net;
  const knows = (a: number, b: number): boolean =>
    context.slotsHolding(a as Member, context.self(b as Member)) > 0;
  const opened = new Set<number>();
  for (const pair of pairs) {
    const [from, to] = [Math.floor(pair / PORTS), pair % PORTS];
    if (knows(from, to) || knows(to, from)) continue;
    opened.add(Math.min(from, to) * PORTS + Math.max(from, to));
  }
  return opened.size;
}

function goals(results: readonly PointResult<DeliveryPoint>[]): Goal[] {
  const largest = Math.max(...results.map(({ point }) => point.nodes));
  const of = (delivery: DeliveryPoint["delivery"], figure: string): number =>
    results.find(({ point }) => point.delivery === delivery && point.nodes === largest)?.figures[
      figure
    ]?.mean ?? Number.NaN;
  const ratio = of("recursive", "timeMs") / of("iterative", "timeMs");
  return [
    {
      what: `time of a recursive lookup over an iterative one, ${largest} nodes`,
      goal: `about ${PAPER_RATIO} (0.5 to 0.7)`,
      measured: Number.isNaN(ratio) ? "not measured" : ratio.toFixed(2),
      met: Number.isNaN(ratio) ? null : ratio >= 0.5 && ratio <= 0.7,
    },
  ];
}

export const experiment = defineExperiment<DeliveryPoint>({
  id: "delivery",
  title: "Recursive against iterative delivery",
  paper:
    "DHash++ (NSDI 2004): a recursive lookup takes 0.6 of the time of an iterative one [M-high]. Jones and Dunagan (2004), §3.3.4: iterative delivery contacts many more peers, opens connections to them, and costs processor time for it.",
  method: `Converged tables (k = 8, sparse, leaf set of 16), delays as on a sphere, ${LOOKUPS_A_NODE} lookups by name a node between random nodes. The time is that until the origin has its answer. Recursive: the answer goes straight back; iterative: a question and its answer for each hop. Peers: distinct nodes that a node sent to. New connections: pairs that sent to each other although neither stands in the other's tables. Processor time is the simulator's and the overlay's together, and depends on the machine; the connections themselves cost nothing here.`,
  figures: {
    timeMs: { title: "Time of a lookup, mean", unit: "ms" },
    messages: { title: "Messages a lookup", unit: "messages" },
    peers: { title: "Peers that a node sent to", unit: "peers" },
    connections: { title: "New connections a node", unit: "connections" },
    cpuUs: { title: "Processor time a lookup", unit: "µs" },
  },
  x: { key: "nodes", title: "nodes", isLogarithmic: true },
  points(size: Size) {
    const exponents = size === "full" ? [10, 12, 14] : [8, 10];
    return (["recursive", "iterative"] as const).flatMap((delivery) =>
      exponents.map((exponent) => ({ nodes: 2 ** exponent, delivery })),
    );
  },
  label: ({ delivery }) => delivery,
  async run(point, seed) {
    let pairs: ReadonlySet<number> = new Set();
    let network: SimNetwork | undefined;
    let cpu = process.cpuUsage();
    let before = 0;
    const { lookups, messages } = await simulated(runOf(point, seed), {
      onConverged(ready) {
        network = ready;
        pairs = notePairs(ready);
        before = ready.stats.messagesSent;
        cpu = process.cpuUsage();
      },
    });
    const { user, system } = process.cpuUsage(cpu);
    if (network === undefined || lookups === undefined || lookups.failed > 0) {
      throw new Error(`${lookups?.failed ?? "all"} lookups failed in a quiet run`);
    }
    const sumUs = lookups.latenciesUs.reduce((sum, us) => sum + us, 0);
    return {
      timeMs: sumUs / lookups.count / 1_000,
      messages: (messages - before) / lookups.count,
      peers: pairs.size / point.nodes,
      connections: strangers(network, pairs) / point.nodes,
      cpuUs: (user + system) / lookups.count,
    };
  },
  goals,
  command: (point, seed) =>
    `${simCommand(runOf(point, seed))} --network sphere --delivery ${point.delivery}`,
});
