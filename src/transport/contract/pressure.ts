import type { ContractHarness, FarNode } from "./harness.ts";
import { ballast } from "./messages.ts";
import type { NearNode } from "./near-node.ts";
import type { SceneTest } from "./scene.ts";

/** No transport may take this many messages without a word. */
const FLOOD = 200_000;

interface Flood {
  readonly taken: number[];
  readonly refused: number[];
  sawSlow: boolean;
}

/** Sends in one turn until the transport has said `full` ten times. */
function flood(near: NearNode, far: FarNode, bytes: number): Flood {
  const peer = near.transport.peer(far.endpoint);
  const data = ballast(bytes);
  const result: Flood = { taken: [], refused: [], sawSlow: false };
  for (let token = 1; token <= FLOOD && result.refused.length < 10; token++) {
    const answer = near.note(peer, token, token, data);
    if (answer === "full") result.refused.push(token);
    else result.taken.push(token);
    if (answer === "slow") result.sawSlow = true;
  }
  return result;
}

/** Queues are bounded, and the transport says when they fill and when they drain. */
export function pressureTests(test: SceneTest, { faults }: ContractHarness): void {
  test("a flood is told slow, then full, and drain when there is room again", async (scene) => {
    const near = await scene.near();
    const far = await scene.far();
    const { taken, refused, sawSlow } = flood(near, far, 200);
    scene.holds(sawSlow, "slow before full");
    scene.equal(refused.length, 10, "sends answered full");
    await scene.verdicts(near, taken);
    scene.equal(scene.outcomes(near, taken), ["delivered"], "what was taken");
    const peer = near.transport.peer(far.endpoint);
    await scene.until("drain", () => near.drained.includes(peer));
    scene.equal(near.settled(refused), 0, "verdicts of what was answered full");
    scene.equal(near.note(peer, FLOOD + 1, FLOOD + 1), "sent", "a send after drain");
    await scene.verdicts(near, [FLOOD + 1]);
    scene.equal((await far.received()).length, taken.length + 1, "messages at the far node");
  });

  if (!faults.hang) return;
  test("a peer that stops reading fills its queue, and holds up others no longer than its verdicts take", async (scene) => {
    const near = await scene.near();
    const stuck = await scene.far();
    const lively = await scene.far();
    await scene.acquaint(near, stuck);
    await stuck.hang();
    const { taken, refused } = flood(near, stuck, 1_000);
    scene.equal(refused.length, 10, "sends answered full");
    const peer = near.transport.peer(lively.endpoint);
    await scene.until(
      "the lively peer's message is taken",
      () => near.note(peer, 1, 900_001) !== "full",
      scene.patienceMs(near, "verdictUs"),
    );
    await scene.verdicts(near, [900_001]);
    scene.equal(scene.outcomes(near, [900_001]), ["delivered"], "the lively peer");
    if (near.transport.capabilities.detectsHang) await scene.verdicts(near, taken);
    else await stuck.resume();
  });
}
