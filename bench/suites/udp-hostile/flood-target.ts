import { newIncarnation } from "../../../src/core/address.ts";
import { liveWorld } from "../../../src/core/live/world.ts";
import { unguessableBytes } from "../../../src/core/platform.ts";
import { NO_TOKEN } from "../../../src/transport/transport.ts";
import type { ProtocolEvent } from "../../../src/transport/udp/events.ts";
import { LiveProtocol } from "../../../src/transport/udp/live-socket.ts";
import { udpOptions } from "../../../src/transport/udp/options.ts";
import { PeerDirectory } from "../../../src/transport/udp/peer-directory.ts";
import { UdpProtocol } from "../../../src/transport/udp/protocol.ts";
import { newPacketScratch } from "../../../src/transport/udp/protocol-setup.ts";
import type { TargetReport } from "./flood.ts";
import { noteCodec } from "./note.ts";

/** The node that is flooded: echoes notes; tells its port, and what it counted when asked; ends with its parent. */
const world = liveWorld();
const options = udpOptions({ preset: "loopback" });
const scratch = newPacketScratch();
const protocol = new UdpProtocol({
  options,
  scratch,
  codec: noteCodec,
  incarnation: newIncarnation(world.wallMs(), 1),
  directory: new PeerDirectory(),
  random: world.random("flood"),
  newSecret: () => unguessableBytes(32),
});
const live = await LiveProtocol.open({
  world,
  protocol,
  scratch,
  options,
  host: "127.0.0.1",
  port: 0,
  onEvent,
});

function onEvent(event: ProtocolEvent): void {
  if (event.kind !== "message") return;
  protocol.send(event.from, event.message, NO_TOKEN, world.nowUs());
  live.touch();
}

process.on("message", () => {
  const { user, system } = process.cpuUsage();
  const answer: TargetReport = {
    datagrams: protocol.counters.datagramsReceived,
    sessions: protocol.sessionCount,
    cpuUs: user + system,
  };
  process.send?.(answer);
});
process.on("disconnect", () => process.exit(0));
process.send?.({ port: live.port });
