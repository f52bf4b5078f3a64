import { NO_REF, type Ref } from "../core/contacts.ts";
import type { Digits } from "./digits.ts";

/** What a numeric route says of the best seen. */
interface Numeric {
  readonly target: Ref;
  best: Ref;
  second: Ref;
  third: Ref;
}

/** Enters a node among the best three that a numeric route has seen, in place. */
export function enterBest(digits: Digits, message: Numeric, node: Ref): void {
  const { target } = message;
  if (node === message.best || node === message.second || node === message.third) return;
  if (message.best === NO_REF || digits.compareFor(target, node, message.best) < 0) {
    message.third = message.second;
    message.second = message.best;
    message.best = node;
  } else if (message.second === NO_REF || digits.compareFor(target, node, message.second) < 0) {
    message.third = message.second;
    message.second = node;
  } else if (message.third === NO_REF || digits.compareFor(target, node, message.third) < 0) {
    message.third = node;
  }
}

/** Takes a node that does not answer out again. */
export function dropBest(message: Numeric, node: Ref): void {
  if (message.best === node) {
    dropFirst(message);
  } else if (message.second === node) {
    message.second = message.third;
    message.third = NO_REF;
  } else if (message.third === node) {
    message.third = NO_REF;
  }
}

/** The best seen, first to third. */
export function bestOf(message: Numeric): readonly Ref[] {
  return [message.best, message.second, message.third].filter((ref) => ref !== NO_REF);
}

/** The others take the place of the first. */
export function dropFirst(message: Numeric): void {
  message.best = message.second;
  message.second = message.third;
  message.third = NO_REF;
}
