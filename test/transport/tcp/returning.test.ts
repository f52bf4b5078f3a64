import { expect, test } from "vitest";
import { helloFrame } from "../../../src/transport/tcp/frames.ts";
import { encodeHello } from "../../../src/transport/tcp/hello.ts";
import { HELLO_TIMEOUT_US, tcpOptions } from "../../../src/transport/tcp/options.ts";
import { type Process, peerOf, start } from "./processes.ts";
import { Machine, VirtualNet } from "./virtual-net.ts";

const second = 1_000_000;

const states = ({ node }: Process) => node.states.map(({ state, reason }) => `${state} ${reason}`);

/** `a` watches `b` and has just called it down, for it stands still. */
async function givenUp(seed: string) {
  const net = new VirtualNet(seed);
  const [a, b] = [await start(net, 1), await start(net, 2)];
  const toB = peerOf(a, b);
  a.node.transport.watch(a.node.port, toB);
  b.node.transport.watch(b.node.port, peerOf(b, a));
  a.node.note(toB, 1, 1);
  await net.run(2 * second);
  b.machine.hang(true);
  while (!states(a).includes("down silent")) await net.run(10_000);
  return { net, a, b, toB };
}

test("who was called down for its silence and dials again is up, as a false alarm, without anybody sending", async () => {
  const { net, a, b } = await givenUp("dials again");
  await net.run(second);
  b.machine.hang(false);
  await net.run(2 * second);
  expect(states(a).slice(-2)).toEqual(["down silent", "up heard"]);
  expect(a.node.transport.stats().revived).toBe(1);
  b.node.note(peerOf(b, a), 9, 9);
  a.node.note(peerOf(a, b), 8, 8);
  await net.run(second);
  expect(b.node.verdicts.get(9)).toEqual([{ outcome: "delivered" }]);
  expect(a.node.verdicts.get(8)).toEqual([{ outcome: "delivered" }]);
  expect(net.pipes.size).toBe(1);
});

test("a greeting that lay in a queue since before the death brings nobody back", async () => {
  const { net, a, b, toB } = await givenUp("old greeting");
  b.machine.kill();
  const ghost = new Machine(net, b.machine.host);
  const { address, incarnation } = b.node.endpoint;
  const greeting = { dialled: true, asks: false, session: 77, dials: 9, messageBytesMax: 1 << 20 };
  const hello = helloFrame(encodeHello({ ...greeting, incarnation, address }));
  let answered = 0;
  const target = { host: a.machine.host, port: 7_000, localHost: undefined };
  const socket = ghost.sockets().dial(target, {
    onConnect: () => socket.write(hello),
    onData: (chunk) => {
      answered += chunk.length;
    },
    onDrain: () => {},
    onClose: () => {},
  });
  await net.run(second);
  expect(answered).toBeGreaterThan(hello.length - 10);
  expect(states(a).at(-1)).toBe("down silent");
  expect(a.node.transport.health(a.node.port, toB)?.state).toBe("down");
  expect(a.node.transport.stats().revived).toBe(0);
  // Nor does it cost a connection for long.
  await net.run(HELLO_TIMEOUT_US);
  expect(net.pipes.size).toBe(0);
});

test("a send soon after the verdict is refused at once; later it is a new attempt", async () => {
  const { net, a, b, toB } = await givenUp("a send");
  a.node.note(toB, 2, 2);
  await net.run(1_000);
  expect(a.node.verdicts.get(2)).toEqual([{ outcome: "refused", reason: "peerDown" }]);
  await net.run(tcpOptions().retryDownUs);
  a.node.note(toB, 3, 3);
  await net.run(100_000);
  expect(a.node.verdicts.has(3)).toBe(false);
  b.machine.hang(false);
  await net.run(2 * second);
  expect(a.node.verdicts.get(3)).toEqual([{ outcome: "delivered" }]);
  expect(states(a).slice(-2)).toEqual(["down silent", "up heard"]);
});

test("a new attempt in vain says so once more by its verdict, and not by another down", async () => {
  const { net, a, toB } = await givenUp("in vain");
  await net.run(tcpOptions().retryDownUs);
  a.node.note(toB, 3, 3);
  await net.run(12 * second);
  expect(a.node.verdicts.get(3)?.[0]?.outcome).not.toBe("delivered");
  expect(a.node.verdicts.get(3)).toHaveLength(1);
  expect(states(a).filter((state) => state.startsWith("down"))).toEqual(["down silent"]);
});

test("released and asked for anew, a peer that is down is tried at once", async () => {
  const { net, a, b, toB } = await givenUp("anew");
  const { endpoint } = b.node;
  a.node.transport.release(toB);
  b.machine.hang(false);
  const again = a.node.transport.peer(endpoint);
  expect(again).not.toBe(toB);
  a.node.note(again, 5, 5);
  await net.run(second);
  expect(a.node.verdicts.get(5)).toEqual([{ outcome: "delivered" }]);
  expect(a.node.transport.stats().revived).toBe(1);
});

test("a first watcher of a peer that is down makes a new attempt, and hears when it fails", async () => {
  const { net, a, b, toB } = await givenUp("watcher");
  a.node.transport.unwatch(a.node.port, toB);
  await net.run(tcpOptions().retryDownUs);
  a.node.transport.watch(a.node.port, toB);
  await net.run(8 * second);
  expect(states(a).at(-1)).toMatch(/^down (silent|refused)$/);
  b.machine.hang(false);
  await net.run(2 * second);
  expect(states(a).at(-1)).toBe("up heard");
});

test("who said goodbye is down for good", async () => {
  const net = new VirtualNet("goodbye");
  const [a, b] = [await start(net, 1), await start(net, 2)];
  const toB = peerOf(a, b);
  a.node.transport.watch(a.node.port, toB);
  a.node.note(toB, 1, 1);
  await net.run(second);
  const closed = b.node.transport.close();
  await net.run(second);
  await closed;
  expect(states(a)).toEqual(["down closed"]);
  await net.run(5 * second);
  a.node.note(toB, 2, 2);
  await net.run(second);
  expect(a.node.verdicts.get(2)).toEqual([{ outcome: "refused", reason: "peerDown" }]);
});
