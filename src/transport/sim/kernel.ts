import type { ContactTable } from "../../core/contacts.ts";
import type { Random } from "../../core/random.ts";
import type { MessageCodec } from "../../wire/codec.ts";
import { type AnyMessageType, FlatRecord, type Message, TAG_MAX } from "../../wire/message.ts";
import { Digest } from "./digest.ts";
import type { EventQueue } from "./event-queue.ts";
import type { Faults } from "./faults.ts";
import { HostClocks } from "./host-clocks.ts";
import { Hosts } from "./hosts.ts";
import type { LatencyModel } from "./latency.ts";
import type { TransportModel } from "./models.ts";
import { NO_OBJECT, ObjectPool } from "./object-pool.ts";
import { SlowHosts } from "./slow-hosts.ts";
import { Watches } from "./watches.ts";

/** Where the parts of an event record stand, from its first word. */
export const WORD_FROM = 2;
export const WORD_TO = 3;
/** Messages: the token. Internal events: which one, and above bit 8 a number of its own. */
export const WORD_TOKEN = 4;
export const WORD_OBJECT = 5;
export const WORD_BODY = 6;

/** Records of kind 0 are the simulator's own; other kinds are message tags. */
export const INTERNAL = 0;
export const TIMER = 1;
export const CALL = 2;
export const VERDICT = 3;
export const RETURN = 4;
export const PEER = 5;
export const DRAIN = 6;
/** A message's turn at a slow host. */
export const SERVED = 7;

export const PEER_STATES = ["up", "suspect", "down"] as const;
export const STATE_UP = 0;
export const STATE_SUSPECT = 1;
export const STATE_DOWN = 2;

/** What all parts of one simulation share. Not for users: see `Simulation`. */
export class Kernel {
  readonly queue: EventQueue;
  readonly objects = new ObjectPool();
  readonly digest = new Digest();
  readonly hosts = new Hosts();
  readonly watches = new Watches();
  readonly clocks = new HostClocks();
  readonly service = new SlowHosts();
  readonly contacts: ContactTable;
  readonly latency: LatencyModel;
  readonly model: TransportModel;
  readonly faults: Faults;
  readonly codec: MessageCodec;
  /** Send every message through the codec: catches what cannot be encoded. */
  readonly wire: boolean;
  readonly random: (name: string) => Random;
  nowUs = 0;
  /** A promise was settled by the current event. */
  settled = false;
  /** Where the flat message stands that is being handled. */
  readonly received = new FlatRecord();
  /** Tag → type, as seen at send; and the one view of each type on `received` that handlers get. */
  readonly types: (AnyMessageType | undefined)[] = new Array(TAG_MAX + 1).fill(undefined);
  readonly views: (Message | undefined)[] = new Array(TAG_MAX + 1).fill(undefined);
  readonly counters = {
    messagesSent: 0,
    messagesReceived: 0,
    bytesSent: 0,
    malformed: 0,
    revived: 0,
    lost: 0,
  };
  /** Messages and their bytes by tag, counted at send. */
  readonly byTag = {
    counts: new Float64Array(TAG_MAX + 1),
    bytes: new Float64Array(TAG_MAX + 1),
  };
  /** Hosts that were told `slow` and wait for `onDrain`. */
  slowHosts = 0;
  /** Integral of watched pairs over time, for the accounted probe traffic: pair-microseconds. */
  watchedUs = 0;
  #watchedSinceUs = 0;

  constructor(parts: {
    readonly queue: EventQueue;
    readonly contacts: ContactTable;
    readonly latency: LatencyModel;
    readonly model: TransportModel;
    readonly faults: Faults;
    readonly codec: MessageCodec;
    readonly wire: boolean;
    readonly random: (name: string) => Random;
  }) {
    this.queue = parts.queue;
    this.contacts = parts.contacts;
    this.latency = parts.latency;
    this.model = parts.model;
    this.faults = parts.faults;
    this.codec = parts.codec;
    this.wire = parts.wire;
    this.random = parts.random;
  }

  /** Schedules an internal event; the caller fills body words at the returned place of `queue.target`. */
  schedule(
    delayUs: number,
    event: number,
    own: number,
    host: number,
    other: number,
    slot: number = NO_OBJECT,
  ): number {
    const at = this.queue.push(this.nowUs + delayUs, INTERNAL);
    const words = this.queue.target;
    words[at + WORD_FROM] = host;
    words[at + WORD_TO] = other;
    words[at + WORD_TOKEN] = event | (own << 8);
    words[at + WORD_OBJECT] = slot;
    return at;
  }

  /** Call before the number of watched pairs changes. */
  accountWatches(): void {
    this.watchedUs += this.watches.count * (this.nowUs - this.#watchedSinceUs);
    this.#watchedSinceUs = this.nowUs;
  }

  /** Tells a watcher of a change of state, unless the host's state changes before it arrives. */
  schedulePeer(
    delayUs: number,
    watcher: number,
    target: number,
    state: number,
    reason: number,
  ): void {
    const at = this.schedule(delayUs, PEER, state | (reason << 4), watcher, target);
    this.queue.target[at + WORD_BODY] = this.hosts.epoch(target);
  }
}
