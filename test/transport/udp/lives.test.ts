import { expect, test } from "vitest";
import { ANY_INCARNATION } from "../../../src/core/address.ts";
import { token, VirtualNet } from "./virtual-net.ts";

const ms = (n: number) => n * 1000;

test("a restarted process answers with a reset: the old life is down at once, the new one is another peer", () => {
  const net = new VirtualNet();
  const a = net.node(1);
  const old = net.node(2, { incarnation: 5000 });
  const toOld = a.peer(old);
  a.send(toOld, "hello", token(1));
  net.advance(ms(50));
  net.recording = true;
  const fresh = net.node(2, { incarnation: 6000 });
  a.send(toOld, "for the old life", token(2));
  net.advance(ms(50));
  expect(a.verdicts).toEqual(["1 delivered", "2 unknown restarted"]);
  expect(a.peerStates).toEqual(["up heard", "down restarted"]);
  const toFresh = a.peer(fresh);
  expect(toFresh).not.toBe(toOld);
  a.send(toFresh, "for the new life", token(3));
  a.send(toOld, "dead", token(4));
  net.advance(ms(50));
  expect(fresh.received).toEqual(["for the new life"]);
  expect(a.verdicts.slice(2)).toEqual(["4 refused peerDown", "3 delivered"]);
  expect(net.conversation.join("\n")).toMatchInlineSnapshot(`
    "   50.0 1 > 2 #1 message 1:16B
       50.5 2 > 1 reset unknown session by 6000
      100.0 1 > 2 #0 hello(1001 to 6000) message 0:16B !
      100.5 2 > 1 #0 hello(6000 to 1001) ack(0)"
  `);
});

test("a message for a former life is not delivered to a later one, and not the other way round", () => {
  const net = new VirtualNet();
  const a = net.node(1);
  const old = net.node(2, { incarnation: 5000 });
  const toOld = a.peer(old);
  const fresh = net.node(2, { incarnation: 6000 });
  a.send(toOld, "for the former life", token(1));
  net.advance(ms(50));
  expect(fresh.received).toEqual([]);
  expect(a.verdicts).toEqual(["1 unknown restarted"]);
  // A later life that is not there (yet).
  const future = a.directory.claim({ ...fresh.endpoint, incarnation: 7000 as never });
  a.send(future, "for a later life", token(2));
  net.advance(ms(50));
  expect(fresh.received).toEqual([]);
  expect(a.verdicts[1]).toBe("2 unknown restarted");
  a.send(a.peer(fresh), "for this life", token(3));
  net.advance(ms(50));
  expect(fresh.received).toEqual(["for this life"]);
});

test("a new life that speaks first ends the old one; a late datagram of the old one does nothing", () => {
  const net = new VirtualNet();
  const a = net.node(1);
  const old = net.node(2, { incarnation: 5000 });
  const captured: Uint8Array[] = [];
  net.fate = (from, _to, bytes) => {
    if (from === 2) captured.push(bytes.slice());
    return [500];
  };
  old.send(old.peer(a), "from the old life");
  net.advance(ms(50));
  const fresh = net.node(2, { incarnation: 6000 });
  fresh.send(fresh.peer(a), "from the new life");
  net.advance(ms(50));
  expect(a.peerStates).toEqual(["up heard", "down restarted", "up heard"]);
  for (const bytes of captured) net.inject(2, 1, bytes, ms(9_000));
  net.advance(ms(10_000));
  expect(a.received).toEqual(["from the old life", "from the new life"]);
  expect(a.peerStates.length).toBe(3);
});

test("asked for as any incarnation, a peer becomes the one that answers, and stays it", () => {
  const net = new VirtualNet();
  const a = net.node(1);
  const b = net.node(2);
  const any = a.peer(b, ANY_INCARNATION);
  const known = a.peer(b);
  a.send(any, "who is there", token(1));
  a.send(known, "I know you", token(2));
  net.advance(ms(50));
  expect(b.received).toEqual(["who is there", "I know you"]);
  expect(a.directory.endpointOf(any)).toEqual(b.endpoint);
  expect(a.verdicts).toEqual(["1 delivered", "2 delivered"]);
  // One session, told to both names.
  expect(a.peerStates).toEqual(["up heard", "up heard"]);
  expect(a.protocol.sessionCount).toBe(1);
  expect(a.peer(b, ANY_INCARNATION)).toBe(known);
});

test("a peer that forgot the session begins a new one: what was on the way is unknown, the rest arrives", () => {
  const net = new VirtualNet();
  const a = net.node(1);
  // Room for one stranger beside the one it keeps.
  const b = net.node(2, { options: { sessionsMax: 2, halfOpenMax: 2 } });
  const toB = a.peer(b);
  a.send(toB, "hello", token(1));
  net.advance(ms(50));
  for (let port = 3; port < 6; port++) {
    const other = net.node(port);
    other.send(other.peer(b), "make room");
    net.advance(ms(50));
  }
  a.send(toB, "into the void", token(2));
  net.advance(ms(50));
  a.send(toB, "in a new session", token(3));
  net.advance(ms(200));
  expect(a.verdicts).toEqual(["1 delivered", "2 unknown reset", "3 delivered"]);
  expect(a.peerStates).toEqual(["up heard"]);
});
