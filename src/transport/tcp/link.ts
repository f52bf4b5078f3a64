import { type Endpoint, socketAddress } from "../../core/address.ts";
import type * as contract from "../transport.ts";
import { RETURN_TO_SENDER } from "../transport.ts";
import type { Connection, ConnectionOwner } from "./connection.ts";
import { Contact } from "./contact.ts";
import * as frames from "./frames.ts";
import { Heartbeat } from "./heartbeat.ts";
import type { Hello } from "./hello.ts";
import type { LinkHost } from "./link-host.ts";
import { Lives } from "./lives.ts";
import type { Outbox, OutMessage } from "./outbox.ts";
import type { PeerRecord } from "./peers.ts";
import { type Remote, winsCrossing } from "./remote.ts";
import { Returning } from "./returning.ts";
import type { SocketEnd } from "./socket.ts";
import { Traffic } from "./traffic.ts";

/**
 * All that one port has to do with one remote address: the connection in use, the messages on
 * their way, what has been received, and whether the peer lives. It survives its connections: one
 * that breaks is replaced, and what was not acknowledged is sent again.
 */
export class Link implements ConnectionOwner {
  readonly port: contract.Port;
  readonly self: Endpoint;
  readonly remote: Remote;
  readonly lives: Lives;
  readonly #host: LinkHost;
  readonly #contact: Contact;
  readonly #heartbeat: Heartbeat;
  readonly #traffic: Traffic;
  readonly #returning: Returning;
  #conn: Connection | undefined;
  #closed = false;

  constructor(host: LinkHost, port: contract.Port, self: Endpoint, remote: Remote) {
    this.#host = host;
    this.port = port;
    this.self = self;
    this.remote = remote;
    this.lives = new Lives(host, remote, (record, state, reason) =>
      host.peerState(this, record, state, reason),
    );
    this.#returning = new Returning(host.world);
    this.#contact = new Contact(host.world, {
      dial: (owner = this) => host.dial(this, owner),
      wanted: () => this.#wanted(),
      hello: () => ({ ...this.#hello(true), asks: true, messageBytesMax: 0 }),
      onAnswer: (hello, tookUs) => this.#onAnswer(hello, tookUs),
      onRefused: () => this.#die("refused"),
    });
    this.#heartbeat = new Heartbeat(host.vigil, socketAddress(remote.address).host, {
      wanted: () => this.#wanted(),
      watched: () => this.lives.watched,
      connection: () => this.#conn ?? this.#contact.greeting,
      triedUs: () => this.#contact.triedUs,
      awaits: () => this.outbox.inFlight > 0,
      enquire: () => {
        const isReachable = this.#conn !== undefined || this.#contact.dialling !== undefined;
        if (isReachable) this.#contact.enquiries.ask();
      },
      endEnquiries: (youngUs) => this.#contact.enquiries.end(youngUs),
      onSuspect: () => this.#suspect(),
      onSilent: () => this.#die("silent"),
      onAgain: () => this.lives.heard(),
    });
    this.#traffic = new Traffic(host, remote, this.#heartbeat, {
      decode: (encoded) => host.decode(encoded),
      deliver: (message) => host.deliver(this, message),
      settled: (message, verdict) => host.settled(this, message, verdict),
      drained: (peer) => host.drained(this, peer),
      dirty: () => host.markDirty(this),
    });
  }

  /** What is on its way to the peer. */
  get outbox(): Outbox {
    return this.#traffic.outbox;
  }

  get connection(): Connection | undefined {
    return this.#conn;
  }
  /** Nothing but memory is lost if it is forgotten. */
  get idle(): boolean {
    return !this.#wanted() && this.#conn === undefined && !this.#contact.trying;
  }
  /** Whether its connection may be closed for want of room. */
  get spare(): boolean {
    return !this.#wanted() && this.#conn !== undefined;
  }

  send(message: OutMessage): contract.SendResult {
    const result = this.#traffic.offer(message);
    if (result === "full") return result;
    this.#seek(message.incarnation);
    this.#host.markDirty(this);
    return result;
  }

  watch(record: PeerRecord): void {
    if (this.lives.watch(record)) this.#seek(record.endpoint.incarnation);
  }

  /** At the end of a turn: everything due goes out. */
  flush(): void {
    if (this.#conn !== undefined) this.#traffic.flush(this.#conn);
  }

  health(record: PeerRecord): contract.PeerHealth {
    const { rtoUs, loss, lastHeardUs, trips } = this.#heartbeat;
    const { srttUs, rttVarUs } = trips;
    const { inFlight, queued } = this.outbox;
    const state = this.lives.isOver(record) ? "down" : this.#heartbeat.state;
    return { state, srttUs, rttVarUs, rtoUs, loss, inFlight, queued, lastHeardUs };
  }

  /** Our dial reached the peer's kernel. */
  onConnected(connection: Connection): void {
    if (connection !== this.#contact.dialling) return;
    if (this.#conn === undefined) this.#heartbeat.onConnected(this.#contact.dialUs);
    connection.sayHello(this.#hello(true));
  }

  /** The peer answered our dial. */
  onHello(connection: Connection, hello: Hello): void {
    if (connection !== this.#contact.dialling) connection.destroy();
    else this.#adopt(connection, hello);
  }

  onDirty(): void {
    this.#host.markDirty(this);
  }

  /** The peer dialled us. */
  onVisitor(visitor: Connection, hello: Hello): void {
    const crossing = this.#conn === undefined && this.#contact.dialling !== undefined;
    if (this.remote.isStale(hello) || (crossing && winsCrossing(this.self, hello))) {
      visitor.bye("yield");
      return;
    }
    if (this.#conn !== undefined && hello.incarnation < this.remote.incarnation) {
      visitor.bye("conflict");
      return;
    }
    visitor.sayHello(this.#hello(false));
    visitor.open(this.#host.messageBytesMax);
    if (this.remote.isBuried(hello.incarnation)) this.#returning.ask(visitor, hello);
    else this.#adopt(visitor, hello);
  }

  /** The process there asked whether we are: then it is. */
  onEnquiry({ incarnation }: Hello): void {
    if (incarnation === this.remote.incarnation) this.#heartbeat.onHeardElsewhere();
  }

  onHeard(connection: Connection): void {
    if (connection === this.#conn) this.#heartbeat.onHeard();
  }

  onFrame(connection: Connection, frame: frames.Frame): void {
    if (frame.kind === frames.FRAME_BYE) {
      this.#onBye(connection, frame.reason);
      return;
    }
    const returned = this.#returning.proven(connection);
    if (returned !== undefined) this.#adopt(connection, returned);
    if (connection === this.#conn) this.#traffic.onFrame(connection, frame);
  }

  onClosed(connection: Connection, end: SocketEnd): void {
    if (connection === this.#contact.dialling) this.#dialFailed(end);
    else if (connection === this.#conn) this.#connectionLost();
  }

  /** The connection is not worth its place any more; the link stays. */
  dropConnection(): void {
    const conn = this.#conn;
    this.#conn = undefined;
    conn?.bye("idle");
  }

  /** Settles everything and says goodbye. */
  close(): void {
    this.#closed = true;
    this.#heartbeat.stop();
    this.#traffic.stop();
    this.#contact.stop();
    this.#returning.stop();
    const conn = this.#conn;
    this.#conn = undefined;
    conn?.bye("closed");
    this.outbox.failSent("closed");
    this.outbox.failWaiting("closed");
  }

  /** Whether anybody waits for news of this peer. */
  #wanted(): boolean {
    return !this.#closed && (this.outbox.count > 0 || this.lives.watched);
  }

  /** A connection to this life is wanted. One newer than the connected one: ask who is there. */
  #seek(incarnation: number): void {
    if (this.#conn === undefined || incarnation > this.remote.incarnation) this.#contact.ensure();
    this.#heartbeat.start();
  }

  #hello(dialled: boolean): Hello {
    const { messageBytesMax } = this.#host;
    return this.remote.hello(this.self, { dialled, dials: this.#contact.dials, messageBytesMax });
  }

  /** This connection is the one to use from now on. */
  #adopt(connection: Connection, hello: Hello): void {
    const old = this.#conn;
    const endpoint = { address: this.remote.address, incarnation: hello.incarnation };
    const revived = this.remote.rise(hello.incarnation);
    if (revived) this.lives.rise(hello.incarnation);
    const meeting = this.remote.meet(hello);
    this.#conn = connection;
    this.#contact.made(connection);
    this.#returning.stop();
    connection.open(this.#host.messageBytesMax);
    old?.bye("yield");
    this.#heartbeat.onConnectionLost();
    if (revived) this.#host.revived(endpoint);
    const tellWatchers = this.lives.buryOthers(hello.incarnation);
    this.#traffic.onMeeting(meeting, hello);
    tellWatchers();
    this.#traffic.afterSettling();
    this.#heartbeat.onHeard();
    this.lives.heard();
    if (this.#wanted()) this.#heartbeat.start();
    this.#host.markDirty(this);
  }

  #onBye(connection: Connection, reason: frames.Bye): void {
    const isDialling = connection === this.#contact.dialling;
    if (!isDialling && connection !== this.#conn) return;
    if (reason === "closed" || reason === "conflict") this.#die(reason);
    else if (isDialling) this.#contact.turnedAway(reason);
    else {
      connection.bye("idle");
      this.#connectionLost();
    }
  }

  #connectionLost(): void {
    this.#conn = undefined;
    this.#heartbeat.onConnectionLost();
    if (!this.#wanted()) return;
    this.#contact.lost();
    this.#heartbeat.start();
  }

  #onAnswer(hello: Hello, tookUs: number): void {
    const { incarnation } = this.remote;
    if (incarnation === 0 || incarnation === hello.incarnation) {
      this.#contact.anew();
      this.#heartbeat.onEnquiryAnswered(tookUs);
    } else this.#contact.ensure();
  }

  #dialFailed(end: SocketEnd): void {
    this.#contact.dialEnded();
    if (this.#conn !== undefined) {
      // Somebody else's newer life was looked for; the one that we know is still there.
      const tellWatchers = this.lives.buryOthers(this.remote.incarnation);
      this.#traffic.failOthers(this.remote.incarnation);
      tellWatchers();
      this.#traffic.afterSettling();
    } else if (end === "refused") this.#die("refused");
    else if (this.#host.options.policy === "os") this.#die(end === "timedOut" ? "silent" : "reset");
    else this.#contact.failed();
  }

  #suspect(): void {
    this.outbox.giveUp((message) => message.token === RETURN_TO_SENDER, "silent");
    this.lives.suspect();
    this.#traffic.afterSettling();
  }

  /** Final for the life that was heard last, and for any life asked for if none was. */
  #die(reason: contract.PeerReason): void {
    const { incarnation } = this.remote;
    const conn = this.#conn;
    this.#conn = undefined;
    this.#contact.stop();
    this.#returning.stop();
    this.#heartbeat.stop();
    this.remote.bury();
    const tellWatchers = this.lives.bury(incarnation, reason);
    if (reason === "closed") conn?.bye("closed");
    else conn?.destroy();
    this.#traffic.fail(reason);
    tellWatchers();
    this.#traffic.afterSettling();
    this.#host.world.log.debug("tcp.down", { address: this.remote.address, incarnation, reason });
  }
}
