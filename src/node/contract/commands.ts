import type { Address, Endpoint } from "../../core/address.ts";
import type { FarMessage } from "../../transport/contract/harness.ts";
import type { TransportModule } from "../../transport/module.ts";

/**
 * A transport module that can also be cut off: `cut(true)` lets nothing in or out of this process,
 * `cut(false)` lets it pass again. For tests of what a network does and a signal cannot.
 */
export interface CuttableModule extends TransportModule {
  readonly cut?: ((off: boolean) => void) | undefined;
}

/** What the harness asks of the far process, one at a time. */
export type FarCommand =
  | { readonly do: "open"; readonly module: string; readonly spec: string; readonly at: Address }
  | { readonly do: "received" }
  | { readonly do: "cut"; readonly off: boolean }
  | { readonly do: "close" };

export type FarAnswer =
  | { readonly ok: "open"; readonly endpoint: Endpoint }
  | { readonly ok: "received"; readonly messages: readonly FarMessage[] }
  | { readonly ok: "cut" }
  /** What was still open after the transport's `close`. */
  | { readonly ok: "close"; readonly leaks: readonly string[] }
  | { readonly failed: string };
