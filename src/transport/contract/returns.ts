import { RETURN_TO_SENDER } from "../transport.ts";
import type { ContractHarness } from "./harness.ts";
import { ballast, ContractTick } from "./messages.ts";
import type { SceneTest } from "./scene.ts";

/** `RETURN_TO_SENDER` hands back what was not certainly delivered, and nothing else. */
export function returnTests(test: SceneTest, { faults }: ContractHarness): void {
  test("what is delivered is not returned, and has no verdict", async (scene) => {
    const near = await scene.near();
    const far = await scene.far();
    const peer = near.transport.peer(far.endpoint);
    for (let id = 1; id <= 20; id++) near.note(peer, id, RETURN_TO_SENDER);
    near.note(peer, 21, 21);
    await scene.verdicts(near, [21]);
    await scene.until("all are there", async () => (await far.received()).length === 21);
    await scene.network.advance(100);
    scene.equal(near.returned, [], "returned");
    scene.equal([...near.verdicts.keys()], [21], "tokens with a verdict");
  });

  test("what is too large is returned", async (scene) => {
    const near = await scene.near();
    const far = await scene.far();
    const peer = near.transport.peer(far.endpoint);
    near.note(peer, 9, RETURN_TO_SENDER, ballast(near.transport.messageBytesMax + 1));
    await scene.until("it is back", () => near.returned.length === 1);
    const verdict = { outcome: "refused", reason: "tooLarge" };
    scene.equal(near.returned, [{ id: 9, to: peer, verdict }], "returned");
  });

  if (!faults.kill) return;
  test("what a killed peer did not get is returned, each message once, as it was sent", async (scene) => {
    const near = await scene.near();
    const far = await scene.far();
    await scene.acquaint(near, far);
    const peer = near.transport.peer(far.endpoint);
    await far.kill();
    const tick = ContractTick.make({ id: 0, echo: false });
    for (let id = 1; id <= 20; id++) {
      tick.id = id;
      near.send(peer, tick, RETURN_TO_SENDER);
    }
    tick.id = 77;
    await scene.until(
      "all are back",
      () => near.returned.length >= 20,
      scene.patienceMs(near, "verdictUs"),
    );
    await scene.network.advance(50);
    const ids = near.returned.map(({ id }) => id).sort((a, b) => a - b);
    scene.equal(
      ids,
      Array.from({ length: 20 }, (_, i) => i + 1),
      "returned",
    );
    const outcomes = new Set(near.returned.map(({ verdict }) => verdict.outcome));
    scene.equal(outcomes.has("delivered"), false, "returned although delivered");
    scene.equal(near.verdicts.size, 0, "verdicts of messages that are returned");
  });
}
