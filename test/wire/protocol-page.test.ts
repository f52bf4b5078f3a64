import { expect, test } from "vitest";
import { TRANSPORT_MESSAGES } from "../../src/transport/messages.ts";
import * as f from "../../src/wire/fields.ts";
import { defineMessage } from "../../src/wire/message.ts";
import { protocolPage } from "../../src/wire/protocol-page.ts";
import { createRegistry } from "../../src/wire/registry.ts";

test("the page tells every type, field, limit and value, the same each time", () => {
  const Thing = defineMessage({
    tag: 99,
    name: "test.thing",
    doc: "A | B.",
    nests: true,
    fields: {
      path: f.text("where", 77),
      items: f.list("what", f.struct("an item", { size: f.u16("in bytes") }), 5),
    },
  });
  const registry = createRegistry([...TRANSPORT_MESSAGES, Thing]);
  const page = protocolPage(registry);
  expect(protocolPage(createRegistry([...TRANSPORT_MESSAGES, Thing]))).toBe(page);
  for (const type of registry.types) {
    expect(page).toContain(`#### ${type.tag} ${type.name}`);
    for (const [name, { doc }] of Object.entries(type.fields)) {
      expect(page).toContain(`| \`${name}\` |`);
      expect(page).toContain(doc);
    }
  }
  expect(page).toContain("A \\| B.");
  expect(page).toContain("text, at most 77 bytes");
  expect(page).toContain("| `items[].size` | whole number, 0 to 65535 | in bytes |");
  expect(page).toContain("0 `done`, 1 `overloaded`");
});
