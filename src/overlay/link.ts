import { NO_REF, type Ref } from "../core/contacts.ts";
import type { MessageOf } from "../wire/message.ts";
import type { Context } from "./context.ts";
import { LinkLeft, LinkReply, type LinkRequest } from "./messages.ts";
import type { Neighbourhood } from "./neighbourhood.ts";
import type { Member } from "./overlay.ts";
import { CLOCKWISE, COUNTER_CLOCKWISE } from "./ring-order.ts";

/**
 * The members' side of a join, last phase: insertion into the root ring. A member alone decides on
 * its right link, so that two joiners between the same neighbours cannot both get in there; after
 * DDLL (PIAX): the left neighbour inserts, tells the right one, and answers a latecomer with whom to
 * ask instead.
 */
export class Links {
  readonly #net: Context;
  readonly #neighbourhood: Neighbourhood;
  readonly #forget: (member: Member, ref: Ref) => void;
  readonly #left = LinkLeft.make({ left: NO_REF, former: NO_REF });

  constructor(
    net: Context,
    neighbourhood: Neighbourhood,
    forget: (member: Member, ref: Ref) => void,
  ) {
    this.#net = net;
    this.#neighbourhood = neighbourhood;
    this.#forget = forget;
  }

  onRequest(member: Member, { id, newcomer }: MessageOf<typeof LinkRequest>): void {
    const net = this.#net;
    const self = net.self(member);
    const right = this.#rightOf(member, newcomer);
    const answer = (outcome: "retry" | "nameTaken" | "notMember"): void => {
      net.phases.link++;
      net.send(
        member,
        newcomer,
        LinkReply.make({ id, outcome, right, left: undefined, rights: undefined }),
      );
    };
    if (net.state(member) !== "in") {
      answer("notMember");
      return;
    }
    if (net.order.sameName(self, newcomer)) {
      answer("nameTaken");
      return;
    }
    if (right === newcomer) {
      // Its first request was answered, and the answer lost: answer again.
      this.#accept(member, id, newcomer, net.table.neighbour(member, 0, CLOCKWISE));
      return;
    }
    if (right !== self && net.order.sameName(right, newcomer)) {
      answer("nameTaken");
      return;
    }
    if (right !== self && !net.order.isInside(self, newcomer, right, CLOCKWISE)) {
      answer("retry");
      return;
    }
    this.#accept(member, id, newcomer, right);
  }

  onLeft(member: Member, { left }: MessageOf<typeof LinkLeft>): void {
    if (this.#net.state(member) !== "in") return;
    this.#neighbourhood.welcome(member, left);
    this.#neighbourhood.insert(member, left);
  }

  /** The right neighbour; itself where the member is alone. A former life of the newcomer is forgotten first. */
  #rightOf(member: Member, newcomer: Ref): Ref {
    const { table, order, contacts } = this.#net;
    for (;;) {
      const right = table.neighbour(member, 0, CLOCKWISE);
      if (right === NO_REF) return this.#net.self(member);
      const isFormerLife =
        right !== newcomer &&
        order.sameName(right, newcomer) &&
        contacts.address(right) === contacts.address(newcomer) &&
        contacts.incarnation(right) < contacts.incarnation(newcomer);
      if (!isFormerLife) return right;
      this.#forget(member, right);
    }
  }

  #accept(member: Member, id: number, newcomer: Ref, right: Ref): void {
    const net = this.#net;
    const self = net.self(member);
    const left = this.#neighbourhood.leavesOf(member, COUNTER_CLOCKWISE);
    const rights = this.#neighbourhood
      .leavesOf(member, CLOCKWISE)
      .filter((node) => node !== newcomer);
    this.#neighbourhood.welcome(member, newcomer);
    this.#neighbourhood.insert(member, newcomer);
    if (right !== self && right !== newcomer) {
      this.#left.left = newcomer;
      this.#left.former = self;
      net.phases.link++;
      net.send(member, right, this.#left);
    }
    net.phases.link++;
    net.send(member, newcomer, LinkReply.make({ id, outcome: "linked", right, left, rights }));
  }
}
