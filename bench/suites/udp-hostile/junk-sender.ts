import { createSocket } from "node:dgram";
import { seededRandom } from "../../../src/core/random.ts";
import { PacketWriter } from "../../../src/transport/udp/packet/packet-writer.ts";
import type { JunkReport } from "./flood.ts";
import { mutate, seal } from "./mutations.ts";

/**
 * Sends junk to a port of this machine: `junk-sender PORT RATE SECONDS`. Random bytes, damaged packets, hellos of
 * strangers who never come back, packets and resets of sessions that nobody has. Ends by itself.
 */
const [port = 0, rate = 0, seconds = 0] = process.argv.slice(2).map(Number);
const SOCKETS = 8;
const KINDS = 4_096;
const TURN_MS = 1;
const random = seededRandom("junk", "xor128");
const junk = Array.from({ length: KINDS }, (_, n) => datagram(n));
const sockets = await Promise.all(
  Array.from({ length: SOCKETS }, async () => {
    const socket = createSocket({ type: "udp4", sendBufferSize: 1 << 20 });
    socket.on("error", () => {});
    await new Promise<void>((resolve) => socket.connect(port, "127.0.0.1", resolve));
    return socket;
  }),
);
let sent = 0;
let startMs = 0;
let endMs = 0;

function turn(): void {
  const nowMs = performance.now();
  const due = Math.floor(((Math.min(nowMs, endMs) - startMs) * rate) / 1_000);
  for (; sent < due; sent++) {
    sockets[sent % SOCKETS]?.send(junk[random.below(KINDS)] as Uint8Array);
  }
  if (nowMs < endMs) {
    setTimeout(turn, TURN_MS);
    return;
  }
  const report: JunkReport = { sent, seconds: (performance.now() - startMs) / 1_000 };
  process.send?.(report, () => process.exit(0));
}
process.on("disconnect", () => process.exit(0));
// Its own start is no part of the flood.
process.once("message", () => {
  startMs = performance.now();
  endMs = startMs + seconds * 1_000;
  turn();
});
process.send?.("ready");

function datagram(n: number): Uint8Array {
  const writer = new PacketWriter();
  const session = 1 + random.below(0xffff_fffe);
  switch (n % 5) {
    case 0:
      return mutate(random, []);
    case 1: {
      writer.begin(200, 0, random.below(100));
      const incarnation = 1 + random.below(1e9);
      writer.hello({ session, serial: 1, incarnation, peerIncarnation: 0, ackDelayUs: 0 });
      writer.ping();
      return writer.finish();
    }
    case 2:
      return writer.reset(session, random.below(100), 1 + random.below(1e9), 1 + random.below(4));
    case 3: {
      writer.begin(200, session, random.below(1_000));
      writer.floor(0);
      writer.message(0, new Uint8Array(random.below(100)));
      const bytes = writer.finish().slice();
      return random.chance(0.5) ? bytes : mutate(random, [bytes]);
    }
    default:
      return seal(Uint8Array.from({ length: 16 + random.below(60) }, () => random.below(256)));
  }
}
