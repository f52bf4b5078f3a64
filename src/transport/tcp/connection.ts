import type { CancelTimer, World } from "../../core/world.ts";
import type { TcpCounters } from "./counters.ts";
import { FrameParser } from "./frame-parser.ts";
import {
  ackFrame,
  type Bye,
  byeFrame,
  type Decline,
  declineFrame,
  FRAME_BYE,
  FRAME_HELLO,
  type FRAME_PING,
  FRAME_PONG,
  type Frame,
  helloFrame,
  ID_BYTES,
  lateFrame,
  nonceFrame,
} from "./frames.ts";
import { decodeHello, encodeHello, type Hello } from "./hello.ts";
import { ANSWER_BYTES_MAX, CONTROL_BYTES_MAX, LINGER_US, SOCKET_BYTES_MAX } from "./options.ts";
import type { SocketEnd, StreamOwner, StreamSocket } from "./socket.ts";

/** `dialling`: no connection yet. `greeting`: no hello from the peer yet. `ending`: said bye. */
export type ConnectionState = "dialling" | "greeting" | "open" | "ending" | "closed";

/** Who a connection belongs to and tells what happens. */
export interface ConnectionOwner {
  /** The dialled connection is made: say hello. */
  onConnected(connection: Connection): void;
  onHello(connection: Connection, hello: Hello): void;
  /** Any frame but hello, on an open connection. */
  onFrame(connection: Connection, frame: Frame): void;
  /** Bytes of whatever kind, before their frames. */
  onHeard(connection: Connection): void;
  /** There is something to flush, at the end of the turn. */
  onDirty(connection: Connection): void;
  /** Exactly once. */
  onClosed(connection: Connection, end: SocketEnd): void;
}

/** Frames below this size are copied together, so that a turn's output is one write. */
const COPY_BYTES_MAX = 16 << 10;
/** How long a peer may be left without a sign of life while its large frame arrives. */
const SIGN_OF_LIFE_US = 50_000;

/**
 * One TCP connection: frames in both directions. It knows nothing of messages' fates; a link
 * (see `link.ts`) uses one at a time.
 */
export class Connection implements StreamOwner {
  readonly dialled: boolean;
  readonly #world: World;
  readonly #counters: TcpCounters;
  readonly #onGone: (connection: Connection) => void;
  readonly #parser = new FrameParser((frame) => this.#onFrame(frame));
  #socket: StreamSocket | undefined;
  #state: ConnectionState;
  /** Answers to be written. BOUNDED: `CONTROL_BYTES_MAX`, or the connection ends. */
  #control: Buffer[] = [];
  #controlBytes = 0;
  #ackDue = 0;
  #ackSent = 0;
  #lastFlushUs = 0;
  /** Since when a frame has been arriving. */
  #frameSinceUs: number | undefined;
  /** Largest message id received, and transmitted, on this connection. */
  lastIdReceived = 0;
  lastIdSent = 0;
  lastHeardUs = 0;
  /** Who hears of it; a visitor's changes with its hello. */
  owner: ConnectionOwner;
  #cancelLinger: CancelTimer | undefined;

  constructor(
    world: World,
    counters: TcpCounters,
    state: "dialling" | "greeting",
    owner: ConnectionOwner,
    onGone: (connection: Connection) => void,
  ) {
    this.#world = world;
    this.#counters = counters;
    this.owner = owner;
    this.#onGone = onGone;
    this.#state = state;
    this.dialled = state === "dialling";
  }

  /** Once, right after the constructor. */
  use(socket: StreamSocket): void {
    this.#socket = socket;
  }

  get state(): ConnectionState {
    return this.#state;
  }
  get remoteHost(): string {
    return this.#socket?.remoteHost ?? "";
  }

  sayHello(hello: Hello): void {
    this.#write([helloFrame(encodeHello(hello))]);
  }

  /** The greetings are exchanged: from now on messages of this size are taken. */
  open(messageBytesMax: number): void {
    this.#state = "open";
    this.#parser.limitBytes = messageBytesMax + 1 + ID_BYTES;
  }

  /** This message, and all before it on this connection, has been taken or declined. */
  acknowledge(id: number): void {
    this.#ackDue = id;
    this.owner.onDirty(this);
  }

  decline(id: number, reason: Decline): void {
    this.#queue(declineFrame(id, reason));
  }

  probe(kind: typeof FRAME_PING | typeof FRAME_PONG, nonce: number): void {
    const frame = nonceFrame(kind, nonce);
    this.#counters.probeBytes += frame.length;
    this.#queue(frame);
  }

  /** Says how late this program has lately run. */
  late(us: number): void {
    this.#queue(lateFrame(us));
  }

  /**
   * Writes what is due, then messages as long as the socket takes them. The rest waits in its
   * queue, where its fate is known to be `refused` if the peer dies.
   */
  flush(nextMessage: () => Buffer | undefined): void {
    if (this.#state !== "open" || this.#socket === undefined) return;
    const frames = this.#takeControl();
    let bytes = this.#socket.pendingBytes;
    while (bytes < SOCKET_BYTES_MAX) {
      const frame = nextMessage();
      if (frame === undefined) break;
      frames.push(frame);
      bytes += frame.length;
    }
    if (frames.length > 0) this.#write(frames);
  }

  /** Sends what is due and a farewell; nothing that arrives afterwards counts. */
  bye(reason: Bye): void {
    if (this.#state === "ending" || this.#state === "closed") return;
    if (this.#state === "dialling") {
      this.destroy();
      return;
    }
    this.#parser.end();
    this.#write([...this.#takeControl(), byeFrame(reason)]);
    this.#state = "ending";
    this.#socket?.end();
    this.#cancelLinger = this.#world.after(0, LINGER_US, () => this.destroy());
  }

  destroy(): void {
    this.#parser.end();
    this.#socket?.destroy();
  }

  onConnect(): void {
    if (this.#state !== "dialling") return;
    this.#state = "greeting";
    this.owner.onConnected(this);
  }

  onData(chunk: Buffer): void {
    this.#counters.bytesReceived += chunk.length;
    if (this.#state !== "greeting" && this.#state !== "open") return;
    const nowUs = this.#world.nowUs();
    this.lastHeardUs = nowUs;
    this.owner.onHeard(this);
    if (!this.#parser.push(chunk)) {
      this.malformed("frame");
      return;
    }
    if (this.#state === "open") this.#giveSignOfLife(nowUs);
  }

  /** A large frame is arriving, and nothing was said meanwhile. */
  #giveSignOfLife(nowUs: number): void {
    if (!this.#parser.inFrame) this.#frameSinceUs = undefined;
    else {
      this.#frameSinceUs ??= nowUs;
      const silentSinceUs = Math.max(this.#frameSinceUs, this.#lastFlushUs);
      if (nowUs - silentSinceUs < SIGN_OF_LIFE_US) return;
      this.#lastFlushUs = nowUs;
      this.probe(FRAME_PONG, 0);
    }
  }

  onDrain(): void {
    if (this.#state === "open") this.owner.onDirty(this);
  }

  onClose(end: SocketEnd): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.#parser.end();
    this.#cancelLinger?.();
    this.#onGone(this);
    this.owner.onClosed(this, end);
  }

  /** The peer broke the protocol: counted, and the connection ends. */
  malformed(what: string): void {
    this.#counters.malformed++;
    this.#world.log.warn("tcp.malformed", { what, remoteHost: this.remoteHost });
    this.destroy();
  }

  #onFrame(frame: Frame): void {
    this.#frameSinceUs = undefined;
    if (this.#state === "greeting") {
      const hello = frame.kind === FRAME_HELLO ? decodeHello(frame.body) : undefined;
      // A farewell instead of a greeting is an answer too.
      if (hello !== undefined && hello.dialled !== this.dialled) this.owner.onHello(this, hello);
      else if (frame.kind === FRAME_BYE) this.owner.onFrame(this, frame);
      else this.malformed("greeting");
    } else if (this.#state === "open") {
      if (frame.kind === FRAME_HELLO) this.malformed("second greeting");
      else this.owner.onFrame(this, frame);
    }
  }

  #queue(frame: Buffer): void {
    this.#control.push(frame);
    this.#controlBytes += frame.length;
    if (this.#controlBytes > CONTROL_BYTES_MAX) this.malformed("it does not read our answers");
    else this.owner.onDirty(this);
  }

  #takeControl(): Buffer[] {
    // To one who sends and does not read, answers wait here, where they are counted.
    if ((this.#socket?.pendingBytes ?? 0) > ANSWER_BYTES_MAX) return [];
    const frames = this.#control;
    this.#control = [];
    this.#controlBytes = 0;
    if (this.#ackDue > this.#ackSent) {
      this.#ackSent = this.#ackDue;
      frames.push(ackFrame(this.#ackDue));
    }
    return frames;
  }

  #write(frames: readonly Buffer[]): void {
    const socket = this.#socket;
    if (socket === undefined || this.#state === "closed") return;
    this.#lastFlushUs = this.#world.nowUs();
    let run: Buffer[] = [];
    const writeRun = (): void => {
      const [only] = run;
      if (only !== undefined) socket.write(run.length === 1 ? only : Buffer.concat(run));
      run = [];
    };
    for (const frame of frames) {
      this.#counters.bytesSent += frame.length;
      if (frame.length < COPY_BYTES_MAX) run.push(frame);
      else {
        writeRun();
        socket.write(frame);
      }
    }
    writeRun();
  }
}
