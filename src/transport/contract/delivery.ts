import { ANY_INCARNATION } from "../../core/address.ts";
import { ballast, ContractNote, ContractTick } from "./messages.ts";
import type { SceneTest } from "./scene.ts";

const MIB = 1 << 20;

/** Messages arrive, once, at the right node, from the right node. */
export function deliveryTests(test: SceneTest): void {
  test("a message arrives with its sender's identity, and the answer comes back the same way", async (scene) => {
    const near = await scene.near();
    const far = await scene.far();
    const peer = near.transport.peer(far.endpoint);
    near.send(peer, ContractNote.make({ id: 7, echo: true, data: ballast(100) }));
    await scene.until("the answer is back", () => near.messages.length === 1);
    scene.equal(near.messages, [{ id: 7, from: far.endpoint, bytes: 100 }], "the answer");
    scene.equal(
      await far.received(),
      [{ id: 7, from: near.endpoint, bytes: 100 }],
      "what the far node got",
    );
    scene.equal(near.transport.endpointOf(peer), far.endpoint, "the endpoint of the peer");
    scene.equal(near.transport.peer(far.endpoint), peer, "the same endpoint is the same peer");
  });

  test("a peer of any incarnation is whichever is there", async (scene) => {
    const near = await scene.near();
    const far = await scene.far();
    const { address } = far.endpoint;
    const peer = near.transport.peer({ address, incarnation: ANY_INCARNATION });
    near.send(peer, ContractNote.make({ id: 1, echo: true, data: ballast(1) }), 5);
    await scene.until("the answer is back", () => near.messages.length === 1);
    scene.equal(near.messages[0]?.from, far.endpoint, "who answered");
    await scene.verdicts(near, [5]);
  });

  test("a flat message may be filled again as soon as send returns", async (scene) => {
    const near = await scene.near();
    const far = await scene.far();
    const peer = near.transport.peer(far.endpoint);
    const tick = ContractTick.make({ id: 0, echo: true });
    for (let id = 1; id <= 50; id++) {
      tick.id = id;
      near.send(peer, tick);
    }
    tick.id = 99;
    await scene.until("all answers are back", () => near.messages.length >= 50);
    const ids = near.messages.map(({ id }) => id).sort((a, b) => a - b);
    scene.equal(
      ids,
      Array.from({ length: 50 }, (_, i) => i + 1),
      "the ids that came back",
    );
  });

  manyTests(test);
}

function manyTests(test: SceneTest): void {
  test("many messages arrive exactly once, in order where that is promised", async (scene) => {
    const near = await scene.near();
    const far = await scene.far();
    const peer = near.transport.peer(far.endpoint);
    const tokens = Array.from({ length: 500 }, (_, i) => i + 1);
    for (const token of tokens) {
      scene.equal(near.note(peer, token, token, ballast(token % 200)) !== "full", true, "accepted");
    }
    await scene.verdicts(near, tokens);
    scene.equal(scene.outcomes(near, tokens), ["delivered"], "outcomes");
    const ids = (await far.received()).map(({ id }) => id);
    if (!near.transport.capabilities.ordered) ids.sort((a, b) => a - b);
    scene.equal(ids, tokens, "what the far node got");
  });

  test("two ports of one transport are two nodes", async (scene) => {
    const node = await scene.near();
    const { transport } = node;
    const at = await transport.open(scene.network.listen(), node);
    const other = transport.localEndpoint(at);
    scene.holds(other.address !== node.endpoint.address, "two addresses");
    node.note(transport.peer(other), 3, 4);
    await scene.verdicts(node, [4]);
    await scene.until("it is there", () => node.elsewhere.length === 1);
    scene.equal(node.elsewhere, [{ id: 3, from: node.endpoint, bytes: 8, at }], "what it got");
    scene.equal(node.messages, [], "what the sender got");
  });

  test("1 MiB arrives whole or is refused as too large; what is over the limit is refused", async (scene) => {
    const near = await scene.near();
    const far = await scene.far();
    const peer = near.transport.peer(far.endpoint);
    near.note(peer, 1, 1, ballast(MIB));
    near.note(peer, 2, 2, ballast(near.transport.messageBytesMax + 1));
    near.note(peer, 3, 3);
    await scene.verdicts(near, [1, 2, 3]);
    const tooLarge = [{ outcome: "refused", reason: "tooLarge" }];
    scene.equal(near.verdicts.get(2), tooLarge, "over the limit");
    scene.equal(scene.outcomes(near, [3]), ["delivered"], "the small one after them");
    const got = (await far.received()).filter(({ id }) => id === 1);
    if (near.transport.messageBytesMax >= MIB + 64) {
      scene.equal(near.verdicts.get(1), [{ outcome: "delivered" }], "1 MiB");
      scene.equal(got, [{ id: 1, from: near.endpoint, bytes: MIB }], "1 MiB at the far node");
    } else {
      scene.equal(near.verdicts.get(1), tooLarge, "1 MiB");
      scene.equal(got, [], "1 MiB at the far node");
    }
  });
}
