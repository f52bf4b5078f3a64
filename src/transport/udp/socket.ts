import type { RemoteInfo } from "node:dgram";
import { lookup as lookUpHost } from "node:dns/promises";
import DgramAsPromised, { type SocketAsPromised } from "dgram-as-promised";
import { SkipnetError } from "../../core/errors.ts";
import type { Log } from "../../core/log.ts";

export interface DatagramSocketSetup {
  readonly host: string;
  readonly port: number;
  readonly receiveBufferBytes: number;
  readonly log: Log;
  onDatagram(bytes: Uint8Array, host: string, port: number): void;
}

/** A bound UDP socket. */
export interface DatagramSocket {
  /** Where it is bound; the port is the real one. */
  readonly host: string;
  readonly port: number;
  /** At once; a datagram that the kernel does not take is lost, as on any network. */
  send(bytes: Uint8Array, host: string, port: number): void;
  /** Whether the kernel has everything that was sent: nothing waits with its bytes. */
  readonly isIdle: boolean;
  close(): Promise<void>;
}

/**
 * Binds and closes through the promise wrapper; receives and sends on the raw socket: the wrapper's
 * `recv()` listens only while a call is pending and loses what comes between. Throws
 * `E_ADDRESS_IN_USE` or `E_ADDRESS`.
 */
export async function openDatagramSocket(setup: DatagramSocketSetup): Promise<DatagramSocket> {
  const address = await hostAddress(setup.host);
  const type = address.includes(":") ? "udp6" : "udp4";
  const family = type === "udp6" ? 6 : 4;
  let bound = false;
  const wrapper: SocketAsPromised = DgramAsPromised.createSocket({
    type,
    recvBufferSize: setup.receiveBufferBytes,
    // Hosts are addresses here, so there is nothing to look up. While binding it must not answer in
    // the same turn, or "listening" fires before anybody listens for it.
    lookup: (host, _options, callback) => {
      if (bound) callback(null, host, family);
      else process.nextTick(callback, null, host, family);
    },
  });
  const { socket } = wrapper;
  socket.on("message", (bytes: Buffer, from: RemoteInfo) => {
    setup.onDatagram(bytes, from.address, from.port);
  });
  const info = await bind(wrapper, address, setup.port);
  bound = true;
  // During bind the wrapper reports errors; afterwards nobody else would.
  socket.on("error", (error) => setup.log.warn("udp.socket", { error: error.message }));
  let closing: Promise<void> | undefined;
  return {
    host: info.address,
    port: info.port,
    send(bytes, host, port) {
      if (closing === undefined) socket.send(bytes, port, host);
    },
    get isIdle() {
      return closing === undefined && socket.getSendQueueCount() === 0;
    },
    close() {
      closing ??= wrapper.close();
      return closing;
    },
  };
}

async function bind(
  wrapper: SocketAsPromised,
  address: string,
  port: number,
): Promise<{ address: string; port: number }> {
  try {
    return await wrapper.bind({ port, address, exclusive: true });
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    wrapper.socket.removeAllListeners();
    wrapper.socket.close();
    if (code === "EADDRINUSE") {
      throw new SkipnetError("E_ADDRESS_IN_USE", `udp ${address}:${port} is in use`, {
        cause: error,
      });
    }
    throw new SkipnetError("E_ADDRESS", `cannot listen on udp ${address}:${port}: ${code}`, {
      cause: error,
    });
  }
}

/** The address of a host that may be given by name. Throws `E_ADDRESS`. */
export async function hostAddress(host: string): Promise<string> {
  try {
    return (await lookUpHost(host)).address;
  } catch (error) {
    throw new SkipnetError("E_ADDRESS", `no host is called "${host}"`, { cause: error });
  }
}
