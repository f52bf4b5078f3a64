import { parseAddress } from "../../../src/core/address.ts";
import { type LiveWorld, liveWorld } from "../../../src/core/live/world.ts";
import type {
  Peer,
  PeerReason,
  PeerState,
  Port,
  PortHandler,
  Token,
  Transport,
  Verdict,
} from "../../../src/transport/transport.ts";
import { type UdpOptions, udpOptions } from "../../../src/transport/udp/options.ts";
import { openUdpTransport } from "../../../src/transport/udp/udp.ts";
import type { Message } from "../../../src/wire/message.ts";
import { Note, noteCodec, textOf } from "./virtual-net.ts";

/** A transport on a real socket of this machine, with everything it said. */
export class LiveNode implements AsyncDisposable, PortHandler {
  readonly world: LiveWorld = liveWorld();
  readonly transport: Transport;
  port = 0 as Port;
  readonly received: { from: Peer; text: string }[] = [];
  readonly verdicts = new Map<number, Verdict>();
  readonly returned: { text: string; verdict: Verdict }[] = [];
  readonly states: { peer: Peer; state: PeerState; reason: PeerReason }[] = [];
  drains = 0;
  onMessageHook: ((from: Peer, message: Message) => void) | undefined;

  private constructor(options: Partial<UdpOptions>) {
    this.transport = openUdpTransport({
      world: this.world,
      codec: noteCodec,
      options: udpOptions({ preset: "loopback", ...options }),
    });
  }

  static async open(options: Partial<UdpOptions> = {}, port = 0): Promise<LiveNode> {
    const node = new LiveNode(options);
    try {
      node.port = await node.transport.open(parseAddress(`udp://127.0.0.1:${port}`), node);
    } catch (error) {
      node.world.close();
      throw error;
    }
    return node;
  }

  get endpoint() {
    return this.transport.localEndpoint(this.port);
  }

  peer(node: LiveNode): Peer {
    return this.transport.peer(node.endpoint);
  }

  send(to: Peer, text: string, token = 0) {
    const message = Note.make({ body: new TextEncoder().encode(text) });
    return this.transport.send(this.port, to, message, token as Token);
  }

  onMessage(_port: Port, from: Peer, message: Message): void {
    if (Note.is(message)) this.received.push({ from, text: textOf(message.body) });
    this.onMessageHook?.(from, message);
  }
  onVerdict(_port: Port, token: Token, verdict: Verdict): void {
    if (this.verdicts.has(token)) throw new Error(`token ${token} has two verdicts`);
    this.verdicts.set(token, verdict);
  }
  onReturn(_port: Port, _to: Peer, message: Message, verdict: Verdict): void {
    if (Note.is(message)) this.returned.push({ text: textOf(message.body), verdict });
  }
  onPeer(_port: Port, peer: Peer, state: PeerState, reason: PeerReason): void {
    this.states.push({ peer, state, reason });
  }
  onDrain(): void {
    this.drains++;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.transport.close();
    this.world.close();
  }
}
