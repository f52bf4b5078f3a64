import { SkipnetError } from "../../../core/errors.ts";

/**
 * Losses that come in bursts. Source: Gilbert (1960) and Elliott (1963), with states that last in
 * time, not in packets: a path is as long bad for one who sends much as for one who sends little.
 */
export interface BurstLoss {
  /** How long the bad state lasts on average, microseconds. */
  readonly badUs: number;
  /** How long the good state lasts on average, microseconds. */
  readonly goodUs: number;
  /** Share of packets lost in the bad state. */
  readonly lossBad: number;
  /** Share of packets lost in the good state. */
  readonly lossGood: number;
}

/** Packets told by their number, from 1, since the condition came into force. */
export interface NumberedPackets {
  readonly from: number;
  readonly to: number;
  /** Held back for so long, microseconds; left out: lost. */
  readonly heldUs?: number | undefined;
}

/** What one direction of a link does to packets. Shares are 0 to 1, times microseconds. */
export interface LinkConditions {
  /** Bits a second, headers of IP and above included; `Infinity`: no queue either. */
  readonly rateBitsPerSecond: number;
  /** Packets that wait or are being sent, at most; one more is dropped (drop-tail). */
  readonly queuePackets: number;
  /** The same in bytes. Whichever is reached first. */
  readonly queueBytes: number;
  /** Added to the propagation delay. */
  readonly delayUs: number;
  /** Up to so much more for each packet, uniformly: packets overtake each other. */
  readonly jitterUs: number;
  readonly loss: number;
  readonly burst: BurstLoss | undefined;
  /** This share is held back by `reorderUs`, and so overtaken. */
  readonly reorder: number;
  readonly reorderUs: number;
  readonly duplicate: number;
  /** This share has one bit flipped; what notices is the receiver's checksum. */
  readonly corrupt: number;
  /** Largest IP packet, bytes; a larger one is dropped, as with "don't fragment". */
  readonly mtuBytes: number;
  /** Packets lost or damaged one after the other, at most: the next one is spared. */
  readonly inARowMax: number;
  readonly numbered: NumberedPackets | undefined;
  /** Nothing passes. */
  readonly outage: boolean;
}

/** A link that nobody notices. */
export const PLAIN_LINK: LinkConditions = {
  rateBitsPerSecond: Number.POSITIVE_INFINITY,
  queuePackets: Number.POSITIVE_INFINITY,
  queueBytes: Number.POSITIVE_INFINITY,
  delayUs: 0,
  jitterUs: 0,
  loss: 0,
  burst: undefined,
  reorder: 0,
  reorderUs: 0,
  duplicate: 0,
  corrupt: 0,
  mtuBytes: Number.POSITIVE_INFINITY,
  inARowMax: Number.POSITIVE_INFINITY,
  numbered: undefined,
  outage: false,
};

/** A host's link to the network, in both directions, and what its packets meet on the way. */
export interface NetworkConditions {
  /** From a host into the network. */
  readonly up: LinkConditions;
  /** From the network to a host. */
  readonly down: LinkConditions;
  /** Once for each packet, between the two; it has no rate and no queue. */
  readonly path: LinkConditions;
}

export const PLAIN_NETWORK: NetworkConditions = {
  up: PLAIN_LINK,
  down: PLAIN_LINK,
  path: PLAIN_LINK,
};

/** Smallest packet that a link must pass: the minimum datagram of IPv4. */
const MTU_BYTES_MIN = 576;

/** The plain link with these changes. Throws `E_OPTIONS` where they contradict each other. */
export function linkConditions(changes: Partial<LinkConditions>): LinkConditions {
  const link: LinkConditions = { ...PLAIN_LINK, ...changes };
  for (const name of ["loss", "reorder", "duplicate", "corrupt"] as const) {
    demand(isShare(link[name]), `${name} is ${link[name]}, not from 0 to 1`);
  }
  for (const name of ["delayUs", "jitterUs", "reorderUs"] as const) {
    demand(link[name] >= 0 && Number.isFinite(link[name]), `${name} is ${link[name]}`);
  }
  demand(link.rateBitsPerSecond > 0, "a link without rate: write an outage");
  demand(link.queuePackets >= 1 && link.queueBytes >= 1, "a queue must hold one packet at least");
  const hasQueue = Number.isFinite(link.queuePackets) || Number.isFinite(link.queueBytes);
  const hasRate = Number.isFinite(link.rateBitsPerSecond);
  demand(hasRate || !hasQueue, "a queue without a rate never fills");
  demand(hasQueue || !hasRate, "a rate without a queue would store packets without end");
  demand(link.mtuBytes >= MTU_BYTES_MIN, `an MTU is ${MTU_BYTES_MIN} bytes at least`);
  demand(
    link.queueBytes >= (Number.isFinite(link.mtuBytes) ? link.mtuBytes : MTU_BYTES_MIN),
    "a queue must hold one full packet",
  );
  demand(link.reorder === 0 || link.reorderUs > 0, "reordering needs a time by which");
  checkBurst(link.burst);
  demand(link.inARowMax >= 1, "losses in a row: 1 at least");
  const harms = link.loss > 0 || link.corrupt > 0 || link.burst !== undefined;
  demand(harms || link.inARowMax === Number.POSITIVE_INFINITY, "losses in a row, and no losses");
  checkNumbered(link.numbered);
  return isPlain(link) ? PLAIN_LINK : link;
}

/** Nothing is different from the plain link: the network can pass it over. */
function isPlain(link: LinkConditions): boolean {
  const keys = Object.keys(PLAIN_LINK) as (keyof LinkConditions)[];
  return keys.every((key) => link[key] === PLAIN_LINK[key]);
}

/** The network of these three. Throws `E_OPTIONS` if the path has a rate: only hosts' links have. */
export function networkConditions(
  changes: {
    readonly up?: Partial<LinkConditions> | undefined;
    readonly down?: Partial<LinkConditions> | undefined;
    readonly path?: Partial<LinkConditions> | undefined;
  } = {},
): NetworkConditions {
  const path = linkConditions(changes.path ?? {});
  demand(!Number.isFinite(path.rateBitsPerSecond), "a rate belongs to a host's up or down link");
  demand(
    path.numbered === undefined && path.inARowMax === Number.POSITIVE_INFINITY,
    "packets are counted on a host's up or down link",
  );
  return {
    up: linkConditions(changes.up ?? {}),
    down: linkConditions(changes.down ?? {}),
    path,
  };
}

function checkNumbered(numbered: NumberedPackets | undefined): void {
  if (numbered === undefined) return;
  const { from, to, heldUs = 1 } = numbered;
  demand(from >= 1 && to >= from, `packets ${from} to ${to} are none`);
  demand(heldUs >= 1 && Number.isFinite(heldUs), "packets are held for 1 µs at least");
}

function checkBurst(burst: BurstLoss | undefined): void {
  if (burst === undefined) return;
  demand(burst.badUs >= 1 && burst.goodUs >= 1, "states of a burst last 1 µs at least");
  demand(isShare(burst.lossBad) && isShare(burst.lossGood), "burst losses are from 0 to 1");
  demand(
    burst.lossBad > burst.lossGood,
    "a burst loses more in its bad state than in its good one",
  );
}

const isShare = (value: number): boolean => value >= 0 && value <= 1;

function demand(holds: boolean, what: string): void {
  if (!holds) throw new SkipnetError("E_OPTIONS", `network: ${what}`);
}
