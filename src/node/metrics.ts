import { Counter, Gauge, Registry } from "prom-client";
import type { Member } from "../overlay/overlay.ts";
import type { SkipNet } from "../overlay/skipnet.ts";
import type { Transport, TransportStats } from "../transport/transport.ts";
import { neighboursOf } from "./state.ts";

type CountedStat = {
  [K in keyof TransportStats]: TransportStats[K] extends number ? K : never;
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
export function nodeMetrics(net: SkipNet, member: Member, transport: Transport): Registry {
  const register = new Registry();
  register.setDefaultLabels({ node: net.contacts.name(net.self(member)) });
  for (const stat of Object.keys(TRANSPORT_COUNTERS) as CountedStat[]) {
    const [name, help] = TRANSPORT_COUNTERS[stat];
    counter(register, `transport_${name}`, help, () => transport.stats()[stat]);
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
