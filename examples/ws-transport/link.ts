import { WebSocket } from "ws";
import {
  type CancelTimer,
  DELIVERED,
  type Endpoint,
  type PeerHealth,
  type PeerReason,
  type PeerState,
  type RefusedReason,
  refused,
  type SendResult,
  socketAddress,
  type Token,
  type UnknownReason,
  unknown,
  type Verdict,
  type World,
} from "../../src/index.ts";
import {
  ACCEPTED,
  DECLINED,
  frame,
  HEADER_BYTES,
  introduction,
  MESSAGE,
  readIntroduction,
} from "./frames.ts";

/** A look at the peer, and a WebSocket ping, this often while somebody waits for it. */
export const PROBE_US = 200_000;
/** Looks without a sign of life until `suspect`, and until `down`. */
export const SUSPECT_LOOKS = 2;
export const DOWN_LOOKS = 5;
/** Every message has its verdict by then. */
export const VERDICT_US = 10_000_000;
/** Messages and bytes on their way to one peer: half of either is `slow`, more is `full`. */
const MESSAGES_MAX = 4_096;
const BYTES_MAX = 8 << 20;

export interface Sent {
  readonly token: Token;
  readonly encoded: Uint8Array;
  readonly atUs: number;
  /** 0: not handed to the socket yet. */
  id: number;
  transmittedUs: number;
}

export interface LinkEvents {
  settled(sent: Sent, verdict: Verdict): void;
  state(state: PeerState, reason: PeerReason): void;
  /** The peer has introduced itself as the one wanted. */
  opened(): void;
  drained(): void;
  transmitted(bytes: number): void;
  received(bytes: number): void;
  probed(bytes: number): void;
}

/**
 * The connection over which one port sends to one peer. When it breaks the peer counts as dead: this
 * transport does not resume, as one that is meant to be used should.
 */
export class Link {
  readonly #world: World;
  readonly #events: LinkEvents;
  readonly #wanted: number;
  readonly #socket: WebSocket;
  /** Oldest first: transmitted ones by id, then waiting ones. BOUNDED: `MESSAGES_MAX`. */
  readonly #queue = new Set<Sent>();
  readonly #byId = new Map<number, Sent>();
  #bytes = 0;
  #nextId = 1;
  #open = false;
  #dead = false;
  #wantsDrain = false;
  #heard = true;
  #missed = 0;
  #lastHeardUs: number | undefined;
  #pingUs = 0;
  #srttUs: number | undefined;
  #cancelLook: CancelTimer | undefined;
  watchers = 0;

  constructor(world: World, self: Endpoint, to: Endpoint, events: LinkEvents) {
    this.#world = world;
    this.#events = events;
    this.#wanted = to.incarnation;
    const { host, port } = socketAddress(to.address);
    const url = `ws://${host.includes(":") ? `[${host}]` : host}:${port}`;
    this.#socket = new WebSocket(url, { perMessageDeflate: false, maxPayload: 1_024 });
    this.#socket.on("open", () => this.#socket.send(introduction(self)));
    this.#socket.on("message", (data, isBinary) => this.#onData(data as Buffer, isBinary));
    this.#socket.on("pong", () => this.#onPong());
    this.#socket.on("error", (error: NodeJS.ErrnoException) =>
      this.die(error.code === "ECONNREFUSED" ? "refused" : "reset"),
    );
    this.#socket.on("close", (code) => this.die(code === 1001 ? "closed" : "reset"));
    this.#look();
  }

  get dead(): boolean {
    return this.#dead;
  }

  send(token: Token, encoded: Uint8Array): SendResult {
    const bytes = this.#bytes + encoded.length;
    if (this.#queue.size >= MESSAGES_MAX || (bytes > BYTES_MAX && this.#queue.size > 0)) {
      this.#wantsDrain = true;
      return "full";
    }
    const sent: Sent = { token, encoded, atUs: this.#world.nowUs(), id: 0, transmittedUs: 0 };
    this.#queue.add(sent);
    this.#bytes = bytes;
    if (this.#open) this.#transmit(sent);
    this.#look();
    if (this.#queue.size <= MESSAGES_MAX / 2 && bytes <= BYTES_MAX / 2) return "sent";
    this.#wantsDrain = true;
    return "slow";
  }

  watch(): void {
    this.watchers++;
    this.#look();
  }

  health(): PeerHealth {
    return {
      state: this.#dead ? "down" : this.#missed >= SUSPECT_LOOKS ? "suspect" : "up",
      srttUs: this.#srttUs,
      rttVarUs: undefined,
      rtoUs: PROBE_US,
      loss: 0,
      inFlight: this.#byId.size,
      queued: this.#queue.size - this.#byId.size,
      lastHeardUs: this.#lastHeardUs,
    };
  }

  /** Final: everything on its way gets its verdict. */
  die(reason: PeerReason): void {
    if (this.#dead) return;
    this.#dead = true;
    this.#cancelLook?.();
    this.#socket.terminate();
    const fate: UnknownReason = reason === "silent" || reason === "closed" ? reason : "reset";
    const notSent: RefusedReason = reason === "closed" ? "closed" : "neverSent";
    for (const sent of [...this.#queue]) {
      this.#settle(sent, sent.id === 0 ? refused(notSent) : unknown(fate));
    }
    this.#events.state("down", reason);
  }

  /** Hands back what `matches` before its time, as it stands. */
  giveUp(matches: (sent: Sent) => boolean, reason: UnknownReason): void {
    for (const sent of [...this.#queue]) {
      if (matches(sent)) this.#settle(sent, sent.id === 0 ? refused("neverSent") : unknown(reason));
    }
  }

  #transmit(sent: Sent): void {
    sent.id = this.#nextId++;
    sent.transmittedUs = this.#world.nowUs();
    this.#byId.set(sent.id, sent);
    const bytes = frame(MESSAGE, sent.id, sent.encoded);
    this.#events.transmitted(bytes.length);
    this.#socket.send(bytes);
  }

  #onData(data: Buffer, isBinary: boolean): void {
    if (this.#dead) return;
    this.#onHeard();
    this.#events.received(data.length);
    if (!isBinary) this.#onIntroduction(data.toString());
    else if (data.length === HEADER_BYTES) {
      const sent = this.#byId.get(data.readUInt32BE(1));
      if (sent === undefined) return;
      this.#sample(this.#world.nowUs() - sent.transmittedUs);
      if (data[0] === ACCEPTED) this.#settle(sent, DELIVERED);
      else if (data[0] === DECLINED) this.#settle(sent, refused("invalid"));
      if (
        this.#wantsDrain &&
        this.#queue.size <= MESSAGES_MAX / 4 &&
        this.#bytes <= BYTES_MAX / 4
      ) {
        this.#wantsDrain = false;
        this.#events.drained();
      }
    }
  }

  #onIntroduction(text: string): void {
    const peer = readIntroduction(text);
    if (peer === undefined) this.die("conflict");
    else if (this.#wanted !== 0 && peer.incarnation !== this.#wanted) {
      for (const sent of [...this.#queue]) this.#settle(sent, refused("peerDown"));
      this.die("restarted");
    } else {
      this.#open = true;
      this.#events.opened();
      for (const sent of [...this.#queue]) this.#transmit(sent);
    }
  }

  #onPong(): void {
    this.#sample(this.#world.nowUs() - this.#pingUs);
    this.#onHeard();
  }

  #sample(rttUs: number): void {
    this.#srttUs = this.#srttUs === undefined ? rttUs : this.#srttUs + (rttUs - this.#srttUs) / 8;
  }

  #onHeard(): void {
    this.#lastHeardUs = this.#world.nowUs();
    this.#heard = true;
    const suspected = this.#missed >= SUSPECT_LOOKS;
    this.#missed = 0;
    if (suspected && !this.#dead) this.#events.state("up", "heard");
  }

  /** Looks at the peer as long as somebody waits for it. */
  #look(): void {
    if (this.#cancelLook !== undefined || this.#dead) return;
    const dueUs = this.#world.nowUs() + PROBE_US;
    this.#heard = false;
    if (this.#open) {
      this.#pingUs = this.#world.nowUs();
      this.#events.probed(2);
      this.#socket.ping();
    }
    this.#cancelLook = this.#world.after(0, PROBE_US, () => {
      // The answers may lie unread: judge after the next turn, and not at all if we were late.
      const late = this.#world.nowUs() - dueUs > PROBE_US / 4;
      this.#cancelLook = this.#world.after(0, 0, () => {
        this.#cancelLook = undefined;
        if (!late) this.#judge();
        const nowUs = this.#world.nowUs();
        this.giveUp((sent) => nowUs - sent.atUs >= VERDICT_US - 2 * PROBE_US, "deadline");
        if (this.#queue.size > 0 || this.watchers > 0) this.#look();
      });
    });
  }

  #judge(): void {
    if (this.#heard) return;
    this.#missed++;
    if (this.#missed === SUSPECT_LOOKS) this.#events.state("suspect", "silent");
    if (this.#missed >= DOWN_LOOKS) this.die("silent");
  }

  #settle(sent: Sent, verdict: Verdict): void {
    if (!this.#queue.delete(sent)) return;
    this.#byId.delete(sent.id);
    this.#bytes -= sent.encoded.length;
    this.#events.settled(sent, verdict);
  }
}
