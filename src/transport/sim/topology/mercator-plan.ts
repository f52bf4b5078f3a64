import { SkipnetError } from "../../../core/errors.ts";
import type { Random } from "../../../core/random.ts";
import type { AreaLink } from "./area-paths.ts";
import { preferentialGraph } from "./random-graph.ts";
import { zipfSizes } from "./zipf-sizes.ts";

/** How large a network of autonomous systems (AS) is, and how long its links are. */
export interface MercatorOptions {
  readonly routers: number;
  /** Between routers, those between systems among them. */
  readonly links: number;
  readonly systems: number;
  /** Between systems. */
  readonly systemLinks: number;
  /** `unit`: each link takes `linkUs`; `drawn`: by kind, with `linkUs` as the mean of those inside systems. */
  readonly delays: "unit" | "drawn";
  readonly linkUs: number;
}

/** The counts of the Mercator map that the papers' simulations used; a link costs one hop, here a millisecond. */
export const MERCATOR_MAP: MercatorOptions = {
  routers: 102_639,
  links: 142_303,
  systems: 2_662,
  systemLinks: 4_851,
  delays: "unit",
  linkUs: 1_000,
};

/** Systems: the routes between them take seven bytes a pair. */
const SYSTEMS_MAX = 4_096;
/** Routers of a Mercator-like network. */
const MERCATOR_ROUTERS_MAX = 1_048_576;
/** Links between systems: a route names each in 16 bits. */
const SYSTEM_LINKS_MAX = 65_535;

/** Of the sizes of systems by rank. */
const SIZE_EXPONENT = 0.8;
/** Share of a system's routers in its core; the others hang at them in trees. */
const CORE_SHARE = 0.2;
/** Drawn delays: how much longer a link between systems is, on average, than one inside. */
const BETWEEN_LENGTH = 5;

/** A link between two systems, by the core routers at its ends. */
export interface SystemLink {
  readonly a: number;
  readonly b: number;
  readonly atA: number;
  readonly atB: number;
  readonly us: number;
  readonly link: number;
}

/** A network of autonomous systems, drawn: which routers there are and what links them. */
export class MercatorPlan {
  /** Of each system: its first router, and how many it has; its core comes first. */
  readonly firsts: Int32Array;
  readonly sizes: readonly number[];
  readonly cores: Int32Array;
  readonly coreLinks: AreaLink[][] = [];
  /** Of each router outside a core: what it hangs at, how long that link is, and its number. */
  readonly parents: Int32Array;
  readonly parentUs: Int32Array;
  readonly parentLink: Int32Array;
  readonly systemLinks: readonly SystemLink[];
  readonly links: number;
  readonly #options: MercatorOptions;
  readonly #random: Random;
  #nextLink = 0;

  /** Throws `E_OPTIONS` and `E_LIMIT` for counts that no network has. */
  constructor(random: Random, options: MercatorOptions) {
    assertCounts(options);
    this.#options = options;
    this.#random = random;
    const { routers, systems, systemLinks } = options;
    this.sizes = zipfSizes(routers, systems, SIZE_EXPONENT);
    this.firsts = new Int32Array(systems);
    this.cores = Int32Array.from(this.sizes, (size) => Math.ceil(size * CORE_SHARE));
    this.parents = new Int32Array(routers).fill(-1);
    this.parentUs = new Int32Array(routers);
    this.parentLink = new Int32Array(routers);
    const spare = this.#spareLinks();
    let first = 0;
    for (let system = 0; system < systems; system++) {
      this.firsts[system] = first;
      this.#fillCore(system, spare[system] as number);
      this.#hangTrees(system);
      first += this.sizes[system] as number;
    }
    this.systemLinks = preferentialGraph(systems, systemLinks, random).map(([a, b]) => ({
      a,
      b,
      atA: random.below(this.cores[a] as number),
      atB: random.below(this.cores[b] as number),
      us: this.#drawUs(BETWEEN_LENGTH),
      link: this.#nextLink++,
    }));
    this.links = this.#nextLink;
  }

  /** Links beyond a tree, for each system: in proportion to its core, as far as they fit. */
  #spareLinks(): Int32Array {
    const { routers, links, systems, systemLinks } = this.#options;
    const room = Array.from(this.cores, (core) => ((core - 1) * (core - 2)) / 2);
    const spare = new Int32Array(systems);
    let left = links - systemLinks - (routers - systems);
    const total = room.reduce((sum, each) => sum + each, 0);
    if (left > total) {
      throw new SkipnetError(
        "E_OPTIONS",
        `${links} links are more than ${routers} routers in ${systems} systems can have here: ${links - left + total}`,
      );
    }
    while (left > 0) {
      const open = this.cores.reduce(
        (sum, core, i) => sum + ((spare[i] as number) < (room[i] as number) ? core : 0),
        0,
      );
      const each = left / open;
      for (let i = 0; i < systems && left > 0; i++) {
        const more = Math.min(
          left,
          (room[i] as number) - (spare[i] as number),
          Math.ceil((this.cores[i] as number) * each),
        );
        spare[i] = (spare[i] as number) + more;
        left -= more;
      }
    }
    return spare;
  }

  #fillCore(system: number, spare: number): void {
    const core = this.cores[system] as number;
    const edges = preferentialGraph(core, core - 1 + spare, this.#random);
    this.coreLinks.push(
      edges.map(([a, b]) => ({ a, b, us: this.#drawUs(1), link: this.#nextLink++ })),
    );
  }

  /** The routers outside the core, each at one before it, likelier at one with many already. */
  #hangTrees(system: number): void {
    const first = this.firsts[system] as number;
    const core = this.cores[system] as number;
    const ends = Array.from({ length: core }, (_, local) => local);
    for (let local = core; local < (this.sizes[system] as number); local++) {
      const parent = ends[this.#random.below(ends.length)] as number;
      this.parents[first + local] = first + parent;
      this.parentUs[first + local] = this.#drawUs(1);
      this.parentLink[first + local] = this.#nextLink++;
      ends.push(parent, local);
    }
  }

  #drawUs(length: number): number {
    const { delays, linkUs } = this.#options;
    if (delays === "unit") return linkUs;
    return Math.max(1, Math.round(linkUs * length * 2 * this.#random.float()));
  }
}

function assertCounts({ routers, links, systems, systemLinks }: MercatorOptions): void {
  const over = (what: string, count: number, limit: number): void => {
    if (count <= limit) return;
    throw new SkipnetError("E_LIMIT", `${count} ${what} are over ${limit}`);
  };
  over("routers", routers, MERCATOR_ROUTERS_MAX);
  over("autonomous systems", systems, SYSTEMS_MAX);
  over("links between autonomous systems", systemLinks, SYSTEM_LINKS_MAX);
  const wrong = (what: string): never => {
    throw new SkipnetError("E_OPTIONS", what);
  };
  if (systems > routers)
    wrong(`${systems} autonomous systems need as many routers; ${routers} are few`);
  if (systemLinks < systems - 1) {
    wrong(`${systemLinks} links cannot connect ${systems} autonomous systems; ${systems - 1} can`);
  }
  if (systemLinks > (systems * (systems - 1)) / 2) {
    wrong(`${systems} autonomous systems have no ${systemLinks} pairs to link`);
  }
  const least = routers - systems + systemLinks;
  if (links < least) wrong(`${links} links do not connect ${routers} routers; ${least} do`);
}
