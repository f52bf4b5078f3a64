import type { ContractHarness, FarNode } from "./harness.ts";
import { ballast } from "./messages.ts";
import type { NearNode } from "./near-node.ts";
import type { Scene, SceneTest } from "./scene.ts";

const range = (from: number, count: number): number[] =>
  Array.from({ length: count }, (_, i) => from + i);

/** Sends notes with tokens equal to their ids; gives those that were taken. */
function sendAll(near: NearNode, far: FarNode, tokens: readonly number[]): number[] {
  const peer = near.transport.peer(far.endpoint);
  return tokens.filter((token) => near.note(peer, token, token, ballast(64)) !== "full");
}

/** Every token gets exactly one verdict, and a verdict never lies. */
export function verdictTests(test: SceneTest, { faults }: ContractHarness): void {
  test("who gives no token gets no verdict", async (scene) => {
    const near = await scene.near();
    const far = await scene.far();
    near.note(near.transport.peer(far.endpoint), 1);
    near.note(near.transport.peer(far.endpoint), 2, 2);
    await scene.verdicts(near, [2]);
    await scene.until("both are there", async () => (await far.received()).length === 2);
    scene.equal([...near.verdicts.keys()], [2], "tokens with a verdict");
  });

  test("an address where nobody listens gives each send one verdict, none of them delivered", async (scene) => {
    const near = await scene.near();
    const address = scene.network.unanswered();
    const endpoint = { address, incarnation: near.endpoint.incarnation };
    const tokens = range(1, 5).filter(
      (token) => near.note(near.transport.peer(endpoint), token, token) !== "full",
    );
    await scene.verdicts(near, tokens);
    scene.holds(!scene.outcomes(near, tokens).includes("delivered"), "none is delivered");
  });

  if (faults.kill) {
    test("a killed peer: one verdict a token, and what is delivered was delivered before", async (scene) => {
      const { near, far, before, after } = await brokenScene(scene, (node) => node.kill());
      await scene.verdicts(near, [...before, ...after]);
      scene.equal(scene.outcomes(near, before), ["delivered"], "sent before");
      scene.holds(!scene.outcomes(near, after).includes("delivered"), "none sent after");
      scene.holds(far.endpoint.incarnation > 0, "an incarnation");
    });

    test("a restarted process is another peer: it gets nothing that was sent to the former", async (scene) => {
      const { near, far, after } = await brokenScene(scene, (node) => node.kill());
      const again = await far.restart();
      scene.equal(again.endpoint.address, far.endpoint.address, "the same address");
      scene.holds(again.endpoint.incarnation > far.endpoint.incarnation, "a later life");
      const late = sendAll(near, far, range(501, 5));
      const fresh = sendAll(near, again, range(601, 5));
      await scene.verdicts(near, [...after, ...late, ...fresh]);
      scene.holds(
        !scene.outcomes(near, [...after, ...late]).includes("delivered"),
        "to the former",
      );
      const ids = (await again.received()).map(({ id }) => id);
      const delivered = fresh.filter((t) => near.verdicts.get(t)?.[0]?.outcome === "delivered");
      scene.equal(
        ids.sort((a, b) => a - b),
        delivered,
        "what the new life got",
      );
      scene.equal(delivered, fresh, "everything sent to the new life is delivered");
    });
  }
  silentTests(test, { faults });
  closeTests(test);
}

/** Ten messages before the fault, ten after. */
async function brokenScene(
  scene: Scene,
  fault: (far: FarNode) => Promise<void>,
): Promise<{ near: NearNode; far: FarNode; before: number[]; after: number[] }> {
  const near = await scene.near();
  const far = await scene.far();
  const before = sendAll(near, far, range(1, 10));
  await scene.verdicts(near, before);
  await fault(far);
  const after = sendAll(near, far, range(101, 10));
  return { near, far, before, after };
}

/** Faults that only a transport with a detector of its own notices. */
function silentTests(test: SceneTest, { faults }: Pick<ContractHarness, "faults">): void {
  const silences = [
    { what: "hanging", can: faults.hang, fault: (far: FarNode) => far.hang() },
    { what: "unreachable", can: faults.cut, fault: (far: FarNode) => far.cut() },
  ];
  for (const { what, can, fault } of silences) {
    if (!can) continue;
    test(`a ${what} peer: one verdict a token, where that is noticed`, async (scene) => {
      const { near, after } = await brokenScene(scene, fault);
      if (!near.transport.capabilities.detectsHang) return;
      await scene.verdicts(near, after);
      scene.holds(!scene.outcomes(near, after).includes("delivered"), "none is delivered");
    });
  }
}

function closeTests(test: SceneTest): void {
  test("close settles what is in flight, once, and twice is as good", async (scene) => {
    const near = await scene.near();
    const far = await scene.far();
    await scene.acquaint(near, far);
    const tokens = sendAll(near, far, range(1, 200));
    const first = near.transport.close();
    const second = near.transport.close();
    await Promise.all([first, second]);
    await scene.until("every token has its verdict", () => near.settled(tokens) === tokens.length);
    const doubled = tokens.filter((token) => near.verdicts.get(token)?.length !== 1);
    scene.equal(doubled, [], "tokens with more than one verdict");
    await near.transport.close();
    const peer = near.transport.peer(far.endpoint);
    const answer = near.note(peer, 999, 999);
    await scene.network.advance(20);
    const verdicts = near.verdicts.get(999) ?? [];
    if (answer === "full") scene.equal(verdicts, [], "verdicts of what was answered full");
    else
      scene.equal(
        verdicts.map((v) => v.outcome),
        ["refused"],
        "a send after close",
      );
  });

  test("close without a single message", async (scene) => {
    const near = await scene.near();
    await near.transport.close();
    scene.equal([...near.verdicts.keys()], [], "verdicts");
  });
}
