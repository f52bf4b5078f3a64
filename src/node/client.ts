import { Do, DoReply, PAGE_NAMES_MAX } from "../apps/naming/messages.ts";
import { NAMING_DEFAULTS } from "../apps/naming/options.ts";
import { HybridClock, type Stamp } from "../apps/naming/stamp.ts";
import {
  type Address,
  ANY_INCARNATION,
  formatSocketAddress,
  socketAddress,
} from "../core/address.ts";
import { ContactTable } from "../core/contacts.ts";
import { asSkipnetError, ERROR_CODES, type ErrorCode, SkipnetError } from "../core/errors.ts";
import { type LiveWorld, liveWorld } from "../core/live/world.ts";
import type { Log } from "../core/log.ts";
import { Calls } from "../transport/calls.ts";
import type { Port, PortHandler, Transport } from "../transport/transport.ts";
import { createCodec } from "../wire/codec.ts";
import type { MessageOf } from "../wire/message.ts";
import { localHostTowards } from "./local-host.ts";
import { nodeRegistry } from "./registry.ts";
import { openTransport, type TransportModule } from "./transports.ts";

/** The client is no member of the overlay; its timers belong to nobody. */
const NOBODY = 0;

export interface ClientOptions {
  /** Addresses of members; the first is asked, the next when it does not answer. */
  readonly via: readonly Address[];
  /** With its options. Default: the scheme of the first address. */
  readonly transport?: string | undefined;
  readonly transportModules?: readonly TransportModule[] | undefined;
  readonly log?: Log | undefined;
}

export interface CallLimits {
  readonly deadlineUs: number;
  readonly signal?: AbortSignal | undefined;
}

/** What a node did for the client. */
export type Outcome = MessageOf<typeof DoReply>;
type Values = Parameters<typeof Do.make>[0];

/**
 * Runs naming operations through live nodes, from a process that is no member. The operation's stamp
 * is made here, once, so that it is the same operation whichever node is asked.
 */
export class NamingClient {
  readonly #world: LiveWorld;
  readonly #transport: Transport;
  readonly #via: readonly Address[];
  readonly #clock: HybridClock;
  readonly #calls: Calls;
  #port: Port | undefined;

  private constructor(world: LiveWorld, transport: Transport, via: readonly Address[]) {
    this.#world = world;
    this.#transport = transport;
    this.#via = via;
    const writer = world.random("client.writer").below(2 ** 32);
    this.#clock = new HybridClock(() => world.wallMs(), writer, NAMING_DEFAULTS.aheadMs / 2);
    this.#calls = new Calls(world, transport, (call) => call.decline("unsupported"));
  }

  /** Opens a port from which the nodes can be asked. Throws `E_OPTIONS`, `E_ADDRESS`. */
  static async open(options: ClientOptions): Promise<NamingClient> {
    const [first] = options.via;
    if (first === undefined) throw new SkipnetError("E_OPTIONS", "no node to ask");
    const { scheme, host } = socketAddress(first);
    const world = liveWorld({ log: options.log });
    const codec = createCodec({ registry: nodeRegistry(), contacts: new ContactTable() });
    const text = options.transport ?? scheme;
    const transport = await openTransport(text, { world, codec }, options.transportModules);
    const client = new NamingClient(world, transport, options.via);
    try {
      const local = { scheme, host: await localHostTowards(host), port: 0 };
      client.#port = await transport.open(formatSocketAddress(local), client.#handler());
      return client;
    } catch (error) {
      await client.close();
      throw error;
    }
  }

  put(path: string, value: Uint8Array, limits: CallLimits): Promise<Outcome> {
    return this.#run({ ...EMPTY, op: "put", path, value, stamp: this.#clock.next() }, limits);
  }

  get(path: string, limits: CallLimits): Promise<Outcome> {
    return this.#run({ ...EMPTY, op: "get", path }, limits);
  }

  /** All names of a directory, page by page; ends after a page that is not done. */
  async *pages(path: string, { deadlineUs, signal }: CallLimits): AsyncGenerator<Outcome> {
    const endsUs = this.#world.nowUs() + deadlineUs;
    const limit = PAGE_NAMES_MAX;
    let page: Outcome | undefined;
    do {
      const values: Values = { ...EMPTY, op: "list", path, after: page?.names.at(-1) ?? "", limit };
      page = await this.#run(values, { deadlineUs: endsUs - this.#world.nowUs(), signal });
      yield page;
    } while (page.outcome === "done" && page.more && page.names.length > 0);
  }

  remove(path: string, limits: CallLimits): Promise<Outcome> {
    return this.#run({ ...EMPTY, op: "remove", path, stamp: this.#clock.next() }, limits);
  }

  /** Idempotent. */
  async close(): Promise<void> {
    this.#calls.closeAll();
    await this.#transport.close();
    this.#world.close();
  }

  /** Asks one node after the other. Rejects with the error of the last one. */
  async #run(values: Values, { deadlineUs, signal }: CallLimits): Promise<Outcome> {
    const endsUs = this.#world.nowUs() + deadlineUs;
    let last: SkipnetError | undefined;
    for (const address of this.#via) {
      const remainingUs = endsUs - this.#world.nowUs();
      if (remainingUs <= 0) break;
      try {
        return await this.#ask(address, values, { deadlineUs: remainingUs, signal });
      } catch (thrown) {
        const error = asSkipnetError(thrown);
        if (error.code === "E_ABORTED" || error.code === "E_INTERNAL") throw error;
        last = worse(last, new SkipnetError(error.code, `${address}: ${detailOf(error)}`));
      }
    }
    throw last ?? new SkipnetError("E_DEADLINE", "no time left to ask a node");
  }

  async #ask(address: Address, values: Values, limits: CallLimits): Promise<Outcome> {
    if (this.#port === undefined) throw new SkipnetError("E_CLOSED", "the client is closed");
    const peer = this.#transport.peer({ address, incarnation: ANY_INCARNATION });
    try {
      const reply = await this.#calls.request(this.#port, peer, Do.make(values), {
        member: NOBODY,
        ...limits,
      });
      if (reply === undefined || !DoReply.is(reply)) {
        throw new SkipnetError("E_MALFORMED", "the node's reply is none to an operation");
      }
      return reply;
    } finally {
      this.#transport.release(peer);
    }
  }

  #handler(): PortHandler {
    const calls = this.#calls;
    return {
      onMessage(port, from, message) {
        calls.onMessage(port, from, message);
      },
      onVerdict(_port, token, verdict) {
        calls.onVerdict(token, verdict);
      },
      onReturn() {},
      onPeer() {},
      onDrain() {},
    };
  }
}

const EMPTY: Omit<Values, "op" | "path"> = {
  stamp: undefined as Stamp | undefined,
  value: new Uint8Array(0),
  after: "",
  limit: 0,
};

/** Once something may have happened, it stays possible. */
function worse(before: SkipnetError | undefined, now: SkipnetError): SkipnetError {
  return before?.certainty === "indefinite" && now.certainty === "definite" ? before : now;
}

function detailOf(error: SkipnetError): string {
  return error.message.slice(error.code.length + 2);
}

/** The error that an outcome other than done stands for. */
export function outcomeError(outcome: Outcome): SkipnetError {
  const { code, detail } = outcome;
  const known = Object.hasOwn(ERROR_CODES, code);
  const fallback: ErrorCode = outcome.outcome === "uncertain" ? "E_UNCERTAIN" : "E_REFUSED";
  return new SkipnetError(known ? (code as ErrorCode) : fallback, detail);
}
