import { SkipnetError } from "../../core/errors.ts";
import type { ContractHarness } from "./harness.ts";
import { ContractNote } from "./messages.ts";
import type { SceneTest } from "./scene.ts";

/** What the transport says about itself is plausible, and bad addresses are typed errors. */
export function introspectionTests(test: SceneTest, harness: ContractHarness): void {
  test("health tells of a peer that was talked to", async (scene) => {
    const near = await scene.near();
    const far = await scene.far();
    await scene.acquaint(near, far);
    const health = near.transport.health(near.port, near.transport.peer(far.endpoint));
    scene.equal(health?.state, "up", "state");
    scene.holds((health?.srttUs ?? -1) >= 0, "a round-trip time");
    scene.holds((health?.rtoUs ?? 0) > 0, "a retransmission timeout");
    scene.holds((health?.loss ?? -1) >= 0 && (health?.loss ?? 2) <= 1, "a share of loss");
    await scene.until("nothing is in flight", () => {
      const now = near.transport.health(near.port, near.transport.peer(far.endpoint));
      return now?.inFlight === 0 && now.queued === 0;
    });
  });

  test("bounds are positive, add up, and are finite where a hang is noticed", async (scene) => {
    const { bounds, capabilities } = await scene.transport().then((transport) => ({
      bounds: transport.bounds(),
      capabilities: transport.capabilities,
    }));
    const { rttUs, verdictUs, verdictPerKiBUs, suspectUs, downUs, steps } = bounds;
    scene.holds(rttUs > 0 && verdictUs > 0 && suspectUs > 0, "positive");
    scene.holds(verdictPerKiBUs >= 0, "no less for more");
    scene.holds(suspectUs <= downUs, "suspect comes before down");
    scene.holds(steps.length > 0 && steps.every(({ what }) => what.length > 0), "steps");
    if (capabilities.detectsHang) {
      scene.holds(Number.isFinite(verdictUs) && Number.isFinite(downUs), "finite");
    }
  });

  test("what is sent is counted, by type too", async (scene) => {
    const near = await scene.near();
    const far = await scene.far();
    const before = near.transport.stats().byType[ContractNote.name] ?? { count: 0, bytes: 0 };
    const peer = near.transport.peer(far.endpoint);
    for (let id = 1; id <= 5; id++) near.note(peer, id, id);
    await scene.verdicts(near, [1, 2, 3, 4, 5]);
    const stats = near.transport.stats();
    const counted = stats.byType[ContractNote.name] ?? { count: 0, bytes: 0 };
    scene.equal(counted.count - before.count, 5, "notes");
    scene.holds(counted.bytes - before.bytes >= 5 * 8, "their bytes");
    scene.holds(stats.messagesSent >= 5 && stats.bytesSent >= counted.bytes, "sums");
  });

  if (!harness.exclusiveAddresses) return;
  test("an address in use is E_ADDRESS_IN_USE, another kind's address E_ADDRESS", async (scene) => {
    const near = await scene.near();
    const other = await scene.transport();
    const code = async (address: string): Promise<string> => {
      try {
        await other.open(address as typeof near.endpoint.address, near);
        return "opened";
      } catch (error) {
        return error instanceof SkipnetError ? error.code : String(error);
      }
    };
    scene.equal(await code(near.endpoint.address), "E_ADDRESS_IN_USE", "in use");
    scene.equal(await code("nonsense://127.0.0.1:1"), "E_ADDRESS", "another kind");
    await other.close();
    scene.equal(await code(scene.network.listen()), "E_CLOSED", "after close");
  });
}
