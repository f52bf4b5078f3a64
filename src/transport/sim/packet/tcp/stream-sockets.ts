import { type Address, formatSocketAddress } from "../../../../core/address.ts";
import { SkipnetError } from "../../../../core/errors.ts";
import type { StreamSockets } from "../../../tcp/socket.ts";
import type { PortPlace } from "../port-place.ts";
import type { CongestionName } from "./congestion.ts";
import { StreamProcess } from "./stream-process.ts";

/** What the real TCP transport asks of a machine, from the modelled TCP of simulated hosts. */
export function streamSockets(place: PortPlace, congestion: CongestionName): StreamSockets {
  const processes: StreamProcess[] = [];
  const processAt = (host: string | undefined): StreamProcess => {
    const process = processes.find((known) => known.host === host) ?? processes[0];
    if (process === undefined) {
      throw new SkipnetError("E_INTERNAL", "a simulated process dials before it listens");
    }
    return process;
  };
  return {
    async listen(host, port, onSocket) {
      const address: Address = formatSocketAddress({ scheme: "tcp", host, port });
      const { process, kernel, network, touch } = place.open(address);
      const opened = new StreamProcess(kernel, network, process, congestion, touch);
      processes.push(opened);
      return opened.listen(onSocket);
    },
    dial: (target, owner) => processAt(target.localHost).dial(target, owner),
    atTurnEnd: (run) => processAt(undefined).atTurnEnd(run),
  };
}
