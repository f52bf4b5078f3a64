import { Command, Option } from "commander";
import { namingBounds } from "../apps/naming/bounds.ts";
import { NAMING_DEFAULTS, namingOptions } from "../apps/naming/options.ts";
import { ContactTable } from "../core/contacts.ts";
import { liveWorld } from "../core/live/world.ts";
import { formatDurationUs } from "../core/units.ts";
import { JOIN_DEADLINE_US } from "../node/node.ts";
import { nodeRegistry } from "../node/registry.ts";
import { loadTransportModule, openTransport } from "../node/transports.ts";
import { overlayBounds } from "../overlay/bounds.ts";
import { overlayOptions } from "../overlay/options.ts";
import type { TransportBounds } from "../transport/transport.ts";
import { createCodec } from "../wire/codec.ts";
import { integerArgument } from "./arguments.ts";
import { cascadeOf, paperCascade, type Timeout } from "./cascade.ts";
import { cascadeText } from "./cascade-text.ts";
import { OPERATION_DEADLINE_US } from "./naming-command.ts";
import { printJson, printLine } from "./output.ts";

interface TimeoutsOptions {
  readonly transport: string;
  readonly transportModule?: string;
  readonly nodes: number;
  readonly directories: number;
  readonly preset?: string;
  readonly json?: boolean;
}

const NODES_MAX = 1 << 21;

const EXAMPLE = `
"at most" is a worst case, for reading; "waits" is a deadline that somebody sets; the rest is arithmetic.

Examples:
  skipnet timeouts --transport udp:retries=2 --nodes 1000
  skipnet timeouts --preset paper-2004
`;

/** `skipnet timeouts`: the cascade of derived bounds and deadlines, with the arithmetic. */
export function timeoutsCommand(): Command {
  return new Command("timeouts")
    .description("print the bounds and deadlines of every floor, and how they come about")
    .option("--transport <transport>", "with its options, as tcp:os or udp:retries=2", "udp")
    .option("--transport-module <file>", "a module with a transport of your own")
    .option("--nodes <n>", "nodes of the overlay", integerArgument(1, NODES_MAX), 1_000)
    .option(
      "--directories <n>",
      "directories that one node holds",
      integerArgument(0, NAMING_DEFAULTS.directoriesMax),
      100,
    )
    .addOption(
      new Option("--preset <preset>", "the cascade of the paper instead of ours").choices([
        "paper-2004",
      ]),
    )
    .option("--json", "print one JSON document")
    .addHelpText("after", EXAMPLE)
    .action(runTimeouts);
}

async function runTimeouts(options: TimeoutsOptions): Promise<void> {
  const { nodes, directories, preset, json } = options;
  if (preset !== undefined) {
    const title =
      "SkipNet over TCP as in 2004: worst case upon worst case, as deadlines would have to be";
    show(json, { preset }, title, paperCascade());
    return;
  }
  const { name, bounds } = await transportBounds(options);
  const overlay = overlayBounds(bounds, overlayOptions({ membersExpected: nodes }));
  const naming = namingBounds(namingOptions(), { detectUs: overlay.repairUs }, directories);
  const cascade = cascadeOf({
    transport: bounds,
    overlay,
    naming,
    operationDeadlineUs: OPERATION_DEADLINE_US,
    joinDeadlineUs: JOIN_DEADLINE_US,
  });
  const title = `${name}, ${nodes} nodes, paths of at most ${formatDurationUs(bounds.rttUs)} round trip`;
  show(json, { transport: name, nodes, directories, rttUs: bounds.rttUs }, title, cascade);
}

/** What the transport says of itself; nothing is bound to an address for it. */
async function transportBounds(
  options: TimeoutsOptions,
): Promise<{ name: string; bounds: TransportBounds }> {
  const { transport: text, transportModule } = options;
  const modules = transportModule === undefined ? [] : [await loadTransportModule(transportModule)];
  const world = liveWorld();
  const codec = createCodec({ registry: nodeRegistry(), contacts: new ContactTable() });
  const transport = await openTransport(text, { world, codec }, modules);
  try {
    return { name: transport.name, bounds: transport.bounds() };
  } finally {
    await transport.close();
    world.close();
  }
}

function show(
  json: boolean | undefined,
  head: object,
  title: string,
  cascade: readonly Timeout[],
): void {
  if (json === true) printJson({ schema: 1, command: "timeouts", ...head, cascade });
  else printLine(cascadeText(title, cascade));
}
