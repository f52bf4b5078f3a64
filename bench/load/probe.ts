import type { Overlay } from "../../src/overlay/overlay.ts";
import { bytes } from "../../src/wire/fields.ts";
import { defineMessage } from "../../src/wire/message.ts";

/** Longest payload of a probe, bytes: below every transport's largest message. */
export const PROBE_BYTES_MAX = 1 << 19;

export const BenchProbe = defineMessage({
  tag: 126,
  name: "bench.probe",
  doc: "Carries bytes to a node, which sends them back.",
  nests: true,
  fields: { payload: bytes("of any content", PROBE_BYTES_MAX) },
});

export const BENCH_MESSAGES = [BenchProbe] as const;

/** Answers probes with what they carried. Every node of a routing or echo run does. */
export function serveProbes(overlay: Overlay): void {
  overlay.serve(BenchProbe, (_member, request) => request.reply(request.body));
}
