import type { ContractHarness, FarNode } from "./harness.ts";
import type { NearNode } from "./near-node.ts";
import type { Scene, SceneTest } from "./scene.ts";

interface Fault {
  readonly what: string;
  readonly can: boolean;
  /** Only a transport with a detector of its own notices it. */
  readonly silent: boolean;
  inflict(far: FarNode): Promise<void>;
}

/** Failures are noticed without a message being sent; a false alarm is taken back, and counted. */
export function watchingTests(test: SceneTest, { faults }: ContractHarness): void {
  const all: readonly Fault[] = [
    { what: "killed", can: faults.kill, silent: false, inflict: (far) => far.kill() },
    { what: "hanging", can: faults.hang, silent: true, inflict: (far) => far.hang() },
    { what: "unreachable", can: faults.cut, silent: true, inflict: (far) => far.cut() },
  ];
  for (const { what, can, silent, inflict } of all) {
    if (!can) continue;
    test(`a watched peer that is ${what} is down, where that is noticed`, async (scene) => {
      const { near, far, peer } = await watched(scene);
      if (silent && !near.transport.capabilities.detectsHang) return;
      await inflict(far);
      await scene.until("down", () => isDown(near), scene.patienceMs(near, "downUs"));
      const states = near.states.map(({ state }) => state);
      scene.equal(states.indexOf("down"), states.length - 1, "the last state");
      scene.equal(near.states.at(-1)?.peer, peer, "whose");
      scene.equal(near.note(peer, 1, 1) !== "full", true, "a send is taken");
      await scene.verdicts(near, [1]);
      scene.holds(!scene.outcomes(near, [1]).includes("delivered"), "it is not delivered");
      scene.equal(near.states.filter(({ state }) => state === "down").length, 1, "downs");
      scene.equal(near.states.at(-1)?.state, "down", "the last state at the end");
    });

    if (!silent) continue;
    test(`a peer that was ${what} and called down is up again once reached: a false alarm`, async (scene) => {
      const { near, far, peer } = await watched(scene);
      if (!near.transport.capabilities.detectsHang) return;
      await inflict(far);
      await scene.until("down", () => isDown(near), scene.patienceMs(near, "downUs"));
      await (what === "hanging" ? far.resume() : far.heal());
      const tokens: number[] = [];
      await scene.until("a message is delivered", () => {
        tokens.push(tokens.length + 1);
        near.note(peer, tokens.length, tokens.length);
        return scene.outcomes(near, tokens).includes("delivered");
      });
      await scene.until("up", () => near.states.at(-1)?.state === "up");
      scene.equal(near.states.at(-1)?.reason, "heard", "why it is up");
      scene.equal(near.states.filter(({ state }) => state === "down").length, 1, "downs");
      scene.equal(near.transport.stats().revived, 1, "false alarms counted");
    });
  }

  if (!faults.kill) return;
  test("who does not watch any more hears no more; watching is counted", async (scene) => {
    const { near, far, peer } = await watched(scene);
    const other = await scene.near();
    const same = other.transport.peer(far.endpoint);
    for (let times = 0; times < 3; times++) other.transport.watch(other.port, same);
    for (let times = 0; times < 2; times++) other.transport.unwatch(other.port, same);
    near.transport.unwatch(near.port, peer);
    const before = near.states.length;
    await scene.network.advance(50);
    await far.kill();
    await scene.until("down", () => isDown(other), scene.patienceMs(other, "downUs"));
    scene.equal(near.states.length, before, "states told after unwatch");
  });

  test("a watched peer that restarts is down, and its next life is another peer", async (scene) => {
    const { near, far, peer } = await watched(scene);
    await far.kill();
    const again = await far.restart();
    await scene.until("down", () => isDown(near), scene.patienceMs(near, "downUs"));
    const next = near.transport.peer(again.endpoint);
    scene.holds(next !== peer, "another peer");
    near.transport.watch(near.port, next);
    near.note(next, 1, 1);
    await scene.verdicts(near, [1]);
    scene.equal(scene.outcomes(near, [1]), ["delivered"], "a message to the next life");
    const down = near.states.filter(({ state }) => state === "down").map((s) => s.peer);
    scene.equal(down, [peer], "who is down");
  });
}

function isDown(near: NearNode): boolean {
  return near.states.some(({ state }) => state === "down");
}

/** A node that watches a peer it has talked to. */
async function watched(scene: Scene): Promise<{
  near: NearNode;
  far: FarNode;
  peer: ReturnType<NearNode["transport"]["peer"]>;
}> {
  const near = await scene.near();
  const far = await scene.far();
  await scene.acquaint(near, far);
  const peer = near.transport.peer(far.endpoint);
  near.transport.watch(near.port, peer);
  await scene.network.advance(50);
  return { near, far, peer };
}
