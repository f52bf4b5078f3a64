/**
 * An application of its own on the overlay: a message type, a node that serves it, a node that asks.
 * A declaration is all there is to a message: encoding, validation, limits and size follow from it.
 */
import { defineMessage, fields, type Message, parseAddress, startNode } from "../src/index.ts";

const Sum = defineMessage({
  tag: 100, // 64 to 127 are for applications; naming has 64 to 81
  name: "example.sum",
  doc: "Add these numbers.",
  nests: true, // travels inside a route or a call
  fields: { numbers: fields.list("what to add", fields.u32("a number"), 100) },
});
const Total = defineMessage({
  tag: 101,
  name: "example.total",
  doc: "Their sum.",
  nests: true,
  fields: { total: fields.safeInt("the sum"), by: fields.text("who added them", 255) },
});

const listen = parseAddress("udp://127.0.0.1:0");
const messages = [Sum, Total]; // the same in all nodes of one overlay
const north = await startNode({ name: "com.example.north", listen, messages });
const join = [north.endpoint.address];
const south = await startNode({ name: "com.example.south", listen, join, messages });

for (const { overlay } of [north, south]) {
  overlay.serve(Sum, (member, { body, reply }) => {
    const total = body.numbers.reduce((sum, number) => sum + number, 0);
    reply(Total.make({ total, by: overlay.contacts.name(overlay.self(member)) }));
  });
}

const sum = Sum.make({ numbers: [17, 4, 21] });
const options = { deadlineUs: 5_000_000 };
const told = (body: Message | undefined): string =>
  body !== undefined && Total.is(body) ? `${body.total}, added by ${body.by}` : "not understood";

// By name: served by the node so called, or by the last one before it in the order of names.
for (const name of ["com.example.south", "com.example.orchard"]) {
  const { body, hops } = await north.overlay.routeByName(north.member, name, sum, options);
  console.log(`${name}: ${told(body)}, hops: ${hops}`);
}

// Or straight to a node that is known already.
const { by } = await south.overlay.routeByName(south.member, "com.example.north", sum, options);
const reply = await south.overlay.request(south.member, by, sum, options);
console.log(`directly: ${told(reply)}`);

await south.close();
await north.close();
