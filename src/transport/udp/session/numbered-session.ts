import type { Incarnation } from "../../../core/address.ts";
import {
  DUE_US,
  LAST_HEARD_US,
  LOCAL_ID,
  LOSS_DUE_US,
  newSessionNumbers,
  PEER_INCARNATION,
  REMOTE_ID,
  ROUND_START_US,
  UNKNOWN,
} from "./numbers.ts";

/** The numbers of a session, and the names of those that are nobody else's. */
export class NumberedSession {
  readonly numbers = newSessionNumbers();

  /** When it is to be woken; `Infinity`: never. */
  get dueUs(): number {
    return this.numbers[DUE_US] as number;
  }
  set dueUs(us: number) {
    this.numbers[DUE_US] = us;
  }

  /** When the peer was heard last; `undefined`: never. */
  get lastHeardUs(): number | undefined {
    const us = this.numbers[LAST_HEARD_US] as number;
    return us === UNKNOWN ? undefined : us;
  }
  set lastHeardUs(us: number) {
    this.numbers[LAST_HEARD_US] = us;
  }

  /** When the present round began; `Infinity`: nothing is unanswered. */
  get roundStartUs(): number {
    return this.numbers[ROUND_START_US] as number;
  }
  set roundStartUs(us: number) {
    this.numbers[ROUND_START_US] = us;
  }

  /** When the oldest packet that was overtaken counts as lost; `Infinity`: none was. */
  get lossDueUs(): number {
    return this.numbers[LOSS_DUE_US] as number;
  }
  set lossDueUs(us: number) {
    this.numbers[LOSS_DUE_US] = us;
  }

  /** Which life of the peer; `ANY_INCARNATION` until whoever is there has answered. */
  get peerIncarnation(): Incarnation {
    return this.numbers[PEER_INCARNATION] as Incarnation;
  }
  set peerIncarnation(life: Incarnation) {
    this.numbers[PEER_INCARNATION] = life;
  }

  /** The session id that the peer puts into its packets. */
  get localId(): number {
    return this.numbers[LOCAL_ID] as number;
  }
  set localId(id: number) {
    this.numbers[LOCAL_ID] = id;
  }

  /** The one that we put into ours; 0: not known yet. */
  get remoteId(): number {
    return this.numbers[REMOTE_ID] as number;
  }
  set remoteId(id: number) {
    this.numbers[REMOTE_ID] = id;
  }
}
