import { SkipnetError } from "../../../core/errors.ts";
import { parseTransportSpec } from "../../options.ts";
import { type UdpOptions, udpOptionsFrom } from "../../udp/options.ts";

/** Which transport runs on the simulated packets, and with which options. */
export interface PacketTransportSpec {
  /** As it was written. */
  readonly name: string;
  readonly kind: "udp";
  /** Of its addresses. */
  readonly scheme: string;
  readonly options: UdpOptions;
}

/** As it is written on the command line. */
export type PacketTransportName = `packet${string}`;

/** What may stand before the colon. */
export const PACKET_TRANSPORTS = ["packet", "packet-udp"] as const;

/** Whether the text means a packet-level transport; not whether it is a valid one. */
export const isPacketTransport = (text: string): text is PacketTransportName =>
  /^packet(?:-|:|$)/.test(text);

/**
 * `packet` and `packet-udp` (our protocol, preset `wan`), `packet-udp:lan,retries=2`: the options are
 * those of the live transport. Throws `E_OPTIONS`.
 */
export function parsePacketTransport(text: string): PacketTransportSpec {
  const spec = parseTransportSpec(text);
  switch (spec.kind) {
    case "packet":
    case "packet-udp":
      return { name: text, kind: "udp", scheme: "udp", options: udpOptionsFrom(spec, "wan") };
    default:
      throw new SkipnetError(
        "E_OPTIONS",
        `no packet-level transport "${spec.kind}"; there are ${PACKET_TRANSPORTS.join(", ")}`,
      );
  }
}
