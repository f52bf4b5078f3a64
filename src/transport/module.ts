import type { World } from "../core/world.ts";
import type { MessageCodec } from "../wire/codec.ts";
import type { Advertised } from "./advertised.ts";
import type { TransportSpec } from "./options.ts";
import type { Transport } from "./transport.ts";

/** What a transport gets from the process that opens it. */
export interface TransportSetup {
  readonly world: World;
  readonly codec: MessageCodec;
  /** As written on the command line, taken apart: `udp:retries=2`. */
  readonly spec: TransportSpec;
  /** Where others reach its ports, if not where they listen; then `localEndpoint` says this. */
  readonly advertised?: Advertised | undefined;
}

/**
 * A transport from outside, as `--transport-module FILE` takes it: a module with these exports.
 * `kind` names it in transport descriptions and is the scheme of its addresses.
 */
export interface TransportModule {
  readonly kind: string;
  openTransport(setup: TransportSetup): Transport | Promise<Transport>;
}
