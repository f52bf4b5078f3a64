import type { Entry } from "../../../src/apps/naming/entry.ts";
import { type EntryPath, linkOf, parseEntryPath } from "../../../src/apps/naming/path.ts";
import type { NamingService } from "../../../src/apps/naming/service.ts";
import { compareStamps, formatStamp, type Stamp } from "../../../src/apps/naming/stamp.ts";
import type { Random } from "../../../src/core/random.ts";
import type { Member } from "../../../src/overlay/overlay.ts";
import { NamingModel, type WriteRecord } from "./model.ts";

/** One live node, whatever network it is in. */
export interface LoadNode {
  /** Which life of which node. */
  readonly id: string;
  readonly naming: NamingService;
  readonly member: Member;
}

/** What a workload needs of a network. */
export interface LoadNetwork {
  readonly random: Random;
  nowUs(): number;
  /** Calls back after a while. */
  after(us: number, run: () => void): void;
  up(): readonly LoadNode[];
  /** How many members the node's overlay has. */
  membersAround(node: LoadNode): number;
  /** Whether the node's process was stopped since: it could keep no deadline. */
  wasStopped(node: LoadNode, sinceUs: number): boolean;
  /** Copies of an entry on live nodes, and on those that went down since. */
  copiesSince(directory: string, name: string, sinceUs: number): readonly Entry[];
}

export interface WorkloadOptions {
  readonly operations: number;
  readonly intervalUs: number;
  /** Reads may be stale by so long; infinite: not checked. */
  readonly staleUs: number;
  readonly deadlineMinUs: number;
  readonly deadlineMaxUs: number;
}

const DIRECTORIES = ["/", "/a", "/a/x", "/a/x/deep", "/b", "/org.example!/c"];
const NAMES = ["n0", "n1", "n2"];
/** What a caller's timer and its answer may differ by. */
const SLACK_US = 1;

/** Random operations from random nodes, checked against a model as they end. */
export class Workload {
  readonly model = new NamingModel();
  readonly counts = { done: 0, notDone: 0, uncertain: 0, abandoned: 0 };
  readonly #net: LoadNetwork;
  readonly #options: WorkloadOptions;
  /** Operations under way, by the life that runs them. */
  readonly #open = new Map<number, { node: LoadNode; write: WriteRecord | undefined }>();
  #nextId = 0;
  #issued = 0;

  constructor(net: LoadNetwork, options: WorkloadOptions) {
    this.#net = net;
    this.#options = options;
  }

  /** Issues all operations, and calls back when the last one is over. */
  start(onEnd: () => void): void {
    this.#net.after(this.#net.random.exponential(this.#options.intervalUs), () => {
      if (this.#issued++ < this.#options.operations) {
        this.#issue();
        this.start(onEnd);
      } else this.#net.after(this.#options.deadlineMaxUs + SLACK_US, onEnd);
    });
  }

  /** A life is over: what it was doing is nobody's to report. */
  onDown(node: LoadNode): void {
    for (const [id, open] of this.#open) {
      if (open.node.id !== node.id) continue;
      if (open.write !== undefined) this.model.abandon(open.write, this.#net.nowUs());
      this.counts.abandoned++;
      this.#open.delete(id);
    }
  }

  get openCount(): number {
    return this.#open.size;
  }

  #issue(): void {
    const { random } = this.#net;
    const up = this.#net.up();
    const node = up[random.below(up.length)];
    if (node === undefined) return;
    const directory = DIRECTORIES[random.below(DIRECTORIES.length)]!;
    const path = `${directory === "/" ? "" : directory}/${NAMES[random.below(NAMES.length)]}`;
    const { deadlineMinUs, deadlineMaxUs } = this.#options;
    const deadlineUs = Math.round(deadlineMinUs + random.float() * (deadlineMaxUs - deadlineMinUs));
    const kind = random.float();
    if (kind < 0.35) void this.#write(node, path, "put", deadlineUs);
    else if (kind < 0.5) void this.#write(node, path, "remove", deadlineUs);
    else if (kind < 0.55) void this.#removeDirectory(node, directory, deadlineUs);
    else if (kind < 0.65) void this.#list(node, directory, deadlineUs);
    else void this.#read(node, path, deadlineUs);
  }

  async #write(node: LoadNode, path: string, kind: "put" | "remove", deadlineUs: number) {
    const { naming, member } = node;
    const startUs = this.#net.nowUs();
    const write = this.model.begin(path, kind, startUs);
    const running =
      kind === "put"
        ? naming.put(member, path, new TextEncoder().encode(write.value), { deadlineUs })
        : naming.remove(member, path, { deadlineUs });
    const result = await this.#run(node, write, deadlineUs, running);
    if (result === undefined) return;
    this.model.end(write, result, this.#net.nowUs());
    if (result.outcome !== "done") return;
    const { directory, name } = parseEntryPath(path);
    this.#checkStored(node, { directory, name }, result.stamp, startUs, `${kind} of ${path}`);
  }

  async #removeDirectory(node: LoadNode, directory: string, deadlineUs: number) {
    const startUs = this.#net.nowUs();
    const link = linkOf(directory);
    const full = this.#surelyIn(directory, startUs);
    const running = node.naming.remove(node.member, `${directory}/`, { deadlineUs });
    const result = await this.#run(node, undefined, deadlineUs, running);
    if (result === undefined || link === undefined || result.outcome !== "done") return;
    const still = full.filter((path) => !this.model.isRemovedDuring(path, startUs));
    if (still.length > 0 && Number.isFinite(this.#options.staleUs)) {
      this.model.violations.push(`${directory} was removed with ${still.join(", ")} in it`);
    }
    this.#checkStored(node, link, result.stamp, startUs, `rmdir ${directory}`);
  }

  async #read(node: LoadNode, path: string, deadlineUs: number) {
    const startUs = this.#net.nowUs();
    const running = node.naming.get(node.member, path, { deadlineUs });
    const result = await this.#run(node, undefined, deadlineUs, running);
    if (result === undefined) return;
    this.model.checkRead(path, result, startUs, this.#options.staleUs, node.id);
  }

  async #list(node: LoadNode, directory: string, deadlineUs: number) {
    const startUs = this.#net.nowUs();
    const running = node.naming.list(node.member, directory, { deadlineUs });
    const result = await this.#run(node, undefined, deadlineUs, running);
    if (result?.outcome !== "done") return;
    const surely = this.#surelyIn(directory, startUs).filter(
      (path) => !this.model.isRemovedDuring(path, 0),
    );
    for (const path of surely) {
      if (!result.names.includes(parseEntryPath(path).name)) {
        this.model.violations.push(`${node.id} listed ${directory} without ${path}`);
      }
    }
  }

  /** Paths in the directory with values that every read since `startUs` must find. */
  #surelyIn(directory: string, startUs: number): string[] {
    return this.model.paths().filter((path) => {
      if (parseEntryPath(path).directory !== directory) return false;
      const latest = this.model.latestAcked(path, startUs - this.#options.staleUs);
      return latest?.kind === "put" && !this.model.isRemovedDuring(path, latest.startUs);
    });
  }

  /** Undefined: the life that ran it ended first. */
  async #run<T extends { outcome: "done" | "notDone" | "uncertain" }>(
    node: LoadNode,
    write: WriteRecord | undefined,
    deadlineUs: number,
    running: Promise<T>,
  ): Promise<T | undefined> {
    const id = this.#nextId++;
    const startUs = this.#net.nowUs();
    this.#open.set(id, { node, write });
    const result = await running;
    if (!this.#open.delete(id)) return undefined;
    this.counts[result.outcome]++;
    const tookUs = this.#net.nowUs() - startUs;
    if (tookUs > deadlineUs + SLACK_US && !this.#net.wasStopped(node, startUs)) {
      this.model.violations.push(`an operation took ${tookUs} µs of ${deadlineUs} µs`);
    }
    return result;
  }

  /** Done means stored by two, now or until they went down; by a majority of fewer than three members. */
  #checkStored(node: LoadNode, where: EntryPath, stamp: Stamp, sinceUs: number, what: string) {
    const copies = this.#net
      .copiesSince(where.directory, where.name, sinceUs)
      .filter((entry) => compareStamps(entry.stamp, stamp) >= 0);
    if (copies.length >= 2) return;
    const members = Math.min(3, this.#net.membersAround(node));
    if (copies.length > members / 2) return;
    const text = `${what} (${formatStamp(stamp)}) was done at ${this.#net.nowUs()} µs`;
    this.model.violations.push(`${text} with ${copies.length} copies among ${members} members`);
  }
}
