import * as v from "valibot";

/** Entries of `hosts`, and of `changes`, in a scenario's network. */
export const NETWORK_ENTRIES_MAX = 256;
/** Hosts that one entry names. */
export const NAMED_HOSTS_MAX = 4_096;

const text = v.pipe(v.string(), v.minLength(1), v.maxLength(40));
const whole = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1_000_000_000));
const share = v.pipe(v.number(), v.minValue(0), v.maxValue(1));

/** One direction of a link, written as people write it; see `docs/bench.md`. */
const linkSchema = v.strictObject({
  /** `10Mbit` a second. */
  rate: v.optional(text),
  /** `25p` packets, or a size: `64KiB`. */
  queue: v.optional(text),
  delay: v.optional(text),
  jitter: v.optional(text),
  loss: v.optional(share),
  /** Two states that last in time. */
  burst: v.optional(
    v.strictObject({
      bad: text,
      good: text,
      loss: share,
      lossGood: v.optional(share),
    }),
  ),
  reorder: v.optional(v.strictObject({ share, by: text })),
  duplicate: v.optional(share),
  corrupt: v.optional(share),
  mtu: v.optional(text),
  /** Packets lost or damaged one after the other, at most. Not on `path`. */
  inARow: v.optional(whole),
  /** Packets by number, from 1, since this came into force: lost, or held for so long. Not on `path`. */
  packets: v.optional(v.strictObject({ from: whole, to: whole, held: v.optional(text) })),
  outage: v.optional(v.boolean()),
});

/** `all`, a share as `10%`, or numbers: nodes first, then clients. */
const hostsSchema = v.union([
  text,
  v.pipe(
    v.array(v.pipe(v.number(), v.integer(), v.minValue(0))),
    v.minLength(1),
    v.maxLength(NAMED_HOSTS_MAX),
  ),
]);

const hostEntries = {
  up: v.optional(linkSchema),
  down: v.optional(linkSchema),
  /** What one datagram costs the processor: `50us`. */
  cpu: v.optional(text),
};

const changeSchema = v.strictObject({
  ...hostEntries,
  /** From the beginning of the load. */
  at: text,
  for: v.optional(text),
  every: v.optional(text),
  /** Default `all`. */
  hosts: v.optional(hostsSchema),
  path: v.optional(linkSchema),
  /** Nothing gets in, out, or either. */
  cut: v.optional(v.picklist(["in", "out", "both"])),
  stop: v.optional(v.boolean()),
  /** The processes die. */
  crash: v.optional(v.boolean()),
  /** The NATs in front of them forget them: another port, or another address. */
  rebind: v.optional(v.picklist(["port", "address"])),
  /** They take this host's address too. */
  sameAddressAs: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0))),
  /** `2s`, or `-2s` back. */
  clockJump: v.optional(text),
});

/** The `network` section of a scenario: link conditions of packet-level columns. */
export const networkSchema = v.strictObject({
  /** One way between any two hosts, in place of `simNetwork`. */
  delay: v.optional(text),
  up: v.optional(linkSchema),
  down: v.optional(linkSchema),
  path: v.optional(linkSchema),
  hosts: v.optional(
    v.pipe(
      v.array(v.strictObject({ ...hostEntries, hosts: hostsSchema })),
      v.maxLength(NETWORK_ENTRIES_MAX),
    ),
  ),
  changes: v.optional(v.pipe(v.array(changeSchema), v.maxLength(NETWORK_ENTRIES_MAX))),
});

export type LinkText = v.InferOutput<typeof linkSchema>;
export type ChangeText = v.InferOutput<typeof changeSchema>;
export type HostsText = v.InferOutput<typeof hostsSchema>;
export type NetworkText = v.InferOutput<typeof networkSchema>;
