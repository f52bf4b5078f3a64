import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { afterEach, expect, test, vi } from "vitest";
import { type Incarnation, parseAddress } from "../../../src/core/address.ts";
import { seededRandom } from "../../../src/core/random.ts";
import { udpOptions } from "../../../src/transport/udp/options.ts";
import { PeerDirectory } from "../../../src/transport/udp/peer-directory.ts";
import { UdpProtocol } from "../../../src/transport/udp/protocol.ts";
import { LiveNode } from "./live-nodes.ts";
import { noteCodec } from "./virtual-net.ts";

const INCARNATION = 4_711 as Incarnation;

afterEach(async () => {
  const sockets = () => process.getActiveResourcesInfo().filter((kind) => /UDP/.test(kind));
  await expect.poll(sockets).toEqual([]);
});

const until = (done: () => boolean) => vi.waitUntil(done, { timeout: 20_000, interval: 5 });

/** The protocol on a bare socket, deaf to some of those that send to it. */
class HalfDeaf implements AsyncDisposable {
  readonly deafTo = new Set<number>();
  readonly #socket: Socket = createSocket("udp4");
  readonly #turns: NodeJS.Timeout;
  readonly protocol = new UdpProtocol({
    options: udpOptions({ preset: "loopback" }),
    codec: noteCodec,
    incarnation: INCARNATION,
    directory: new PeerDirectory(),
    random: seededRandom("half deaf"),
  });

  constructor() {
    const nowUs = () => Math.floor(performance.now() * 1_000);
    const poll = (): void => {
      this.protocol.poll(nowUs(), (bytes, host, port) => this.#socket.send(bytes, port, host));
      while (this.protocol.events.take() !== undefined);
    };
    this.#socket.on("message", (bytes, { address, port }) => {
      if (this.deafTo.has(port)) return;
      this.protocol.input(bytes, address, port, nowUs());
      poll();
    });
    this.#turns = setInterval(poll, 5);
  }

  async listen() {
    this.#socket.bind(0, "127.0.0.1");
    await once(this.#socket, "listening");
    const address = parseAddress(`udp://127.0.0.1:${this.#socket.address().port}`);
    return { address, incarnation: INCARNATION };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#turns);
    this.#socket.close();
    await once(this.#socket, "close");
  }
}

test("over real sockets: a peer that only we do not reach is vouched for, and is up again once we do", async () => {
  const patient = { vouchHoldUs: 15_000_000, messageDeadlineUs: 30_000_000 };
  await using a = await LiveNode.open(patient);
  await using c = await LiveNode.open();
  await using b = new HalfDeaf();
  const endpoint = await b.listen();
  const toB = a.transport.peer(endpoint);
  a.transport.assistedBy?.((port, about) => {
    expect([port, about]).toEqual([a.port, toB]);
    return [a.peer(c)];
  });
  a.send(toB, "hello", 1);
  a.send(a.peer(c), "hello", 2);
  c.send(c.transport.peer(endpoint), "hello", 3);
  await until(() => a.verdicts.size === 2 && c.verdicts.size === 1);
  // Each has used the other's session, so that addresses are proven.
  a.send(a.peer(c), "again", 4);
  c.send(c.peer(a), "again", 5);
  await until(() => a.verdicts.size === 3 && c.verdicts.size === 2);

  b.deafTo.add(Number(new URL(a.endpoint.address).port));
  a.send(toB, "unheard", 6);
  await until(() => (a.transport.stats().vouched ?? 0) > 2);
  expect(a.transport.health(a.port, toB)?.state).toBe("suspect");
  b.deafTo.clear();
  await until(() => a.verdicts.has(6));
  expect(a.verdicts.get(6)).toEqual({ outcome: "delivered" });
  const states = a.states.filter(({ peer }) => peer === toB).map(({ state }) => state);
  expect(states).toContain("suspect");
  expect(states).not.toContain("down");
  await until(() => a.transport.health(a.port, toB)?.state === "up");
});
