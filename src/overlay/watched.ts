import { NO_REF, type Ref } from "../core/contacts.ts";
import type { Port } from "../transport/transport.ts";
import type { Context } from "./context.ts";
import { CLOCKWISE, COUNTER_CLOCKWISE } from "./ring-order.ts";

/** The transport need not remember whom members watch: those who stand in their tables, each once. */
export function listWatchedFor(net: Context): void {
  net.transport.watchesListedBy?.((port, visit) => {
    for (const node of watchedBy(net, port)) visit(net.peers.peerOf(node));
  });
}

function watchedBy(net: Context, port: Port): ReadonlySet<Ref> {
  const nodes = new Set<Ref>();
  const member = net.memberAt(port);
  // A port may be open that no member has yet.
  if (net.port(member) !== port) return nodes;
  const { leaves, table, shortcuts } = net;
  for (const direction of [CLOCKWISE, COUNTER_CLOCKWISE] as const) {
    for (let i = 0; i < leaves.side; i++) nodes.add(leaves.at(member, direction, i));
    for (let level = 0; level < table.levels; level++) {
      for (let i = 0; i < table.width; i++) {
        nodes.add(table.pointer(member, level, direction, i));
      }
    }
  }
  shortcuts.forEachWatched(member, (node) => nodes.add(node));
  nodes.delete(NO_REF);
  return nodes;
}
