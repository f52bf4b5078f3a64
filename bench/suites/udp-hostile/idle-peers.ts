import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { Incarnation } from "../../../src/core/address.ts";
import { seededRandom } from "../../../src/core/random.ts";
import type { Token } from "../../../src/transport/transport.ts";
import { udpOptions } from "../../../src/transport/udp/options.ts";
import { PacketReader } from "../../../src/transport/udp/packet/packet-reader.ts";
import { PacketWriter } from "../../../src/transport/udp/packet/packet-writer.ts";
import { PeerDirectory } from "../../../src/transport/udp/peer-directory.ts";
import { UdpProtocol } from "../../../src/transport/udp/protocol.ts";
import { Note, noteCodec } from "./note.ts";

/** What one idle peer costs. */
export interface IdleCost {
  readonly bytesPerPeer: number;
  /** Deadlines that the protocol still has. */
  readonly timersDue: number;
}

const MINUTE_US = 60_000_000;

/** Heap and array buffers of this process, after what is dead was collected. */
export function settledHeapBytes(): number {
  setFlagsFromString("--expose_gc");
  const collect = runInNewContext("gc") as () => void;
  collect();
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** So many peers that were met, exchanged a message each way, proved their address and fell silent. */
export function idlePeers(count: number): IdleCost {
  acquaint(200);
  const before = settledHeapBytes();
  const node = acquaint(count);
  const after = settledHeapBytes();
  const timersDue = node.protocol.nextDeadlineUs === Number.POSITIVE_INFINITY ? 0 : 1;
  if (node.protocol.sessionCount !== count) {
    throw new Error(`${node.protocol.sessionCount} of ${count} peers are known`);
  }
  return { bytesPerPeer: (after - before) / count, timersDue };
}

/** A node that knows so many peers. */
export function acquaint(count: number): { readonly protocol: UdpProtocol } {
  const protocol = new UdpProtocol({
    options: udpOptions({
      preset: "lan",
      sessionsMax: Math.max(count, 2_048),
      hellosPerSecond: 1_000_000,
      hellosPerPrefix: 1_000_000,
    }),
    codec: noteCodec,
    incarnation: 1_000 as Incarnation,
    directory: new PeerDirectory(),
    random: seededRandom("idle"),
  });
  const writer = new PacketWriter();
  const reader = new PacketReader();
  const body = new Uint8Array(64);
  let nowUs = 1_000_000;
  for (let n = 0; n < count; n++) {
    const host = `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`;
    const session = n + 1;
    const from = (bytes: Uint8Array): void => protocol.input(bytes, host, 7_000, nowUs);
    let theirs = 0;
    let largest = 0;
    const poll = (): void =>
      protocol.poll(nowUs, (bytes) => {
        reader.parse(bytes);
        if (reader.hasHello) theirs = reader.helloSession;
        largest = reader.packetLow;
      });
    writer.begin(1_200, 0, 0);
    writer.hello({
      session,
      serial: 1,
      incarnation: 2_000_000 + n,
      peerIncarnation: 0,
      ackDelayUs: 5_000,
    });
    writer.floor(0);
    writer.message(0, body);
    from(writer.finish());
    for (let event = protocol.events.take(); event !== undefined; event = protocol.events.take()) {
      if (event.kind === "message") {
        protocol.send(event.from, Note.make({ body }), (n + 1) as Token, nowUs);
      }
    }
    poll();
    nowUs += 500;
    writer.begin(1_200, theirs, 1);
    writer.ack(largest, 0, (2 ** largest - 1) >>> 0, 0);
    from(writer.finish());
    poll();
    while (protocol.events.take() !== undefined);
  }
  for (let minute = 0; minute < 5; minute++) {
    nowUs += MINUTE_US;
    protocol.poll(nowUs, () => {});
  }
  while (protocol.events.take() !== undefined);
  return { protocol };
}
