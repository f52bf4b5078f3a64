import type { Endpoint, Incarnation } from "../../src/core/address.ts";
import { parseAddress } from "../../src/core/address.ts";
import { seededRandom } from "../../src/core/random.ts";
import { NO_TOKEN, type Peer, type SendResult, type Token } from "../../src/transport/transport.ts";
import type { ProtocolEvent } from "../../src/transport/udp/events.ts";
import type { UdpOptions } from "../../src/transport/udp/options.ts";
import { PeerDirectory } from "../../src/transport/udp/peer-directory.ts";
import { UdpProtocol } from "../../src/transport/udp/protocol.ts";
import type { MessageCodec } from "../../src/wire/codec.ts";
import { bytes } from "../../src/wire/fields.ts";
import { defineMessage } from "../../src/wire/message.ts";
import { IP_UDP_BYTES, type Link } from "./link.ts";
import type { VirtualTime } from "./virtual-time.ts";

const BYTES_MAX = 1 << 20;

const Load = defineMessage({
  tag: 1,
  name: "flow.load",
  doc: "Bytes to be moved.",
  fields: { body: bytes("anything", BYTES_MAX) },
});

/** Encodes a message as nothing but its body, so that sizes are those asked for. */
const bareCodec: MessageCodec = {
  messageBytesMax: BYTES_MAX,
  encode: (message) => (Load.is(message) ? message.body : new Uint8Array(0)),
  decode: (body) => Load.make({ body: body.slice() }),
  sizeOf: (message) => (Load.is(message) ? message.body.length : 0),
};

/** The real UDP protocol in virtual time, at one end of two links. */
export class EngineHost {
  readonly protocol: UdpProtocol;
  readonly endpoint: Endpoint;
  onMessage: ((from: Peer, body: Uint8Array) => void) | undefined;
  onEvent: ((event: ProtocolEvent) => void) | undefined;
  readonly #time: VirtualTime;
  readonly #directory = new PeerDirectory();
  readonly #address: string;
  #out: Link | undefined;
  #other: EngineHost | undefined;
  #flushing = false;
  #timerAtUs = Number.POSITIVE_INFINITY;

  constructor(time: VirtualTime, name: number, seed: string, options: UdpOptions) {
    this.#time = time;
    this.#address = `10.0.0.${name}`;
    const incarnation = (1000 + name) as Incarnation;
    this.endpoint = { address: parseAddress(`udp://${this.#address}:7000`), incarnation };
    this.protocol = new UdpProtocol({
      options,
      codec: bareCodec,
      incarnation,
      directory: this.#directory,
      random: seededRandom(`${seed}/host${name}`),
    });
  }

  /** What it sends goes over `out` to `other`. */
  connect(out: Link, other: EngineHost): void {
    this.#out = out;
    this.#other = other;
  }

  /** The host at the other end. */
  get peer(): Peer {
    if (this.#other === undefined) throw new RangeError("not connected");
    return this.#directory.claim(this.#other.endpoint);
  }

  send(to: Peer, body: Uint8Array, token: Token = NO_TOKEN): SendResult {
    const result = this.protocol.send(to, Load.make({ body }), token, this.#time.nowUs);
    this.#touch();
    return result;
  }

  #receive(datagram: Uint8Array, from: EngineHost): void {
    this.protocol.input(datagram, from.#address, 7000, this.#time.nowUs);
    this.#tell();
    this.#touch();
  }

  /** Output leaves when everything of this instant was taken in, as at the end of a turn. */
  #touch(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    this.#time.after(0, () => {
      this.#flushing = false;
      this.protocol.poll(this.#time.nowUs, (datagram) => this.#depart(datagram));
      this.#tell();
      if (this.protocol.hasOutput) this.#touch();
      this.#sleep();
    });
  }

  #depart(datagram: Uint8Array): void {
    const other = this.#other;
    if (other === undefined) return;
    this.#out?.send(datagram.length + IP_UDP_BYTES, () => other.#receive(datagram, this));
  }

  #tell(): void {
    for (;;) {
      const event = this.protocol.events.take();
      if (event === undefined) return;
      if (event.kind === "message" && Load.is(event.message)) {
        this.onMessage?.(event.from, event.message.body);
      } else this.onEvent?.(event);
    }
  }

  #sleep(): void {
    const deadlineUs = this.protocol.nextDeadlineUs;
    if (deadlineUs >= this.#timerAtUs) return;
    this.#timerAtUs = deadlineUs;
    this.#time.after(deadlineUs - this.#time.nowUs, () => {
      if (this.#timerAtUs !== deadlineUs) return;
      this.#timerAtUs = Number.POSITIVE_INFINITY;
      this.#touch();
    });
  }
}
