import { NamingClient } from "../apps/naming/client.ts";
import type { NotDone, Uncertain } from "../apps/naming/results.ts";
import { type Address, formatSocketAddress, socketAddress } from "../core/address.ts";
import { ContactTable } from "../core/contacts.ts";
import { ERROR_CODES, SkipnetError } from "../core/errors.ts";
import { liveWorld } from "../core/live/world.ts";
import type { Log } from "../core/log.ts";
import { createCodec } from "../wire/codec.ts";
import { localHostTowards } from "./local-host.ts";
import { nodeRegistry } from "./registry.ts";
import { openTransport, type TransportModule } from "./transports.ts";

/** Which nodes a client asks, and how it reaches them. */
export interface ClientOptions {
  /** Addresses of members to ask, in turn. */
  readonly via: readonly Address[];
  /** With its options. Default: the scheme of the first address. */
  readonly transport?: string | undefined;
  readonly transportModules?: readonly TransportModule[] | undefined;
  readonly log?: Log | undefined;
}

/** A naming client with a transport of its own. */
export interface LiveClient {
  readonly naming: NamingClient;
  /** Ends open operations and closes the transport. Idempotent. */
  close(): Promise<void>;
}

/**
 * Opens a client of the naming service in a process that is no member. Rejects with `E_OPTIONS` or
 * `E_ADDRESS`; nothing stays open then.
 */
export async function openClient(options: ClientOptions): Promise<LiveClient> {
  const { via, log, transportModules } = options;
  const [first] = via;
  if (first === undefined) throw new SkipnetError("E_OPTIONS", "no node to ask: give its address");
  const { scheme, host } = socketAddress(first);
  const world = liveWorld({ log });
  const codec = createCodec({ registry: nodeRegistry(), contacts: new ContactTable() });
  const text = options.transport ?? scheme;
  const transport = await openTransport(text, { world, codec }, transportModules);
  const closeBelow = async (): Promise<void> => {
    await transport.close();
    world.close();
  };
  try {
    const local = { scheme, host: await localHostTowards(host), port: 0 };
    const parts = { world, transport, via, local: formatSocketAddress(local) };
    const naming = await NamingClient.open(parts);
    let isOpen = true;
    const close = async (): Promise<void> => {
      if (isOpen) naming.close();
      isOpen = false;
      await closeBelow();
    };
    return { naming, close };
  } catch (error) {
    await closeBelow();
    throw error;
  }
}

/** The error that a result other than done stands for: as certain as the result, whatever its code. */
export function resultError({ outcome, code, detail }: NotDone | Uncertain): SkipnetError {
  // The node's words and the client's may both begin with the code.
  let said = detail;
  while (said.startsWith(`${code}: `)) said = said.slice(code.length + 2);
  if (outcome === "uncertain" && ERROR_CODES[code].certainty === "definite") {
    return new SkipnetError("E_UNCERTAIN", `${code}: ${said}`);
  }
  return new SkipnetError(code, said);
}
