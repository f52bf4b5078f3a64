import { afterEach, expect, test, vi } from "vitest";
import { ANY_INCARNATION, type Incarnation, parseAddress } from "../../../src/core/address.ts";
import { RETURN_TO_SENDER } from "../../../src/transport/transport.ts";
import { LiveNode } from "./live-nodes.ts";
import { Note } from "./virtual-net.ts";

afterEach(async () => {
  const sockets = () => process.getActiveResourcesInfo().filter((kind) => /UDP/.test(kind));
  await expect.poll(sockets).toEqual([]);
});

const until = (done: () => boolean) => vi.waitUntil(done, { timeout: 20_000, interval: 5 });

test("a message and its answer over real sockets, each with its verdict", async () => {
  await using a = await LiveNode.open();
  await using b = await LiveNode.open();
  b.onMessageHook = (from) => void b.send(from, "answer", 7);
  a.send(a.peer(b), "question", 1);
  await until(() => a.received.length === 1 && b.verdicts.size === 1 && a.verdicts.size === 1);
  expect(b.received[0]?.text).toBe("question");
  expect(a.verdicts.get(1)).toEqual({ outcome: "delivered" });
  expect(b.verdicts.get(7)).toEqual({ outcome: "delivered" });
  expect(b.transport.endpointOf(b.received[0]!.from)).toEqual(a.endpoint);
  expect(a.states.map(({ state, reason }) => `${state} ${reason}`)).toEqual(["up heard"]);
});

test("a mebibyte arrives whole, and a byte more is refused", async () => {
  await using a = await LiveNode.open();
  await using b = await LiveNode.open();
  const body = Uint8Array.from({ length: 1 << 20 }, (_, i) => i % 251);
  let got: Uint8Array | undefined;
  b.onMessageHook = (_from, message) => {
    if (Note.is(message)) got = message.body;
  };
  a.transport.send(a.port, a.peer(b), Note.make({ body }), 1 as never);
  a.transport.send(
    a.port,
    a.peer(b),
    Note.make({ body: new Uint8Array((1 << 20) + 1) }),
    2 as never,
  );
  await until(() => a.verdicts.size === 2);
  expect(a.verdicts.get(1)).toEqual({ outcome: "delivered" });
  expect(a.verdicts.get(2)).toEqual({ outcome: "refused", reason: "tooLarge" });
  expect(Buffer.compare(got!, body)).toBe(0);
});

test("ten thousand messages in one go all arrive once, the sender held back by slow and drain", async () => {
  await using a = await LiveNode.open({ queueMessages: 1_000 });
  await using b = await LiveNode.open();
  const to = a.peer(b);
  let next = 1;
  let full = 0;
  const fill = () => {
    while (next <= 10_000) {
      const result = a.send(to, `message ${next}`, next);
      if (result === "full") full++;
      else next++;
      if (result !== "sent") return;
    }
  };
  a.onDrain = fill;
  fill();
  await until(() => a.verdicts.size === 10_000);
  expect(new Set(b.received.map(({ text }) => text)).size).toBe(10_000);
  expect(b.received.length).toBe(10_000);
  expect([...a.verdicts.values()].every(({ outcome }) => outcome === "delivered")).toBe(true);
  expect(full).toBe(0);
  // Many messages share a datagram.
  expect(a.transport.stats().datagramsSent).toBeLessThan(2_000);
});

test("nobody there: every send is answered, and messages come back to their sender", async () => {
  await using a = await LiveNode.open();
  const gone = await LiveNode.open();
  const peer = a.peer(gone);
  await gone[Symbol.asyncDispose]();
  a.send(peer, "lost", 1);
  a.send(peer, "forwarded", RETURN_TO_SENDER);
  await until(() => a.verdicts.size === 1 && a.returned.length === 1);
  expect(a.verdicts.get(1)?.outcome).toBe("unknown");
  expect(a.returned[0]?.text).toBe("forwarded");
  await until(() => a.states.some(({ state }) => state === "down"));
  a.send(peer, "too late", 2);
  await until(() => a.verdicts.size === 2);
  expect(a.verdicts.get(2)).toEqual({ outcome: "refused", reason: "peerDown" });
});

test("a restarted process is another peer: nothing for the old life reaches the new", async () => {
  await using a = await LiveNode.open();
  // Killed, not closed: no farewell.
  const old = await LiveNode.open({ closeCopies: 0 });
  const oldPeer = a.peer(old);
  a.send(oldPeer, "one", 1);
  await until(() => a.verdicts.size === 1);
  const { port } = new URL(old.endpoint.address);
  await old[Symbol.asyncDispose]();
  await using fresh = await LiveNode.open({}, Number(port));
  a.send(oldPeer, "two", 2);
  await until(() => a.verdicts.size === 2);
  expect(a.verdicts.get(2)).toEqual({ outcome: "unknown", reason: "restarted" });
  expect(a.states.at(-1)).toMatchObject({ peer: oldPeer, state: "down", reason: "restarted" });
  const newPeer = a.peer(fresh);
  expect(newPeer).not.toBe(oldPeer);
  a.send(newPeer, "three", 3);
  await until(() => a.verdicts.size === 3);
  expect(fresh.received.map(({ text }) => text)).toEqual(["three"]);
});

test("a peer asked for as any incarnation becomes the one that answers", async () => {
  await using a = await LiveNode.open();
  await using b = await LiveNode.open();
  const { address } = b.endpoint;
  const named = parseAddress(address.replace("127.0.0.1", "localhost"));
  const any = a.transport.peer({ address: named, incarnation: ANY_INCARNATION });
  a.send(any, "who is there", 1);
  await until(() => a.verdicts.size === 1);
  expect(a.verdicts.get(1)).toEqual({ outcome: "delivered" });
  expect(a.transport.endpointOf(any)).toEqual(b.endpoint);
  expect(a.peer(b)).toBe(any);
});

test("a host that does not exist is refused before anything is sent", async () => {
  await using a = await LiveNode.open();
  const address = parseAddress("udp://no-such-host.invalid:7000");
  const peer = a.transport.peer({ address, incarnation: 1 as Incarnation });
  a.send(peer, "nowhere", 1);
  await until(() => a.verdicts.size === 1);
  expect(a.verdicts.get(1)).toEqual({ outcome: "refused", reason: "neverSent" });
});

test("a port in use, a foreign scheme and a closed transport are typed errors", async () => {
  await using a = await LiveNode.open();
  const { port } = new URL(a.endpoint.address);
  await expect(LiveNode.open({}, Number(port))).rejects.toMatchObject({ code: "E_ADDRESS_IN_USE" });
  await expect(a.transport.open(parseAddress("tcp://127.0.0.1:0"), a)).rejects.toMatchObject({
    code: "E_ADDRESS",
  });
  await expect(a.transport.open(parseAddress("udp://203.0.113.7:0"), a)).rejects.toMatchObject({
    code: "E_ADDRESS",
  });
  await expect(a.transport.open(parseAddress("udp://0.0.0.0:0"), a)).rejects.toMatchObject({
    code: "E_OPTIONS",
  });
  await a.transport.close();
  await expect(a.transport.open(parseAddress("udp://127.0.0.1:0"), a)).rejects.toMatchObject({
    code: "E_CLOSED",
  });
});

test("close settles what is in flight and the other side hears of it", async () => {
  await using a = await LiveNode.open();
  await using b = await LiveNode.open();
  a.send(a.peer(b), "hello", 1);
  await until(() => a.verdicts.size === 1 && b.states.length === 1);
  a.send(a.peer(b), "in flight", 2);
  await a.transport.close();
  expect(a.verdicts.get(2)).toEqual({ outcome: "refused", reason: "closed" });
  await until(() => b.states.length === 2);
  expect(b.states[1]).toMatchObject({ state: "down", reason: "closed" });
  a.send(a.peer(b), "afterwards", 3);
  await until(() => a.verdicts.has(3));
  expect(a.verdicts.get(3)).toEqual({ outcome: "refused", reason: "closed" });
});
