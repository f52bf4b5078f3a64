import type { CancelTimer, World } from "../../core/world.ts";
import type { Connection } from "./connection.ts";
import { FRAME_PING } from "./frames.ts";
import type { Hello } from "./hello.ts";
import { HELLO_TIMEOUT_US } from "./options.ts";

/**
 * A visitor of a life that was called down. Its greeting may have lain in our kernel since before that,
 * and prove nothing; so it is greeted and asked, and counts from the first frame that follows, which
 * its process sends after it has read our greeting.
 */
export class Returning {
  readonly #world: World;
  #visitor: Connection | undefined;
  #hello: Hello | undefined;
  #cancelTimeout: CancelTimer | undefined;

  constructor(world: World) {
    this.#world = world;
  }

  /** Asks a visitor that has been greeted back. One at a time: the latest. */
  ask(visitor: Connection, hello: Hello): void {
    this.stop();
    this.#visitor = visitor;
    this.#hello = hello;
    this.#cancelTimeout = this.#world.after(0, HELLO_TIMEOUT_US, () => this.stop());
    visitor.probe(FRAME_PING, 1 + this.#world.random("tcp.returning").below(0xffff_fffe));
    visitor.flush(() => undefined);
  }

  /** A frame came: the greeting of the visitor that it proves, once. */
  proven(visitor: Connection): Hello | undefined {
    if (visitor !== this.#visitor) return undefined;
    const hello = this.#hello;
    this.#forget();
    return hello;
  }

  stop(): void {
    const visitor = this.#visitor;
    this.#forget();
    visitor?.destroy();
  }

  #forget(): void {
    this.#cancelTimeout?.();
    this.#visitor = undefined;
    this.#hello = undefined;
  }
}
