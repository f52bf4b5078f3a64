import { DROP_CAUSES, type DropCause } from "../../src/transport/sim/packet/counters.ts";
import { type Column, counted, none, plain, type RowDeclaration } from "./cells.ts";
import { formatCount } from "./format.ts";

/** How people call the causes of lost packets. */
const DROP_LABELS: Readonly<Record<DropCause, string>> = {
  uplinkQueue: "uplink queue full",
  downlinkQueue: "downlink queue full",
  loss: "loss",
  burst: "burst of losses",
  numbered: "by their number",
  cut: "cut",
  outage: "outage",
  tooBig: "above the MTU",
  receiveBuffer: "socket full",
  damaged: "damaged",
  noHost: "no such host",
  noPort: "nobody listens",
};

/** What became of simulated packets. */
export const PACKET_ROWS: readonly RowDeclaration[] = [
  {
    group: "Simulated packets",
    label: "sent",
    about: "Handed to the network during the load, acknowledgements and probes included.",
    cell: ({ transport: { packets } }) =>
      packets === undefined ? none : plain(formatCount(packets.sent)),
  },
  {
    group: "Simulated packets",
    label: "sent again",
    about: "Messages and fragments that the transport repeated.",
    cell: ({ transport: { packets, wire } }) =>
      packets === undefined ? none : plain(formatCount(wire.retransmits ?? 0)),
  },
  {
    group: "Simulated packets",
    label: "received again",
    about: "Copies of what had been received before; dropped.",
    cell: ({ transport: { packets, wire } }) =>
      packets === undefined ? none : plain(formatCount(wire.duplicates ?? 0)),
  },
  ...DROP_CAUSES.map(
    (cause): RowDeclaration => ({
      group: "Simulated packets",
      label: `dropped: ${DROP_LABELS[cause]}`,
      about: "Packets that did not reach a program, by what stopped them.",
      cell: ({ transport: { packets } }) => {
        const dropped = packets?.dropped[cause] ?? 0;
        return dropped === 0 ? none : plain(formatCount(dropped));
      },
    }),
  ),
];

/** What tells a simulated run from every other. */
export const HASH_ROW: RowDeclaration = {
  group: "Outcome",
  label: "event hash",
  about: "Over all events of a simulated run, in order: the same command gives the same one.",
  cell: ({ transport: { eventHash } }) => (eventHash === undefined ? none : plain(eventHash)),
};

/** False alarms of a run without faults. */
export const CALLED_DOWN_ROWS: readonly RowDeclaration[] = (
  ["undisturbed", "disturbed"] as const
).map((which) => ({
  group: "Outcome",
  label:
    which === "undisturbed" ? "live nodes called dead" : "disturbed nodes called dead, or calling",
  about:
    which === "undisturbed"
      ? "False alarms in a run without faults: pairs of who said it and of whom."
      : "The same where the scenario stopped, cut off or changed one of the two.",
  cell: ({ transport: { calledDown } }: Column) => {
    const pairs = calledDown?.[which];
    if (pairs === undefined || (which === "disturbed" && pairs === 0)) return none;
    return which === "disturbed" ? plain(formatCount(pairs)) : counted(pairs);
  },
}));
