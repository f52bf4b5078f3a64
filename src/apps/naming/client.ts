import type { Address } from "../../core/address.ts";
import { asSkipnetError, ERROR_CODES, type ErrorCode, SkipnetError } from "../../core/errors.ts";
import type { World } from "../../core/world.ts";
import { Calls, Declined } from "../../transport/calls.ts";
import type { Port, PortHandler, Transport } from "../../transport/transport.ts";
import type { MessageOf } from "../../wire/message.ts";
import { NO_VALUE } from "./entry.ts";
import { Do, DoReply, PAGE_NAMES_MAX } from "./messages.ts";
import { NAMING_DEFAULTS, VALUE_BYTES_MAX } from "./options.ts";
import { parseDirectoryPath } from "./path.ts";
import type {
  GetResult,
  ListResult,
  NotDone,
  OperationCost,
  PutResult,
  RemoveResult,
  Uncertain,
} from "./results.ts";
import { HybridClock, type Stamp } from "./stamp.ts";
import { Via } from "./via.ts";

export interface NamingClientParts {
  readonly world: World;
  readonly transport: Transport;
  /** Where the client listens for answers: port 0 for any. */
  readonly local: Address;
  /** Nodes to ask, in turn: the next one where one does not answer. */
  readonly via: readonly Address[];
  readonly options?: Partial<NamingClientOptions> | undefined;
}

/** Times in milliseconds. */
export interface NamingClientOptions {
  /** Wait before an operation is repeated, doubled each time. */
  readonly backoffMs: number;
  readonly backoffMaxMs: number;
}

export interface ClientLimits {
  readonly deadlineUs: number;
  readonly signal?: AbortSignal | undefined;
}

type Reply = MessageOf<typeof DoReply>;
type Asked = {
  readonly reply: Reply | undefined;
  readonly mayHaveActed: boolean;
  readonly error: SkipnetError | undefined;
  readonly cost: OperationCost;
};

/** The member whose timers a client uses: it has no other. */
const CLIENT_MEMBER = 0;

/**
 * Naming operations for a program that is no member: asks a node to run them. The stamp is made here,
 * so that an operation repeated through another node is the same one.
 */
export class NamingClient {
  readonly #world: World;
  readonly #clock: HybridClock;
  readonly #options: NamingClientOptions;
  readonly #calls: Calls;
  readonly #port: Port;
  readonly #via: Via;

  private constructor(parts: NamingClientParts, calls: Calls, port: Port, via: Via) {
    const { world, options } = parts;
    const { backoffMs, backoffMaxMs, aheadMs } = NAMING_DEFAULTS;
    this.#world = world;
    this.#options = { backoffMs, backoffMaxMs, ...options };
    const writer = world.random("naming.client").below(2 ** 32);
    this.#clock = new HybridClock(() => world.wallMs(), writer, aheadMs / 2);
    this.#calls = calls;
    this.#port = port;
    this.#via = via;
  }

  /** Opens a port. Throws `E_OPTIONS` without a node to ask, and what the transport throws. */
  static async open(parts: NamingClientParts): Promise<NamingClient> {
    const { world, transport, local } = parts;
    if (parts.via.length === 0)
      throw new SkipnetError("E_OPTIONS", "no node to ask: give its address");
    const calls = new Calls(world, transport, (call) => call.decline("unsupported"));
    const via = new Via(transport, parts.via);
    const handler: PortHandler = {
      onMessage: (port, from, message) => void calls.onMessage(port, from, message),
      onVerdict: (_port, token, verdict) => void calls.onVerdict(token, verdict),
      onReturn: () => undefined,
      onPeer: (_port, peer, state) => {
        if (state === "down") via.drop(peer);
      },
      onDrain: () => undefined,
    };
    const port = await transport.open(local, handler);
    return new NamingClient(parts, calls, port, via);
  }

  async put(path: string, value: Uint8Array, limits: ClientLimits): Promise<PutResult> {
    if (value.length > VALUE_BYTES_MAX) {
      return notDone("E_LIMIT", `a value of ${value.length} bytes is over ${VALUE_BYTES_MAX}`);
    }
    const stamp = this.#clock.next();
    const asked = await this.#ask(
      { ...REQUEST, op: "put", path, stamp, value: value.slice() },
      limits,
    );
    return this.#conclude(asked, stamp, (reply) => ({ stamp: reply.stamp ?? stamp }));
  }

  async get(path: string, limits: ClientLimits): Promise<GetResult> {
    const asked = await this.#ask({ ...REQUEST, op: "get", path }, limits);
    return this.#conclude(asked, undefined, ({ stamp, value }) =>
      stamp === undefined ? undefined : { stamp, value },
    );
  }

  /** A page of names; `after` is the `next` of the page before. */
  async list(
    path: string,
    limits: ClientLimits & { readonly after?: string; readonly limit?: number },
  ): Promise<ListResult> {
    const { after = "", limit = PAGE_NAMES_MAX } = limits;
    const asked = await this.#ask({ ...REQUEST, op: "list", path, after, limit }, limits);
    return this.#conclude(asked, undefined, ({ names, more }) => ({
      names,
      next: more ? names.at(-1) : undefined,
    }));
  }

  async remove(path: string, limits: ClientLimits): Promise<RemoveResult> {
    const stamp = this.#clock.next();
    const asked = await this.#ask({ ...REQUEST, op: "remove", path, stamp }, limits);
    return this.#conclude(asked, stamp, ({ existed }) => ({ stamp, existed }));
  }

  /** Ends open calls. The transport, which was given, stays open. */
  close(): void {
    this.#calls.closeAll();
    this.#via.releaseAll();
  }

  /** Asks one node after the other until an answer is certain or the time is up. Never rejects. */
  async #ask(request: Parameters<typeof Do.make>[0], limits: ClientLimits): Promise<Asked> {
    const { signal } = limits;
    const endsUs = this.#world.nowUs() + limits.deadlineUs;
    let mayHaveActed = false;
    let tries = 0;
    let reply: Reply | undefined;
    let isAnswered = false;
    const invalid = invalidPath(request.path);
    if (invalid !== undefined) {
      return { reply, mayHaveActed, error: invalid, cost: { tries, hops: 0 } };
    }
    const body = Do.make(request);
    for (let attempt = 0; ; attempt++) {
      const deadlineUs = Math.max(1, endsUs - this.#world.nowUs());
      const peer = this.#via.peer(attempt);
      let error: SkipnetError | undefined;
      try {
        const options = { member: CLIENT_MEMBER, deadlineUs, signal };
        const answer = await this.#calls.request(this.#port, peer, body, options);
        if (answer === undefined || !DoReply.is(answer)) {
          throw new SkipnetError("E_MALFORMED", "the node answered something else");
        }
        reply = answer;
        isAnswered = true;
        tries += answer.tries;
        error = errorOf(answer);
      } catch (thrown) {
        tries++;
        isAnswered ||= thrown instanceof Declined;
        error = asSkipnetError(thrown);
      }
      const cost = { tries, hops: reply?.hops ?? 0 };
      if (error === undefined) return { reply, mayHaveActed, error, cost };
      const backoffUs = this.#backoffUs(attempt);
      const isOver = !REPEATED.has(error.code) || backoffUs >= endsUs - this.#world.nowUs();
      if (isOver) {
        if (!isAnswered) error = this.#nobodyAnswered(error, tries);
        return { reply, mayHaveActed, error, cost };
      }
      if (error.certainty === "indefinite") mayHaveActed = true;
      await this.#sleep(backoffUs);
    }
  }

  /** As certain as the last error; says who was asked and what to look at. */
  #nobodyAnswered({ code, detail }: SkipnetError, tries: number): SkipnetError {
    const times = tries === 1 ? "once" : `${tries} times`;
    return new SkipnetError(
      code,
      `no answer from ${this.#via.text}, asked ${times}; last: ${detail}; see that a node runs there and can be reached from here`,
    );
  }

  #conclude<Extra>(
    { reply, mayHaveActed, error, cost }: Asked,
    own: Stamp | undefined,
    extra: (reply: Reply) => Extra | undefined,
  ): ({ outcome: "done" } & Extra & OperationCost) | NotDone | Uncertain {
    if (reply?.stamp !== undefined) this.#clock.observe(reply.stamp);
    if (error === undefined && reply !== undefined) {
      const more = extra(reply);
      if (more !== undefined) return { outcome: "done", ...more, ...cost };
    }
    const code = error?.code ?? "E_MALFORMED";
    const detail = error?.message ?? "the answer lacks its stamp";
    const { storedBy = 0 } = reply ?? {};
    const stamp = reply?.stamp ?? own;
    const wasWrite = own !== undefined;
    if (error?.certainty !== "indefinite" && !(mayHaveActed && wasWrite)) {
      return { outcome: "notDone", code, detail, stamp, ...cost };
    }
    return { outcome: "uncertain", code, detail, storedBy, stamp, ...cost };
  }

  #backoffUs(attempt: number): number {
    const { backoffMs, backoffMaxMs } = this.#options;
    return Math.min(backoffMaxMs, backoffMs * 2 ** attempt) * 1000;
  }

  #sleep(us: number): Promise<void> {
    const deferred = this.#world.deferred<void>();
    this.#world.after(CLIENT_MEMBER, us, () => deferred.resolve());
    return deferred.promise;
  }
}

const REQUEST = {
  op: "get",
  path: "/",
  stamp: undefined,
  value: NO_VALUE,
  after: "",
  limit: 1,
} as const satisfies Parameters<typeof Do.make>[0];

/** Failures of which another attempt, or another node, may know better. */
const REPEATED: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "E_REFUSED",
  "E_UNREACHABLE",
  "E_DEADLINE",
  "E_UNCERTAIN",
  "E_NO_ROUTE",
  "E_NOT_MEMBER",
  "E_QUEUE_FULL",
]);

function errorOf({ outcome, code, detail }: Reply): SkipnetError | undefined {
  if (outcome === "done") return undefined;
  const known = Object.hasOwn(ERROR_CODES, code) ? (code as ErrorCode) : "E_UNCERTAIN";
  return new RemoteError(known, detail, outcome === "uncertain");
}

/** A node's verdict: uncertain or not whatever its code says. */
class RemoteError extends SkipnetError {
  readonly #isUncertain: boolean;

  constructor(code: ErrorCode, detail: string, isUncertain: boolean) {
    super(code, detail);
    this.#isUncertain = isUncertain;
  }

  override get certainty(): "definite" | "indefinite" {
    return this.#isUncertain ? "indefinite" : "definite";
  }
}

function invalidPath(path: string): SkipnetError | undefined {
  try {
    parseDirectoryPath(path);
    return undefined;
  } catch (thrown) {
    return asSkipnetError(thrown);
  }
}

function notDone(code: ErrorCode, detail: string): NotDone {
  return { outcome: "notDone", code, detail, tries: 0, hops: 0 };
}
