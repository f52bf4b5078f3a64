import type { MessageCodec } from "../../wire/codec.ts";
import type { Port, PortHandler } from "../transport.ts";
import type { ProtocolEvent } from "./events.ts";

/** Tells the program what happened. What concerns the socket (`resolve`, `doubt`) is not for it. */
export function tellHandler(
  handler: PortHandler,
  port: Port,
  codec: MessageCodec,
  event: ProtocolEvent,
): void {
  switch (event.kind) {
    case "message":
      handler.onMessage(port, event.from, event.message);
      return;
    case "verdict":
      handler.onVerdict(port, event.token, event.verdict);
      return;
    case "return":
      handler.onReturn(port, event.to, codec.decode(event.bytes), event.verdict);
      return;
    case "unsent":
      handler.onReturn(port, event.to, event.message, event.verdict);
      return;
    case "peer":
      handler.onPeer(port, event.peer, event.state, event.reason);
      return;
    case "drain":
      handler.onDrain(port, event.peer);
  }
}
