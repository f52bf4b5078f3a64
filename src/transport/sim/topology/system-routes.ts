import type { AreaPaths } from "./area-paths.ts";
import type { SystemLink } from "./mercator-plan.ts";

/** No link leads here yet. */
const NONE = 0xffff;

/**
 * Routes between autonomous systems: the fewest systems, whatever the delays, and inside each system the
 * shortest way from border to border. The route back is the same. Kept for each pair: at which router a
 * route leaves, and what lies between the borders of its ends.
 */
export class SystemRoutes {
  readonly #systems: number;
  readonly #links: readonly SystemLink[];
  readonly #paths: AreaPaths;
  /** Links of system `s`: from `#linkAt[s]` to `#linkAt[s + 1]`. */
  readonly #linkAt: Int32Array;
  readonly #linkOf: Uint16Array;
  readonly #exit: Uint16Array;
  readonly #us: Int32Array;
  readonly #hops: Uint16Array;
  /** By root: the link by which each system was reached. BOUNDED: one a system, made when a path is visited. */
  readonly #trees: (Uint16Array | undefined)[];

  constructor(systems: number, links: readonly SystemLink[], paths: AreaPaths) {
    this.#systems = systems;
    this.#links = links;
    this.#paths = paths;
    this.#linkAt = new Int32Array(systems + 1);
    this.#linkOf = new Uint16Array(2 * links.length);
    this.#exit = new Uint16Array(systems * systems);
    this.#us = new Int32Array(systems * systems);
    this.#hops = new Uint16Array(systems * systems);
    this.#trees = new Array(systems);
    this.#index();
    const order = new Uint16Array(systems);
    const tree = new Uint16Array(systems);
    for (let root = 0; root < systems; root++) this.#fillFrom(root, tree, order);
  }

  /** The core router at which a route from one system to another leaves the first. */
  exit(from: number, to: number): number {
    return this.#exit[from * this.#systems + to] as number;
  }

  /** Between the borders at both ends of a route, microseconds. */
  usBetween(from: number, to: number): number {
    return this.#us[from * this.#systems + to] as number;
  }

  hopsBetween(from: number, to: number): number {
    return this.#hops[from * this.#systems + to] as number;
  }

  /** Calls `visit` with each link between the borders, in order. */
  visit(from: number, to: number, visit: (link: number) => void): void {
    let system = from;
    let at = this.exit(from, to);
    for (const index of this.#route(from, to)) {
      const link = this.#links[index] as SystemLink;
      const forward = link.a === system;
      this.#paths.visit(system, at, forward ? link.atA : link.atB, visit);
      visit(link.link);
      system = forward ? link.b : link.a;
      at = forward ? link.atB : link.atA;
    }
  }

  /** The links of a route, in order. The lower of two systems decides between routes of one length. */
  #route(from: number, to: number): number[] {
    const [root, end] = from < to ? [from, to] : [to, from];
    let tree = this.#trees[root];
    if (tree === undefined) {
      tree = new Uint16Array(this.#systems);
      this.#search(root, tree, new Uint16Array(this.#systems));
      this.#trees[root] = tree;
    }
    const route: number[] = [];
    for (let system = end; system !== root; ) {
      const index = tree[system] as number;
      const link = this.#links[index] as SystemLink;
      route.push(index);
      system = link.a === system ? link.b : link.a;
    }
    return from < to ? route.reverse() : route;
  }

  #index(): void {
    for (const { a, b } of this.#links) {
      for (const end of [a, b]) this.#linkAt[end + 1] = (this.#linkAt[end + 1] as number) + 1;
    }
    for (let system = 0; system < this.#systems; system++) {
      this.#linkAt[system + 1] =
        (this.#linkAt[system + 1] as number) + (this.#linkAt[system] as number);
    }
    const next = this.#linkAt.slice();
    this.#links.forEach(({ a, b }, index) => {
      for (const end of [a, b]) {
        this.#linkOf[next[end] as number] = index;
        next[end] = (next[end] as number) + 1;
      }
    });
  }

  /** Breadth first from a root. Fills in by which link each system was reached, and in which order. */
  #search(root: number, tree: Uint16Array, order: Uint16Array): void {
    tree.fill(NONE);
    order[0] = root;
    let found = 1;
    for (let done = 0; done < found; done++) {
      const system = order[done] as number;
      const end = this.#linkAt[system + 1] as number;
      for (let i = this.#linkAt[system] as number; i < end; i++) {
        const index = this.#linkOf[i] as number;
        const { a, b } = this.#links[index] as SystemLink;
        const other = a === system ? b : a;
        if (other === root || tree[other] !== NONE) continue;
        tree[other] = index;
        order[found++] = other;
      }
    }
  }

  /** Routes between a root and the systems above it. */
  #fillFrom(root: number, tree: Uint16Array, order: Uint16Array): void {
    this.#search(root, tree, order);
    const systems = this.#systems;
    /** Of each system, for those below the root too: others are reached through them. */
    const exits = new Uint16Array(systems);
    const us = new Int32Array(systems);
    const hops = new Int32Array(systems);
    for (let i = 1; i < systems; i++) {
      const system = order[i] as number;
      const link = this.#links[tree[system] as number] as SystemLink;
      const forward = link.b === system;
      const before = forward ? link.a : link.b;
      const [leave, enter] = forward ? [link.atA, link.atB] : [link.atB, link.atA];
      if (before === root) {
        exits[system] = leave;
        us[system] = link.us;
        hops[system] = 1;
      } else {
        const last = this.#links[tree[before] as number] as SystemLink;
        const entered = last.b === before ? last.atB : last.atA;
        exits[system] = exits[before] as number;
        us[system] = (us[before] as number) + this.#paths.us(before, entered, leave) + link.us;
        hops[system] = (hops[before] as number) + this.#paths.hops(before, entered, leave) + 1;
      }
      if (system < root) continue;
      const [there, back] = [root * systems + system, system * systems + root];
      this.#exit[there] = exits[system] as number;
      this.#exit[back] = enter;
      this.#us[there] = us[system] as number;
      this.#us[back] = us[system] as number;
      this.#hops[there] = hops[system] as number;
      this.#hops[back] = hops[system] as number;
    }
  }
}
