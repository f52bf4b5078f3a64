import type { TransportSetup } from "../../../src/transport/module.ts";
import { readTcpOptions } from "../../../src/transport/tcp/options.ts";
import { openTcpTransport } from "../../../src/transport/tcp/tcp.ts";
import type { Transport } from "../../../src/transport/transport.ts";
import { CuttableSockets } from "./cuttable-sockets.ts";

const sockets = new CuttableSockets();

export const kind = "tcp";

export function openTransport({ world, codec, spec }: TransportSetup): Transport {
  const options = readTcpOptions(spec);
  return openTcpTransport({ world, codec, options, name: spec.text, sockets });
}

export function cut(off: boolean): void {
  sockets.cut(off);
}
