import { createSocket } from "node:dgram";
import { SkipnetError } from "../core/errors.ts";

/**
 * The address of this machine from which packets to the host would leave: where that host can reach
 * us. Nothing is sent. Throws `E_ADDRESS`.
 */
export function localHostTowards(host: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = createSocket(host.includes(":") ? "udp6" : "udp4");
    const done = (cause?: Error): void => {
      const { address } = cause === undefined ? socket.address() : { address: "" };
      socket.close();
      if (cause === undefined) resolve(address);
      else reject(new SkipnetError("E_ADDRESS", `no way to ${host}: ${cause.message}`, { cause }));
    };
    // Connecting a datagram socket only looks up the route; any port will do. What fails reaches
    // the callback or, depending on the version of Node, the error event.
    socket.once("error", done);
    socket.connect(9, host, done as () => void);
  });
}
