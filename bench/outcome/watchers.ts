import { ANY_INCARNATION } from "../../src/core/address.ts";
import type { PeerEvent } from "../trace/events.ts";
import type { Watcher } from "./detection.ts";

/** A process with what it saw of its peers. */
export interface Seeing {
  readonly end: string;
  readonly trace: { readonly peers: readonly PeerEvent[] };
}

const ANYBODY = `#${ANY_INCARNATION}`;

/**
 * What each process saw, with every peer under its own name: whoever was asked for as any incarnation,
 * and given up before it told which, is the process that was there.
 */
export function watchersOf(processes: readonly Seeing[]): Watcher[] {
  const lives = new Map<string, string | undefined>();
  for (const { end } of processes) {
    const address = end.slice(0, end.lastIndexOf("#"));
    lives.set(address, lives.has(address) ? undefined : end);
  }
  const named = (peer: string): string =>
    peer.endsWith(ANYBODY) ? (lives.get(peer.slice(0, -ANYBODY.length)) ?? peer) : peer;
  return processes.map(({ end, trace }) => ({
    end,
    peers: trace.peers.map((event) => ({ ...event, peer: named(event.peer) })),
  }));
}
