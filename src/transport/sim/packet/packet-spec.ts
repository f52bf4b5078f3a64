import { SkipnetError } from "../../../core/errors.ts";
import { parseTransportSpec, readWord, type TransportSpec } from "../../options.ts";
import { readTcpOptions, type TcpOptions } from "../../tcp/options.ts";
import { type UdpOptions, udpOptionsFrom } from "../../udp/options.ts";
import { CONGESTION_NAMES, type CongestionName } from "./tcp/congestion.ts";

/** Which transport runs on the simulated packets, and with which options. */
export type PacketTransportSpec =
  | {
      /** As it was written. */
      readonly name: string;
      /** Of its addresses. */
      readonly scheme: "udp";
      readonly options: UdpOptions;
    }
  | {
      readonly name: string;
      readonly scheme: "tcp";
      readonly options: TcpOptions;
      /** Of the modelled kernel. */
      readonly congestion: CongestionName;
    };

/** As it is written on the command line. */
export type PacketTransportName = `packet${string}`;

/** What may stand before the colon. */
export const PACKET_TRANSPORTS = ["packet", "packet-udp", "packet-tcp"] as const;

/** Whether the text means a packet-level transport; not whether it is a valid one. */
export const isPacketTransport = (text: string): text is PacketTransportName =>
  /^packet(?:-|:|$)/.test(text);

/**
 * `packet` and `packet-udp` (our protocol, preset `wan`), `packet-udp:lan,retries=2`; `packet-tcp`, and
 * `packet-tcp:os,congestion=newreno` (our TCP transport over a modelled kernel, `cubic` by default). The
 * other options are those of the live transport. Throws `E_OPTIONS`.
 */
export function parsePacketTransport(text: string): PacketTransportSpec {
  const spec = parseTransportSpec(text);
  switch (spec.kind) {
    case "packet":
    case "packet-udp":
      return { name: text, scheme: "udp", options: udpOptionsFrom(spec, "wan") };
    case "packet-tcp":
      return { name: text, scheme: "tcp", ...tcpOf(spec) };
    default:
      throw new SkipnetError(
        "E_OPTIONS",
        `no packet-level transport "${spec.kind}"; there are ${PACKET_TRANSPORTS.join(", ")}`,
      );
  }
}

function tcpOf(spec: TransportSpec): { options: TcpOptions; congestion: CongestionName } {
  const { congestion: text = "cubic", ...others } = Object.fromEntries(spec.options);
  const congestion = readWord(CONGESTION_NAMES)(text);
  return {
    options: readTcpOptions({ ...spec, options: new Map(Object.entries(others)) }),
    congestion,
  };
}
