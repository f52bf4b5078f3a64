import type { World } from "../../src/core/world.ts";
import { following } from "./follower.ts";

/**
 * A world whose single timers run on the account of whoever set them, and whose member timers on
 * nobody's: timers share one alarm clock of the machine, which would otherwise lend them the account of
 * whoever wound it last.
 */
export function followedWorld<W extends World>(inner: W): W {
  const world: World = {
    nowUs: () => inner.nowUs(),
    wallMs: () => inner.wallMs(),
    random: (name) => inner.random(name),
    timer: (kind, onTimer) => inner.timer(kind, (member) => following.exit(() => onTimer(member))),
    after(member, delayUs, run) {
      const now = following.getStore();
      return inner.after(member, delayUs, () =>
        now === undefined ? following.exit(run) : following.run(now, run),
      );
    },
    deferred: () => inner.deferred(),
    log: inner.log,
  };
  return Object.assign(Object.create(inner) as W, world);
}
