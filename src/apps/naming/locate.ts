import type { Ref } from "../../core/contacts.ts";
import type { NumericId } from "../../core/numeric-id.ts";
import type { Context } from "./context.ts";
import type { MemberState } from "./member-state.ts";
import { Locate } from "./messages.ts";

/**
 * The nodes that hold what has this ID, best first, by a route from this member. Keep them before
 * anything else happens. Rejects as the overlay does.
 */
export async function locate(
  { overlay, world, options }: Context,
  { member }: MemberState,
  id: NumericId,
  endsUs: number,
): Promise<readonly Ref[]> {
  const deadlineUs = Math.max(1, endsUs - world.nowUs());
  const { delivery } = options;
  const found = await overlay.routeByNumericId(member, id, Locate.make({}), {
    deadlineUs,
    delivery,
  });
  return found.holders;
}
