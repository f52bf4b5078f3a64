import { expect } from "vitest";
import type { Entry } from "../../../src/apps/naming/entry.ts";
import { linkOf, parseEntryPath } from "../../../src/apps/naming/path.ts";
import type { NamingModel } from "./model.ts";
import type { LoadNode } from "./workload.ts";

/** What a check at the end needs of a network in which all is quiet. */
export interface QuietNetwork {
  readonly up: readonly LoadNode[];
  holdersOf(directory: string): readonly LoadNode[];
  /** Runs virtual time until the promise settles. */
  until<T>(promise: Promise<T>): Promise<T>;
}

const LIMITS = { deadlineUs: 30_000_000 };

/**
 * All copies and all reads agree, with each other and with the model; each directory is on its three
 * holders and nowhere else; and no directory with something in it is hidden.
 */
export async function checkConverged(net: QuietNetwork, model: NamingModel): Promise<void> {
  let turn = 0;
  for (const path of model.paths()) {
    if (!model.isTouched(path)) continue;
    const { directory, name } = parseEntryPath(path);
    const truth = checkCopies(net, model, directory, name, path);
    // Three of the nodes read each path, each of the nodes some.
    for (let i = 0; i < 3; i++) {
      const node = net.up[turn++ % net.up.length]!;
      const got = await net.until(node.naming.get(node.member, path, LIMITS));
      if (truth === undefined || truth.removed) expect(got).toMatchObject({ code: "E_NOT_FOUND" });
      else expect(got).toMatchObject({ outcome: "done", value: truth.value });
    }
    if (truth !== undefined && !truth.removed) await checkVisible(net, directory, turn);
  }
}

function checkCopies(
  net: QuietNetwork,
  model: NamingModel,
  directory: string,
  name: string,
  path: string,
): Entry | undefined {
  const copyOf = (node: LoadNode) => node.naming.copyOf(node.member, directory, name);
  const holders = net.holdersOf(directory);
  const truth = copyOf(holders[0]!);
  for (const node of holders) {
    model.checkFinal(path, copyOf(node), node.id);
    expect(copyOf(node)).toEqual(truth);
  }
  const others = net.up.filter((node) => !holders.some(({ id }) => id === node.id));
  expect(others.filter((node) => copyOf(node) !== undefined)).toEqual([]);
  return truth;
}

async function checkVisible(net: QuietNetwork, directory: string, turn: number): Promise<void> {
  for (let link = linkOf(directory); link !== undefined; link = linkOf(link.directory)) {
    const node = net.up[turn % net.up.length]!;
    const page = await net.until(node.naming.list(node.member, link.directory, LIMITS));
    expect(page.outcome === "done" && page.names).toContain(link.name);
  }
}
