import { expect, test } from "vitest";
import type { Incarnation } from "../../../src/core/address.ts";
import { ANY_INCARNATION } from "../../../src/core/address.ts";
import { RETURN_TO_SENDER } from "../../../src/transport/transport.ts";
import { token, VirtualNet } from "./virtual-net.ts";

const ms = (n: number) => n * 1000;

test("a first message travels with the greeting and is acknowledged at once", () => {
  const net = new VirtualNet();
  net.recording = true;
  const a = net.node(1);
  const b = net.node(2);
  const toB = a.peer(b);
  a.send(toB, "hello", token(1));
  net.advance(ms(50));
  a.send(toB, "again", token(2));
  a.send(toB, "in one datagram", token(3));
  net.advance(ms(50));
  expect(b.received).toEqual(["hello", "again", "in one datagram"]);
  expect(a.verdicts).toEqual(["1 delivered", "2 delivered", "3 delivered"]);
  expect(net.conversation.join("\n")).toMatchInlineSnapshot(`
    "    0.0 1 > 2 #0 hello(1001 to 1002) message 0:5B !
        0.5 2 > 1 #0 hello(1002 to 1001) ack(0)
       50.0 1 > 2 #1 message 1:5B message 2:15B
       55.5 2 > 1 #1 ack(1 1)"
  `);
  expect(a.protocol.nextDeadlineUs).toBe(Number.POSITIVE_INFINITY);
});
