import type { Address, Endpoint } from "../../core/address.ts";
import type { Port, PortHandler } from "../transport.ts";
import type { Link } from "./link.ts";
import { IDLE_LINKS_MAX } from "./options.ts";
import type { StreamListener } from "./socket.ts";

/** One listening endpoint with its links. */
export class PortState {
  readonly port: Port;
  readonly self: Endpoint;
  readonly host: string;
  readonly handler: PortHandler;
  readonly listener: StreamListener;
  /** By remote address, least recently made first. BOUNDED: busy ones and `IDLE_LINKS_MAX`. */
  readonly links = new Map<Address, Link>();

  constructor(
    port: Port,
    self: Endpoint,
    host: string,
    handler: PortHandler,
    listener: StreamListener,
  ) {
    this.port = port;
    this.self = self;
    this.host = host;
    this.handler = handler;
    this.listener = listener;
  }

  addLink(address: Address, link: Link): void {
    if (this.links.size >= IDLE_LINKS_MAX) this.#forgetOneIdle();
    this.links.set(address, link);
  }

  #forgetOneIdle(): void {
    for (const [address, link] of this.links) {
      if (!link.idle) continue;
      link.close();
      this.links.delete(address);
      return;
    }
  }
}
