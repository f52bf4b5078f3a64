import { NO_REF, type Ref } from "../core/contacts.ts";
import { SkipnetError } from "../core/errors.ts";
import type { Message, MessageOf } from "../wire/message.ts";
import type { Context } from "./context.ts";
import { NextHopQuery, NextHopReply } from "./messages.ts";
import { nextHopByName, nextOnRing } from "./next-hop.ts";
import type { Member, OperationOptions, RouteReply } from "./overlay.ts";
import { CLOCKWISE, COUNTER_CLOCKWISE } from "./ring-order.ts";

/** Nodes that may fail to answer before the route is given up. */
const AVOIDED_MAX = 16;

type SendRequest = (
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
  const path: Ref[] = [self];
  const avoid: Ref[] = [];
  const left = (): number => Math.max(0, endsUs - net.world.nowUs());
  const stepOptions = (): OperationOptions => ({
    ...options,
    deadlineUs: Math.min(left(), net.options.firstTryMs * 1000),
  });
  let way = clockwise;
  const giveUp = (): SkipnetError =>
    left() === 0
      ? new SkipnetError("E_DEADLINE", "the iterative route ran out of time")
      : new SkipnetError("E_NO_ROUTE", `${avoid.length} nodes on the way did not answer`);
  try {
    for (let hops = 0; hops <= net.hopsMax && left() > 0; hops++) {
      const current = path.at(-1) as Ref;
      try {
        const query = NextHopQuery.make({ name: target, clockwise: way, avoid });
        const step =
          current === self
            ? nextStep(net, member, target, way, avoid)
            : ((await request(member, current, query, stepOptions())) as MessageOf<
                typeof NextHopReply
              >);
        way = step.clockwise;
        if (step.next !== NO_REF) {
          net.contacts.keep(step.next);
          path.push(step.next);
          continue;
        }
        const reply =
          body === undefined
            ? undefined
            : await request(member, current, body, { ...options, deadlineUs: left() });
        return {
          by: current,
          hops: path.length - 1,
          tries: avoid.length + 1,
          body: reply,
          holders: [],
        };
      } catch (error) {
        if (current === self || avoid.length === AVOIDED_MAX) throw error;
        // The node before it knows another way.
        avoid.push(path.pop() as Ref);
        net.suspects.add(member, current);
      }
    }
    throw giveUp();
  } finally {
    for (const ref of [...path.slice(1), ...avoid]) net.contacts.release(ref);
  }
}
