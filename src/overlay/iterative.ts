import { NO_REF, type Ref } from "../core/contacts.ts";
import { asSkipnetError, SkipnetError } from "../core/errors.ts";
import type { Message, MessageOf } from "../wire/message.ts";
import type { Context } from "./context.ts";
import { NextHopQuery, NextHopReply } from "./messages.ts";
import { nextHopByName, nextOnRing } from "./next-hop.ts";
import type { Member, OperationOptions, RouteReply } from "./overlay.ts";
import { CLOCKWISE, COUNTER_CLOCKWISE } from "./ring-order.ts";

/** Nodes that may fail to answer before the route is given up. */
const AVOIDED_MAX = 16;

/** Straight to a node; resolves with its reply. */
export type SendRequest = (
  member: Member,
  to: Ref,
  body: Message,
  options: OperationOptions,
) => Promise<Message | undefined>;

interface Step {
  readonly next: Ref;
  readonly clockwise: boolean;
}

/** What this member answers to: where would you send this on? */
export function nextStep(
  net: Context,
  member: Member,
  name: Ref,
  clockwise: boolean,
  avoid: readonly Ref[],
): Step {
  const direction = clockwise ? CLOCKWISE : COUNTER_CLOCKWISE;
  const next = nextHopByName(net, member, name, direction, avoid);
  if (next !== NO_REF || clockwise || net.order.sameName(net.self(member), name)) {
    return { next, clockwise };
  }
  return { next: nextOnRing(net, member, 0, COUNTER_CLOCKWISE), clockwise: true };
}

export function answerNextHop(
  net: Context,
  member: Member,
  query: MessageOf<typeof NextHopQuery>,
): Message {
  return NextHopReply.make(nextStep(net, member, query.name, query.clockwise, query.avoid));
}

/** One node of the path, and the way round the ring from there. */
interface PathNode {
  readonly node: Ref;
  readonly clockwise: boolean;
}

/**
 * Iterative delivery: the origin asks each hop for the next and hands the request to the last one
 * itself. It sees every failure, at the cost of a round trip a hop (paper §3.3).
 */
export async function routeIteratively(
  net: Context,
  member: Member,
  target: Ref,
  clockwise: boolean,
  body: Message | undefined,
  options: OperationOptions,
  request: SendRequest,
): Promise<RouteReply> {
  const endsUs = net.world.nowUs() + options.deadlineUs;
  const self = net.self(member);
  const path: PathNode[] = [{ node: self, clockwise }];
  const avoid: Ref[] = [];
  const left = (): number => Math.max(0, endsUs - net.world.nowUs());
  /** A node that was given the request did not say what became of it. */
  let isDoubtful = false;

  const ask = async ({ node, clockwise: way }: PathNode): Promise<Step> => {
    if (node === self) return nextStep(net, member, target, way, avoid);
    const query = NextHopQuery.make({ name: target, clockwise: way, avoid });
    const deadlineUs = Math.min(left(), net.options.firstTryMs * 1000);
    const reply = await request(member, node, query, { ...options, deadlineUs });
    return reply as MessageOf<typeof NextHopReply>;
  };

  const hand = async (node: Ref): Promise<Message | undefined> => {
    if (body === undefined) return undefined;
    try {
      return await request(member, node, body, { ...options, deadlineUs: left() });
    } catch (error) {
      if (asSkipnetError(error).certainty === "indefinite") isDoubtful = true;
      throw error;
    }
  };

  try {
    for (let hops = 0; hops <= net.hopsMax && left() > 0; hops++) {
      const current = path.at(-1) as PathNode;
      const { node } = current;
      try {
        const step = await ask(current);
        if (step.next !== NO_REF) {
          net.contacts.keep(step.next);
          path.push({ node: step.next, clockwise: step.clockwise });
          continue;
        }
        const reply = await hand(node);
        const tries = avoid.length + 1;
        return { by: node, hops: path.length - 1, tries, body: reply, holders: [] };
      } catch (error) {
        const isOver = left() === 0 || options.signal?.aborted === true;
        if (isOver || node === self || avoid.length === AVOIDED_MAX) {
          throw isDoubtful ? doubtful(error) : error;
        }
        // The node before it knows another way.
        path.pop();
        avoid.push(node);
        net.suspects.add(member, node);
      }
    }
    if (left() === 0) throw new SkipnetError("E_DEADLINE", "the iterative route ran out of time");
    const failed = `${avoid.length} nodes on the way did not answer`;
    throw new SkipnetError(isDoubtful ? "E_UNREACHABLE" : "E_NO_ROUTE", failed);
  } finally {
    for (const { node } of path.slice(1)) net.contacts.release(node);
    for (const node of avoid) net.contacts.release(node);
  }
}

/** The last error was definite, but an earlier node may have acted upon the request. */
function doubtful(error: unknown): SkipnetError {
  const last = asSkipnetError(error);
  if (last.certainty === "indefinite") return last;
  return new SkipnetError("E_UNREACHABLE", `perhaps done; last: ${last.message}`);
}
