import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Address, Incarnation } from "../../../src/core/address.ts";
import { ballast, ContractNote } from "../../../src/transport/contract/messages.ts";
import {
  ackFrame,
  byeFrame,
  FRAME_PING,
  helloFrame,
  messageFrame,
  nonceFrame,
  writeMessageId,
} from "../../../src/transport/tcp/frames.ts";
import { encodeHello, type Hello } from "../../../src/transport/tcp/hello.ts";
import type { SocketEnd, StreamSocket } from "../../../src/transport/tcp/socket.ts";
import { type Process, peerOf, start } from "./processes.ts";
import { Machine, VirtualNet } from "./virtual-net.ts";

const second = 1_000_000;

const HELLO: Hello = {
  dialled: true,
  asks: false,
  incarnation: 77 as Incarnation,
  session: 5,
  dials: 1,
  messageBytesMax: 1 << 20,
  address: "tcp://10.0.0.9:9000" as Address,
};

function message(id: number, encoded: Uint8Array): Buffer {
  const bytes = messageFrame(encoded);
  writeMessageId(bytes, id);
  return bytes;
}

/** A stranger that writes what it likes to a process's port. */
async function stranger(net: VirtualNet, victim: Process, bytes: Buffer) {
  const machine = new Machine(net, "10.0.0.9");
  const got: Buffer[] = [];
  const ends: SocketEnd[] = [];
  let socket: StreamSocket | undefined;
  socket = machine.sockets().dial(
    { host: victim.machine.host, port: 7_000, localHost: undefined },
    {
      onConnect: () => socket?.write(bytes),
      onData: (chunk) => got.push(chunk),
      onDrain: () => {},
      onClose: (end) => ends.push(end),
    },
  );
  await net.run(second);
  return { got: Buffer.concat(got), ends };
}

describe("strangers", () => {
  test("any bytes: no throw, the connection ends, others are served", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 5, maxLength: 400 }), async (junk) => {
        const net = new VirtualNet("junk");
        const victim = await start(net, 1);
        const friend = await start(net, 2);
        await stranger(net, victim, Buffer.from(junk));
        friend.node.note(peerOf(friend, victim), 1, 1);
        await net.run(4 * second);
        expect(friend.node.verdicts.get(1)).toEqual([{ outcome: "delivered" }]);
        expect(net.pipes.size).toBe(1);
      }),
      { numRuns: 300 },
    );
  });

  test("junk after a good hello: counted, the connection ends, nothing reaches a handler", async () => {
    const junk: Record<string, Buffer> = {
      "an unknown kind": Buffer.from([0, 0, 0, 2, 99, 0]),
      "an endless frame": Buffer.from([0x7f, 0xff, 0xff, 0xff, 2]),
      "an ack of what was never sent": ackFrame(3),
      "a second hello": helloFrame(encodeHello(HELLO)),
      "ids that go back": Buffer.concat([message(5, ballast(3)), message(4, ballast(3))]),
    };
    for (const [what, bytes] of Object.entries(junk)) {
      const net = new VirtualNet(what);
      const victim = await start(net, 1);
      const { ends } = await stranger(
        net,
        victim,
        Buffer.concat([helloFrame(encodeHello(HELLO)), bytes]),
      );
      expect({ what, ends }).toEqual({ what, ends: ["reset"] });
      expect(victim.node.transport.stats().malformed).toBeGreaterThan(0);
      expect(victim.node.messages).toEqual([]);
    }
  });

  test("a message that does not decode is declined; the connection and the next message live", async () => {
    const net = new VirtualNet("undecodable");
    const victim = await start(net, 1);
    const good = victim.codec.encode(ContractNote.make({ id: 3, echo: false, data: ballast(5) }));
    const { ends } = await stranger(
      net,
      victim,
      Buffer.concat([helloFrame(encodeHello(HELLO)), message(1, ballast(40)), message(2, good)]),
    );
    expect(ends).toEqual([]);
    expect(victim.node.transport.stats().malformed).toBe(1);
    expect(victim.node.messages.map(({ id, from }) => [id, from])).toEqual([
      [3, { address: HELLO.address, incarnation: HELLO.incarnation }],
    ]);
  });

  test("who claims another host, or our own address, is turned away", async () => {
    for (const address of ["tcp://10.0.0.3:7000", "tcp://10.0.0.1:7000"]) {
      const net = new VirtualNet(address);
      const victim = await start(net, 1);
      const hello = encodeHello({ ...HELLO, address: address as Address });
      const note = ContractNote.make({ id: 3, echo: false, data: ballast(5) });
      const bytes = Buffer.concat([helloFrame(hello), message(1, victim.codec.encode(note))]);
      const { ends } = await stranger(net, victim, bytes);
      expect(ends).toHaveLength(1);
      expect(victim.node.messages).toEqual([]);
    }
  });

  test("a silent stranger is shown out, and so is one that only says goodbye", async () => {
    const net = new VirtualNet("silent");
    const victim = await start(net, 1);
    await stranger(net, victim, Buffer.alloc(0));
    await stranger(net, victim, byeFrame("closed"));
    await net.run(4 * second);
    expect(net.pipes.size).toBe(0);
  });

  test("a thousand pings in one chunk are answered in bounded memory", async () => {
    const net = new VirtualNet("pings");
    net.chunkBytes = 1 << 20;
    const victim = await start(net, 1);
    const pings = Array.from({ length: 1_000 }, (_, i) => nonceFrame(FRAME_PING, i + 1));
    const { got, ends } = await stranger(
      net,
      victim,
      Buffer.concat([helloFrame(encodeHello(HELLO)), ...pings]),
    );
    expect(ends).toEqual([]);
    expect(got.length).toBeGreaterThan(9_000);
  });
});

test("a large message over a slow line is no sign of death", async () => {
  const net = new VirtualNet("slow");
  net.chunkBytes = 4_096;
  net.bytesPerSecond = 256 << 10;
  const a = await start(net, 1);
  const b = await start(net, 2);
  a.node.transport.watch(a.node.port, peerOf(a, b));
  a.node.note(peerOf(a, b), 1, 1, ballast(1 << 20));
  await net.run(8 * second);
  expect(a.node.verdicts.get(1)).toEqual([{ outcome: "delivered" }]);
  expect(a.node.states).toEqual([]);
});
