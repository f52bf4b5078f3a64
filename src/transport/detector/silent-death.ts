import { isOwnMachine } from "../host-address.ts";
import type { Lateness } from "./lateness.ts";
import type { Judged, Outage } from "./outage.ts";

const NEVER = Number.POSITIVE_INFINITY;

/** A peer with what is known of how promptly it answers. */
export interface TimedPeer extends Judged {
  readonly host: string;
  readonly srttUs: number;
  /** How late the peer answers and says that it runs; `undefined`: it never did. */
  readonly lateness: Lateness | undefined;
}

/** What explains silence other than the peer's death, for all peers alike. */
export interface Excuses<Peer extends Judged> {
  /** How late this process runs. */
  readonly ownLateness: Lateness;
  /** The same of others on this machine: what starves one starves all. */
  readonly machineLateness: Lateness;
  readonly outage: Outage<Peer>;
}

/** The peer runs, or answers, so late. */
export function peerLate<Peer extends TimedPeer>(
  { host, lateness }: Peer,
  { machineLateness }: Excuses<Peer>,
  us: number,
  nowUs: number,
): void {
  lateness?.sample(us, nowUs);
  if (isOwnMachine(host)) machineLateness.sample(us, nowUs);
}

/** When the peer is dead if it stays silent and no further round is needed; else `Infinity`. */
export function silentDeathUs<Peer extends TimedPeer>(
  peer: Peer,
  excuses: Excuses<Peer>,
  nowUs: number,
): number {
  if (peer.accrual.rounds === 0) return NEVER;
  const atUs = peer.accrual.silentAtUs(peer.srttUs, lateUs(peer, excuses, nowUs));
  return atUs > nowUs ? atUs : Math.max(atUs, excuses.outage.heldUntilUs(peer, nowUs));
}

/** How late we, the peer, or others on a machine that we share have lately run. */
function lateUs<Peer extends TimedPeer>(
  { host, lateness }: Peer,
  { ownLateness, machineLateness }: Excuses<Peer>,
  nowUs: number,
): number {
  const late = Math.max(ownLateness.at(nowUs), lateness?.at(nowUs) ?? 0);
  return isOwnMachine(host) ? Math.max(late, machineLateness.at(nowUs)) : late;
}
