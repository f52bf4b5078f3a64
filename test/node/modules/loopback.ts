import type { TransportModule } from "../../../src/node/transports.ts";
import { openTcpTransport } from "../../../src/transport/tcp/tcp.ts";

/** A transport that a stranger might bring: TCP under another name. */
export const kind = "stranger";
export const openTransport: TransportModule["openTransport"] = ({ world, codec, spec }) =>
  openTcpTransport({ world, codec, name: spec.text });
