import type { CancelTimer, World } from "../../core/world.ts";
import type { Message } from "../../wire/message.ts";
import type { Peer, PeerReason, SendResult, UnknownReason, Verdict } from "../transport.ts";
import type { Connection } from "./connection.ts";
import type { TcpCounters } from "./counters.ts";
import * as frames from "./frames.ts";
import type { Heartbeat } from "./heartbeat.ts";
import type { Hello } from "./hello.ts";
import type { TcpOptions } from "./options.ts";
import { encodedBytes, Outbox, type OutMessage } from "./outbox.ts";
import type { Meeting, Remote } from "./remote.ts";
import type { Vigil } from "./vigil.ts";

/** What the traffic of a link shares with that of others. */
export interface TrafficHost {
  readonly world: World;
  readonly options: TcpOptions;
  readonly counters: TcpCounters;
  readonly vigil: Vigil;
}

/** What becomes of the messages. */
export interface TrafficEvents {
  /** Undefined: malformed. */
  decode(encoded: Uint8Array): Message | undefined;
  deliver(message: Message): void;
  settled(message: OutMessage, verdict: Verdict): void;
  drained(peer: Peer): void;
  /** There is something to write. */
  dirty(): void;
}

/** What a death means for a message that was transmitted. */
const FATES: Readonly<Record<PeerReason, UnknownReason>> = {
  heard: "reset",
  silent: "silent",
  refused: "reset",
  restarted: "restarted",
  reset: "reset",
  closed: "closed",
  conflict: "reset",
};

type Of<Kind> = Extract<frames.Frame, { kind: Kind }>;

/** The messages of one link in both directions, over whichever connection is in use. */
export class Traffic {
  readonly outbox: Outbox;
  readonly #vigil: Vigil;
  readonly #world: World;
  readonly #options: TcpOptions;
  readonly #counters: TcpCounters;
  readonly #remote: Remote;
  readonly #heartbeat: Heartbeat;
  readonly #events: TrafficEvents;
  #expiryUs = Number.POSITIVE_INFINITY;
  #cancelExpiry: CancelTimer | undefined;

  constructor(
    { world, options, counters, vigil }: TrafficHost,
    remote: Remote,
    heartbeat: Heartbeat,
    events: TrafficEvents,
  ) {
    this.#vigil = vigil;
    this.#world = world;
    this.#options = options;
    this.#counters = counters;
    this.#remote = remote;
    this.#heartbeat = heartbeat;
    this.#events = events;
    this.outbox = new Outbox(options, (message, verdict) => {
      if (verdict.outcome === "delivered") this.#delivered(message);
      events.settled(message, verdict);
    });
  }

  offer(message: OutMessage): SendResult {
    const result = this.outbox.offer(message);
    if (result !== "full") this.#armExpiry(message.deadlineUs);
    return result;
  }

  stop(): void {
    this.#cancelExpiry?.();
    this.#expiryUs = Number.POSITIVE_INFINITY;
  }

  flush(connection: Connection): void {
    connection.flush(() => this.#nextFrame(connection));
  }

  /** Any frame but greetings and farewells, on the connection in use. */
  onFrame(connection: Connection, frame: frames.Frame): void {
    switch (frame.kind) {
      case frames.FRAME_MESSAGE:
        this.#onMessage(connection, frame);
        break;
      case frames.FRAME_PING:
        connection.probe(frames.FRAME_PONG, frame.nonce);
        if (this.#vigil.lateToTellUs > 0) connection.late(this.#vigil.lateToTellUs);
        break;
      case frames.FRAME_PONG:
        this.#heartbeat.onPong(frame.nonce);
        break;
      case frames.FRAME_LATE:
        this.#heartbeat.onLate(frame.us);
        break;
      case frames.FRAME_ACK:
      case frames.FRAME_DECLINE:
        this.#onVerdict(connection, frame);
        break;
      default:
        connection.malformed("second greeting");
    }
  }

  #onMessage(connection: Connection, { id, encoded }: Of<typeof frames.FRAME_MESSAGE>): void {
    if (id <= connection.lastIdReceived) {
      connection.malformed("message out of order");
      return;
    }
    connection.lastIdReceived = id;
    const { window } = this.#remote;
    if (window.arrival(id) === "duplicate") {
      this.#counters.duplicates++;
      connection.acknowledge(id);
      return;
    }
    const message = this.#events.decode(encoded);
    if (message === undefined) {
      window.decline(id);
      this.#counters.malformed++;
      connection.decline(id, "invalid");
      connection.acknowledge(id);
      return;
    }
    window.accept(id);
    this.#counters.messagesReceived++;
    connection.acknowledge(id);
    this.#events.deliver(message);
  }

  #onVerdict(
    connection: Connection,
    frame: Of<typeof frames.FRAME_ACK | typeof frames.FRAME_DECLINE>,
  ): void {
    if (frame.id > connection.lastIdSent) {
      connection.malformed("answer to a message never sent");
      return;
    }
    if (frame.kind === frames.FRAME_DECLINE) this.outbox.decline(frame.id, frame.reason);
    else {
      this.#heartbeat.onAck(frame.id);
      this.outbox.acknowledge(frame.id);
      // The window may have opened.
      if (this.outbox.queued > 0) this.#events.dirty();
    }
    this.#heartbeat.settle();
    this.afterSettling();
  }

  /** Another connection is in use from now on; `meeting` says who was met there. */
  onMeeting(meeting: Meeting, { incarnation, messageBytesMax }: Hello): void {
    this.outbox.rewind();
    if (meeting === "restarted") this.outbox.failSent("restarted");
    if (meeting === "forgot") this.outbox.failSent("reset");
    this.failOthers(incarnation);
    this.outbox.failWaiting("tooLarge", (m) => encodedBytes(m) > messageBytesMax);
  }

  /** What waits for any other life than this one will never be sent. */
  failOthers(incarnation: number): void {
    this.outbox.failWaiting(
      "peerDown",
      (m) => m.incarnation !== 0 && m.incarnation !== incarnation,
    );
  }

  /** The peer is dead. */
  fail(reason: PeerReason): void {
    if (reason === "closed") this.outbox.failLeft();
    else this.outbox.failSent(FATES[reason]);
    this.outbox.failWaiting("neverSent");
  }

  /** Messages have been settled: there may be room again. */
  afterSettling(): void {
    for (const peer of this.outbox.takeDrained()) this.#events.drained(peer);
  }

  #delivered({ sentUs }: OutMessage): void {
    const tookUs = this.#world.nowUs() - sentUs;
    this.#counters.heldUp.record(Math.max(0, tookUs - this.#heartbeat.trips.leastUs));
  }

  #nextFrame(connection: Connection): Buffer | undefined {
    const message = this.outbox.next(this.#remote.incarnation);
    if (message === undefined) return undefined;
    connection.lastIdSent = message.id;
    if (message.transmissions > 1) this.#counters.retransmits++;
    else {
      this.#counters.countSent(message.typeName, encodedBytes(message));
      this.#heartbeat.onTransmit(message.id);
    }
    return message.frame;
  }

  #armExpiry(deadlineUs: number): void {
    if (deadlineUs >= this.#expiryUs) return;
    this.#cancelExpiry?.();
    this.#expiryUs = deadlineUs;
    const delayUs = Math.max(0, deadlineUs - this.#world.nowUs());
    this.#cancelExpiry = this.#world.after(0, delayUs, () => this.#expire());
  }

  #expire(): void {
    this.#expiryUs = Number.POSITIVE_INFINITY;
    const reason = this.#options.policy === "os" ? "silent" : "deadline";
    const nextUs = this.outbox.expire(this.#world.nowUs(), reason);
    this.afterSettling();
    if (nextUs !== Number.POSITIVE_INFINITY) this.#armExpiry(nextUs);
  }
}
