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

/** What may stand before the colon. */
export const PACKET_TRANSPORTS = ["packet", "packet-udp"] as const;

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
