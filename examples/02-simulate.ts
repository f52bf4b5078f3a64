/**
 * A thousand nodes in one process: they join by the real protocol, a tenth of them crashes, and the
 * others look each other up at that very moment. The same seed gives the same events, so the whole
 * run is done twice and the hashes of all events are compared.
 */
import {
  type Address,
  ContactTable,
  createCodec,
  createRegistry,
  type Member,
  OVERLAY_MESSAGES,
  Simulation,
  SkipNet,
  TRANSPORT_MESSAGES,
} from "../src/index.ts";

const NODES = 1_000;
const SECOND_US = 1_000_000;

async function run(seed: string): Promise<string> {
  const contacts = new ContactTable();
  const registry = createRegistry([...TRANSPORT_MESSAGES, ...OVERLAY_MESSAGES]);
  const codec = createCodec({ registry, contacts, compression: "off" });
  const simulation = new Simulation({ seed, codec, contacts, latency: "regions" });
  const { world, transport } = simulation.instance();
  const net = new SkipNet({ world, transport, contacts });

  // One process of the simulation hosts all members; member i is simulated host i.
  const members: Member[] = [];
  for (let i = 0; i < NODES; i++) {
    const options = { name: `org${i % 10}.host${i}` };
    members.push(await net.addMember(`sim://${i}` as Address, options));
  }
  const [first, ...others] = members as [Member, ...Member[]];
  net.create(first);
  const seeds = [contacts.endpoint(net.self(first))];
  const joins = others.map((member) => net.join(member, seeds, { deadlineUs: 600 * SECOND_US }));
  // Virtual time only passes while the simulation runs.
  await simulation.run({ untilUs: 20 * SECOND_US });
  await Promise.all(joins);

  const isVictim = (_: Member, i: number): boolean => i % 10 === 9;
  members.forEach((member, i) => {
    if (isVictim(member, i)) simulation.crash(i);
  });
  const alive = members.filter((member, i) => !isVictim(member, i));
  const lookups = alive.map((member, i) => {
    const target = net.self(alive[(i * 7 + 1) % alive.length] as Member);
    return net.routeToName(member, target, undefined, { deadlineUs: 30 * SECOND_US });
  });
  await simulation.run({ untilUs: 30 * SECOND_US });
  const found = (await Promise.allSettled(lookups)).filter(({ status }) => status === "fulfilled");
  console.log(`lookups: ${found.length} of ${lookups.length} reached their node`);
  return simulation.eventHash;
}

const [once, again] = [await run("1"), await run("1")];
console.log(`events: ${once} and ${again}: ${once === again ? "the same" : "not the same"}`);
