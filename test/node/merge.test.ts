import { afterEach, expect, test } from "vitest";
import { type Address, ANY_INCARNATION } from "../../src/core/address.ts";
import { type Node, startNode } from "../../src/node/node.ts";
import { neighboursOf } from "../../src/node/state.ts";

const opened: Node[] = [];
afterEach(async () => {
  for (const node of opened.splice(0).reverse()) await node.close();
});

/** Nodes of these names, joined through the first of them. */
async function overlayOf(scheme: string, names: readonly string[]): Promise<Node[]> {
  const nodes: Node[] = [];
  for (const name of names) {
    const [first] = nodes;
    const join = first === undefined ? undefined : [first.endpoint.address];
    const listen = `${scheme}://127.0.0.1:0` as Address;
    const node = await startNode({
      name,
      listen,
      ...(join === undefined ? {} : { join }),
      overlay: { seamMs: 200, bridgePaceMs: 20, repairPeriodMs: 500 },
    });
    opened.push(node);
    nodes.push(node);
  }
  return nodes;
}

/** Waits, turn by turn and not for ever. */
async function until(isSo: () => boolean): Promise<void> {
  for (let turns = 0; !isSo() && turns < 400; turns++) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

test.each(["udp", "tcp"])(
  "two overlays of processes that were founded apart become one over %s",
  async (scheme) => {
    const one = await overlayOf(scheme, ["com.a", "com.c", "com.e", "net.b"]);
    const other = await overlayOf(scheme, ["com.b", "com.d", "net.a", "net.c"]);
    const all = [...one, ...other];
    const known = (): number[] =>
      all.map(({ overlay, member }) => neighboursOf(overlay, member).length);
    await until(() => known().every((count) => count === 3));
    expect(known()).toEqual(all.map(() => 3));
    const [from] = one as [Node];
    const [to] = other as [Node];
    const { address } = to.endpoint;
    from.overlay.merging.seekThrough(from.member, [{ address, incarnation: ANY_INCARNATION }]);
    await until(() => known().every((count) => count === all.length - 1));
    expect(known()).toEqual(all.map(() => all.length - 1));
    const figures = all.map(({ overlay }) => overlay.merging.figures);
    expect(figures.reduce((sum, { ringsFound }) => sum + ringsFound, 0)).toBeGreaterThan(0);
    const limits = { deadlineUs: 10e6 };
    const target = from.overlay.contacts.nameOnly("net.c");
    const reply = await from.overlay.routeToName(from.member, target, undefined, limits);
    expect(from.overlay.contacts.name(reply.by)).toBe("net.c");
  },
  30_000,
);
