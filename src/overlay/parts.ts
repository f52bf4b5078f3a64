import type { ContactTable } from "../core/contacts.ts";
import type { NumericId } from "../core/numeric-id.ts";
import type { World } from "../core/world.ts";
import type { Transport } from "../transport/transport.ts";
import type { OverlayOptions } from "./options.ts";

/** What an overlay object is made of. */
export interface SkipNetParts {
  readonly world: World;
  readonly transport: Transport;
  readonly contacts: ContactTable;
  readonly options?: Partial<OverlayOptions> | undefined;
}

/** Who a member is. */
export interface MemberOptions {
  /** Reversed DNS name, as `com.example.host1`. */
  readonly name: string;
  /** Left out: the hash of the name. */
  readonly numericId?: NumericId | undefined;
  /**
   * One more name of a process that has another: its numeric ID is truncated at a random height, so that
   * it costs a few pointers and not log N. Needs the overlay option `truncatedIds`.
   */
  readonly isVirtual?: boolean | undefined;
}
