import type { ContactTable } from "../core/contacts.ts";
import { SkipnetError } from "../core/errors.ts";
import { ContactPacker } from "./contact-pack.ts";
import { ContactSizes } from "./contact-size.ts";
import type { AnyMessageType } from "./message.ts";
import { compilePack } from "./pack-fields.ts";
import { Places } from "./places.ts";
import { compileRead } from "./read-fields.ts";
import type { MessageRegistry } from "./registry.ts";
import { compileSize } from "./size-fields.ts";
import type { PlanIndex, TypePlan } from "./type-plan.ts";

/** Compiles the coding of every registered type, for the contacts of one process. */
export function compilePlans(registry: MessageRegistry, contacts: ContactTable): PlanIndex {
  const byTag: (TypePlan | undefined)[] = [];
  const places = new Places(contacts);
  const sizes = new ContactSizes(contacts, places);
  const packer = new ContactPacker(contacts, sizes.columns);
  const plans: PlanIndex = {
    pack(message) {
      packer.begin();
      return plans.of(message.type).pack(message, 1, { contacts: 0, place: undefined });
    },
    size(message) {
      const { type } = message;
      // Flat messages begin where they are measured: most of them have been already.
      if (!type.flat) sizes.begin();
      return plans.of(type).size(message);
    },
    byTag: (tag) => byTag[tag],
    of(type: AnyMessageType) {
      const plan = byTag[type.tag];
      if (plan === undefined || plan.type !== type) {
        throw new SkipnetError("E_OPTIONS", `message type ${type.name} is not in the registry`);
      }
      return plan;
    },
  };
  for (const type of registry.types) {
    byTag[type.tag] = {
      type,
      fieldCount: Object.keys(type.fields).length,
      pack: compilePack(type, { contacts, packer, places, plans }),
      read: compileRead(type, { contacts, places, plans }),
      size: compileSize(type, sizes, plans),
    };
  }
  return plans;
}
