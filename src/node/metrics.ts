import { Counter, Gauge, Registry } from "prom-client";
import type { NamingCounters } from "../apps/naming/context.ts";
import { delayQuantileUs } from "../transport/delay-histogram.ts";
import type { TransportStats } from "../transport/transport.ts";
import { neighboursOf, type StateParts } from "./state.ts";

type CountedStat = {
  [K in keyof TransportStats]-?: TransportStats[K] extends number ? K : never;
}[keyof TransportStats];

const TRANSPORT_COUNTERS: Readonly<Record<CountedStat, readonly [name: string, help: string]>> = {
  messagesSent: ["messages_sent", "Messages handed to the transport"],
  messagesReceived: ["messages_received", "Messages given to a handler"],
  bytesSent: ["bytes_sent", "Bytes handed to the network, headers and retransmissions included"],
  bytesReceived: ["bytes_received", "Bytes taken from the network"],
  datagramsSent: ["datagrams_sent", "Datagrams or frames sent"],
  retransmits: ["retransmits", "Transmissions repeated"],
  duplicates: ["duplicates", "Messages received again and dropped"],
  malformed: ["malformed", "Received bytes that were no message"],
  revived: ["revived_peers", "Peers heard from again after they were declared down"],
  probeBytes: ["probe_bytes", "Bytes of failure detection alone"],
};

const NAMING_COUNTERS: Readonly<
  Record<keyof NamingCounters, readonly [name: string, help: string]>
> = {
  coordinated: ["writes_coordinated", "Writes that this node led as first holder"],
  refused: ["entries_refused", "Entries refused: stamp too far ahead, or a limit"],
  declined: ["requests_declined", "Requests declined because too many were being served"],
  repairs: ["repairs", "Directories compared with their other holders"],
  repairsFailed: ["repairs_failed", "Comparisons that did not come to an end"],
  handedOver: ["copies_handed_over", "Copies given to their present holders and dropped"],
  discarded: ["stores_discarded", "Stores discarded after too long without contact"],
  relinked: ["entries_relinked", "Directory entries made again in parents that lacked them"],
};

/** A counter whose value is read when somebody asks. */
function counter(register: Registry, name: string, help: string, read: () => number): void {
  new Counter({
    name: `skipnet_${name}_total`,
    help,
    registers: [register],
    collect() {
      this.reset();
      this.inc(read());
    },
  });
}

function gauge(register: Registry, name: string, help: string, read: () => number): void {
  new Gauge({
    name,
    help,
    registers: [register],
    collect() {
      this.set(read());
    },
  });
}

/** The metrics of a node, in a registry of its own: a process may run several nodes. */
export function nodeMetrics({ net, naming, member, transport }: StateParts): Registry {
  const register = new Registry();
  register.setDefaultLabels({ node: net.contacts.name(net.self(member)) });
  for (const stat of Object.keys(TRANSPORT_COUNTERS) as CountedStat[]) {
    const [name, help] = TRANSPORT_COUNTERS[stat];
    counter(register, `transport_${name}`, help, () => transport.stats()[stat]);
  }
  counter(
    register,
    "transport_local_outages",
    "Times that verdicts of silence were held because most peers fell silent at once",
    () => transport.stats().localOutages ?? 0,
  );
  counter(
    register,
    "transport_indirect_probes",
    "Questions to other peers about a suspect one",
    () => transport.stats().indirectProbes ?? 0,
  );
  counter(
    register,
    "transport_vouched",
    "Answers of other peers that a suspect one lives: our path to it is broken",
    () => transport.stats().vouched ?? 0,
  );
  for (const share of [0.5, 0.99]) {
    gauge(
      register,
      `skipnet_transport_held_up_p${share * 100}_seconds`,
      "What messages took beyond the shortest round trip to their peer: behind others on a connection",
      () => (delayQuantileUs(transport.stats().heldUp ?? [], share) ?? 0) / 1e6,
    );
  }
  new Counter({
    name: "skipnet_messages_sent_by_type_total",
    help: "Messages sent, by message type",
    labelNames: ["type"],
    registers: [register],
    collect() {
      this.reset();
      const { byType } = transport.stats();
      for (const [type, { count }] of Object.entries(byType)) this.inc({ type }, count);
    },
  });
  new Counter({
    name: "skipnet_routes_answered_total",
    help: "Routed requests answered, by number of tries",
    labelNames: ["tries"],
    registers: [register],
    collect() {
      this.reset();
      net.answeredByTries.forEach((count, i) => {
        this.inc({ tries: String(i + 1) }, count);
      });
    },
  });
  for (const count of Object.keys(NAMING_COUNTERS) as (keyof NamingCounters)[]) {
    const [name, help] = NAMING_COUNTERS[count];
    counter(register, `naming_${name}`, help, () => naming.counters[count]);
  }
  gauge(register, "skipnet_joined", "1 while the node is a member of the overlay", () =>
    net.isMember(member) ? 1 : 0,
  );
  gauge(
    register,
    "skipnet_neighbours",
    "Distinct nodes in leaf set and R-Table",
    () => neighboursOf(net, member).length,
  );
  gauge(register, "skipnet_contacts_kept", "Contacts held by tables and operations", () => {
    return net.contacts.stats.kept;
  });
  gauge(register, "process_resident_memory_bytes", "Resident memory", () =>
    process.memoryUsage.rss(),
  );
  gauge(register, "process_cpu_seconds", "CPU time used, user and system", () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  });
  return register;
}
