import { createSocket } from "node:dgram";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test, vi } from "vitest";
import { HostProbes } from "../../../src/transport/udp/probe-socket.ts";
import { VirtualNet } from "./virtual-net.ts";

async function listener() {
  const socket = createSocket("udp4");
  let heard = 0;
  socket.on("message", () => heard++);
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  const close = async () => {
    const closed = once(socket, "close");
    socket.close();
    await closed;
  };
  return { port: socket.address().port, close, heard: () => heard };
}

function probes() {
  const refused: number[] = [];
  const answered = new Set<number>();
  const asking = new HostProbes(
    (_host, port) => refused.push(port),
    (_host, port) => !answered.has(port),
  );
  onTestFinished(() => asking.close());
  return { asking, refused, answered };
}

const until = (done: () => boolean) => vi.waitUntil(done, { timeout: 10_000, interval: 1 });

test("a process that still listened when it was asked about is asked about again", async () => {
  const { asking, refused } = probes();
  const dying = await listener();
  asking.ask("127.0.0.1", dying.port);
  await until(() => dying.heard() > 0);
  expect(refused).toEqual([]);
  await dying.close();
  await until(() => refused.length > 0);
  expect(refused).toEqual([dying.port]);
});

test("a question that found all well does not stand in the way of the next one", async () => {
  const { asking, refused } = probes();
  const peer = await listener();
  asking.ask("127.0.0.1", peer.port);
  await until(() => peer.heard() >= 5);
  const before = peer.heard();
  asking.ask("127.0.0.1", peer.port);
  await until(() => peer.heard() >= before + 3);
  await peer.close();
  asking.ask("127.0.0.1", peer.port);
  await until(() => refused.length > 0);
  expect(refused).toEqual([peer.port]);
});

test("who has answered meanwhile is not asked about again, until it is doubted again", async () => {
  const { asking, refused, answered } = probes();
  const peer = await listener();
  asking.ask("127.0.0.1", peer.port);
  await until(() => peer.heard() >= 3);
  answered.add(peer.port);
  await sleep(50);
  const before = peer.heard();
  await sleep(100);
  expect(peer.heard()).toBe(before);
  answered.delete(peer.port);
  await peer.close();
  asking.ask("127.0.0.1", peer.port);
  await until(() => refused.length > 0);
  expect(refused).toEqual([peer.port]);
});

test("after the end nobody is asked any more", async () => {
  const { asking, refused } = probes();
  const peer = await listener();
  asking.ask("127.0.0.1", peer.port);
  await until(() => peer.heard() > 0);
  asking.close();
  await peer.close();
  // Several questions would have been due by then.
  await sleep(50);
  expect(refused).toEqual([]);
});

test("one slow answer at the beginning does not put off a verdict that the host confirms", () => {
  let delayUs = 100_000;
  const net = new VirtualNet(() => [delayUs]);
  const a = net.node(1);
  const b = net.node(2);
  const to = a.peer(b);
  a.send(to, "slow: the other process has to wake up", 1 as never);
  net.advance(1_000_000);
  delayUs = 500;
  a.send(to, "prompt", 2 as never);
  net.advance(1_000_000);
  net.nodes.delete(2);
  const doubts = () => a.events.filter(({ kind }) => kind === "doubt").length;
  const before = doubts();
  a.send(to, "lost", 3 as never);
  net.advance(40_000);
  expect(doubts() - before).toBe(1);
  a.protocol.refusedByHost(net.host, 2, net.nowUs);
  net.advance(40_000);
  expect(a.peerStates.at(-1)).toBe("down refused");
});
