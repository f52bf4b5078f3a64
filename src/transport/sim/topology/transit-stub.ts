import { SkipnetError } from "../../../core/errors.ts";
import type { Random } from "../../../core/random.ts";
import { type AreaLink, AreaPaths, assertAreaPairs } from "./area-paths.ts";
import { connectedGraph } from "./random-graph.ts";
import type { Domain, Topology } from "./topology.ts";

/** The shape of a transit-stub network. */
export interface TransitStubOptions {
  readonly transitDomains: number;
  /** Routers of each transit domain. */
  readonly transitRouters: number;
  /** Stub domains of each transit router. */
  readonly stubs: number;
  /** Routers of each stub domain. */
  readonly stubRouters: number;
  /** Mean delay of the links between transit routers, one way; all others are shorter. */
  readonly meanUs: number;
}

/** Scribe's network: 10 transit domains of 5 routers, 10 stub domains of 10 routers at each; core links of 40.7 ms. */
export const SCRIBE_NETWORK: TransitStubOptions = {
  transitDomains: 10,
  transitRouters: 5,
  stubs: 10,
  stubRouters: 10,
  meanUs: 40_700,
};

/** Routers of a transit-stub network; and of its transit domains together, between which all ways are kept. */
const TRANSIT_STUB_ROUTERS_MAX = 1_048_576;
const TRANSIT_ROUTERS_MAX = 4_096;

/** How likely two are linked: of transit domains, routers of one, routers of a stub domain (GT-ITM's sample files). */
const DOMAINS_LINKED = 0.5;
const TRANSIT_LINKED = 0.6;
const STUB_LINKED = 0.42;

/** Mean lengths of links, as parts of each other: between transit domains, in one, to a stub domain, in one. */
const BETWEEN_LENGTH = 12;
const TRANSIT_LENGTH = 6;
const GATE_LENGTH = 3;
const STUB_LENGTH = 1;

const CORE = 0;

/**
 * A network in the manner of GT-ITM's transit-stub model (Zegura, Calvert, Bhattacharjee, INFOCOM'96):
 * transit domains in the middle, stub domains at their routers, each by one link. So all traffic of a stub
 * domain passes its gate, and shortest ways follow from those inside the domains. Throws `E_LIMIT`.
 */
export function transitStub(random: Random, options = SCRIBE_NETWORK): Topology {
  return new TransitStub(new TransitStubPlan(random, options), options);
}

interface Length extends AreaLink {
  readonly area: number;
}

function assertSize(what: string, size: number, limit: number): void {
  if (size <= limit) return;
  throw new SkipnetError(
    "E_LIMIT",
    `a transit-stub network of ${size} ${what}; ${limit} are the most`,
  );
}

/** Which routers are linked, and how long the links are. */
class TransitStubPlan {
  readonly areas: AreaLink[][];
  /** Of each stub domain: the router at its gate, and the link there. */
  readonly gateAt: Int32Array;
  readonly gateUs: Int32Array;
  readonly gateLink: Int32Array;
  readonly links: number;
  readonly #random: Random;
  readonly #lengths: Length[] = [];

  constructor(random: Random, options: TransitStubOptions) {
    this.#random = random;
    const { transitDomains, transitRouters, stubs, stubRouters, meanUs } = options;
    const transits = transitDomains * transitRouters;
    const routers = transits * (1 + stubs * stubRouters);
    assertSize("routers", routers, TRANSIT_STUB_ROUTERS_MAX);
    assertSize("transit routers", transits, TRANSIT_ROUTERS_MAX);
    assertAreaPairs(transits * transits + transits * stubs * stubRouters * stubRouters);
    for (const [one, other] of connectedGraph(transitDomains, DOMAINS_LINKED, random)) {
      const a = one * transitRouters + random.below(transitRouters);
      this.#add(CORE, a, other * transitRouters + random.below(transitRouters), BETWEEN_LENGTH);
    }
    for (let domain = 0; domain < transitDomains; domain++) {
      for (const [a, b] of connectedGraph(transitRouters, TRANSIT_LINKED, random)) {
        const first = domain * transitRouters;
        this.#add(CORE, first + a, first + b, TRANSIT_LENGTH);
      }
    }
    const stubCount = transits * stubs;
    this.gateAt = new Int32Array(stubCount);
    this.gateUs = new Int32Array(stubCount);
    this.gateLink = new Int32Array(stubCount);
    const gates: Length[] = [];
    for (let stub = 0; stub < stubCount; stub++) {
      for (const [a, b] of connectedGraph(stubRouters, STUB_LINKED, random)) {
        this.#add(1 + stub, a, b, STUB_LENGTH);
      }
      this.gateAt[stub] = random.below(stubRouters);
      gates.push(this.#add(-1, stub, 0, GATE_LENGTH));
    }
    this.links = this.#lengths.length;
    // One transit router alone has no such link: as if they had the mean length.
    const core = this.#lengths.filter(({ area }) => area === CORE);
    const sum = core.reduce((total, { us }) => total + us, 0);
    const mean = core.length === 0 ? TRANSIT_LENGTH : sum / core.length;
    const usOf = ({ us }: Length): number => Math.max(1, Math.round((us * meanUs) / mean));
    this.areas = Array.from({ length: 1 + stubCount }, () => []);
    for (const length of this.#lengths) {
      this.areas[length.area]?.push({ ...length, us: usOf(length) });
    }
    for (const gate of gates) {
      this.gateUs[gate.a] = usOf(gate);
      this.gateLink[gate.a] = gate.link;
    }
  }

  /** A link with a length around `mean`, from half of it to one and a half. */
  #add(area: number, a: number, b: number, mean: number): Length {
    const us = mean * (0.5 + this.#random.float());
    const length = { area, a, b, us, link: this.#lengths.length };
    this.#lengths.push(length);
    return length;
  }
}

/** Routers are numbered so that a stub domain, all that hangs at a transit router, and a transit domain with all its stubs are ranges. */
class TransitStub implements Topology {
  readonly name = "transit-stub";
  readonly routers: number;
  readonly links: number;
  readonly domains: readonly Domain[];
  readonly longestUs: number;
  readonly #paths: AreaPaths;
  readonly #plan: TransitStubPlan;
  /** Of each router: its area and its number there, its transit router, and the way up to that. */
  readonly #area: Int32Array;
  readonly #local: Int32Array;
  readonly #transit: Int32Array;
  readonly #upUs: Int32Array;
  readonly #upHops: Int32Array;

  constructor(plan: TransitStubPlan, options: TransitStubOptions) {
    this.#plan = plan;
    const { transitDomains, transitRouters, stubs, stubRouters } = options;
    const transits = transitDomains * transitRouters;
    const span = 1 + stubs * stubRouters;
    this.routers = transits * span;
    this.links = plan.links;
    const sizes = new Int32Array(1 + transits * stubs).fill(stubRouters);
    sizes[CORE] = transits;
    this.#paths = new AreaPaths(sizes, plan.areas);
    this.#area = new Int32Array(this.routers);
    this.#local = new Int32Array(this.routers);
    this.#transit = new Int32Array(this.routers);
    this.#upUs = new Int32Array(this.routers);
    this.#upHops = new Int32Array(this.routers);
    const domains: Domain[] = [];
    for (let transit = 0; transit < transits; transit++) {
      const first = transit * span;
      if (transit % transitRouters === 0) domains.push({ first, size: span * transitRouters });
      if (transitRouters > 1) domains.push({ first, size: span });
      this.#local[first] = transit;
      for (let router = first; router < first + span; router++) this.#transit[router] = transit;
      for (let s = 0; s < stubs; s++) {
        const at = first + 1 + s * stubRouters;
        domains.push({ first: at, size: stubRouters });
        this.#placeStub(transit * stubs + s, at, stubRouters);
      }
    }
    this.domains = domains;
    const highest = this.#upUs.reduce((most, us) => Math.max(most, us), 0);
    // Inside a stub domain no way is longer than twice the way to its gate.
    this.longestUs = 2 * highest + this.#paths.longestUs(CORE);
  }

  distanceUs(a: number, b: number): number {
    const area = this.#area[a] as number;
    if (area === this.#area[b]) {
      return this.#paths.us(area, this.#local[a] as number, this.#local[b] as number);
    }
    const between = this.#paths.us(CORE, this.#transit[a] as number, this.#transit[b] as number);
    return (this.#upUs[a] as number) + between + (this.#upUs[b] as number);
  }

  hops(a: number, b: number): number {
    const area = this.#area[a] as number;
    if (area === this.#area[b]) {
      return this.#paths.hops(area, this.#local[a] as number, this.#local[b] as number);
    }
    const between = this.#paths.hops(CORE, this.#transit[a] as number, this.#transit[b] as number);
    return (this.#upHops[a] as number) + between + (this.#upHops[b] as number);
  }

  visitPath(a: number, b: number, visit: (link: number) => void): void {
    const [from, to] = [this.#area[a] as number, this.#area[b] as number];
    if (from === to) {
      this.#paths.visit(from, this.#local[a] as number, this.#local[b] as number, visit);
      return;
    }
    const { gateAt, gateLink } = this.#plan;
    if (from !== CORE) {
      this.#paths.visit(from, this.#local[a] as number, gateAt[from - 1] as number, visit);
      visit(gateLink[from - 1] as number);
    }
    this.#paths.visit(CORE, this.#transit[a] as number, this.#transit[b] as number, visit);
    if (to !== CORE) {
      visit(gateLink[to - 1] as number);
      this.#paths.visit(to, gateAt[to - 1] as number, this.#local[b] as number, visit);
    }
  }

  #placeStub(stub: number, first: number, size: number): void {
    const { gateAt, gateUs } = this.#plan;
    const gate = gateAt[stub] as number;
    for (let local = 0; local < size; local++) {
      const router = first + local;
      this.#area[router] = 1 + stub;
      this.#local[router] = local;
      this.#upUs[router] = this.#paths.us(1 + stub, local, gate) + (gateUs[stub] as number);
      this.#upHops[router] = this.#paths.hops(1 + stub, local, gate) + 1;
    }
  }
}
