import { Command, Option } from "commander";
import type { Address } from "../core/address.ts";
import { jsonLog, type LineSink } from "../core/live/log.ts";
import { LogFile } from "../core/live/log-file.ts";
import type { LogLevel } from "../core/log.ts";
import { JOIN_DEADLINE_US, startNode } from "../node/node.ts";
import { loadTransportModule } from "../node/transports.ts";
import { OVERLAY_DEFAULTS } from "../overlay/options.ts";
import type { Advertised } from "../transport/advertised.ts";
import {
  addressArgument,
  addressesArgument,
  advertisedArgument,
  durationArgument,
  hostPortArgument,
  integerArgument,
  nodeNameArgument,
  sizeArgument,
} from "./arguments.ts";
import { aborted, interruptible } from "./interrupt.ts";
import { printLine } from "./output.ts";
import { type ShortcutFlags, shortcutOptions, withShortcutFlags } from "./overlay-flags.ts";

interface NodeCommandOptions extends ShortcutFlags {
  readonly name: string;
  readonly listen: Address;
  readonly advertise?: Advertised;
  readonly join?: Address[];
  readonly joinDeadline: number;
  readonly transport?: string;
  readonly transportModule?: string;
  readonly overlayK: number;
  readonly admin?: { host: string; port: number };
  readonly log?: string;
  readonly logSize: number;
  readonly logLevel: LogLevel;
}

const EXAMPLE = `
Example, a first node and a second one that joins it:
  skipnet node --name com.example.host1 --listen udp://127.0.0.1:7001 --admin 127.0.0.1:9001
  skipnet node --name com.example.host2 --listen udp://127.0.0.1:0 --join udp://127.0.0.1:7001
A node on all addresses of its machine, known to others by one of them:
  skipnet node --name com.example.host3 --listen udp://0.0.0.0:7003 --advertise host3.example.com --join udp://host1.example.com:7001
`;

/** `skipnet node`: runs one live node until it is told to stop. */
export function nodeCommand(): Command {
  const command = new Command("node")
    .description("run one live node until Ctrl-C or SIGTERM, on which it leaves politely")
    .requiredOption("--name <name>", "reversed DNS name of the node", nodeNameArgument)
    .requiredOption(
      "--listen <address>",
      "where to listen; port 0 is any free one",
      addressArgument,
    )
    .option(
      "--advertise <host[:port]>",
      "where others reach the node, if not at --listen: it listens on 0.0.0.0, or behind another address",
      advertisedArgument,
    )
    .option(
      "--join <address>",
      "a member to join through, may stand several times; none begins a new overlay",
      addressesArgument,
    )
    .addOption(
      new Option("--join-deadline <duration>", "give up joining after this time")
        .argParser(durationArgument)
        .default(JOIN_DEADLINE_US, "30s"),
    )
    .option("--transport <transport>", "with its options, as udp:retries=2 (default: as --listen)")
    .option("--transport-module <file>", "a module with a transport of your own")
    .option(
      "--overlay-k <k>",
      "values of a numeric digit, 2 to 16",
      integerArgument(2, 16),
      OVERLAY_DEFAULTS.k,
    )
    .option(
      "--admin <host:port>",
      "serve /healthz, /metrics and /state there (default: off)",
      hostPortArgument,
    )
    .option("--log <file>", "write the log there, bounded (default: to standard error)")
    .addOption(
      new Option("--log-size <size>", "size at which the log file is rotated; four are kept")
        .argParser(sizeArgument)
        .default(16 << 20, "16MiB"),
    )
    .addOption(
      new Option("--log-level <level>", "least important lines to write")
        .choices(["debug", "info", "warn", "error"])
        .default("info"),
    );
  return withShortcutFlags(command)
    .addHelpText("after", EXAMPLE)
    .action((options: NodeCommandOptions) =>
      interruptible((signal) => runNode(options, signal), { terminationIsDone: true }),
    );
}

async function runNode(options: NodeCommandOptions, signal: AbortSignal): Promise<void> {
  const { name, listen, log, logSize, logLevel, transportModule } = options;
  const modules = transportModule === undefined ? [] : [await loadTransportModule(transportModule)];
  const file = log === undefined ? undefined : new LogFile({ file: log, fileBytesMax: logSize });
  const sink: LineSink = file ?? { write: (line) => process.stderr.write(line) };
  const nodeLog = jsonLog({ node: name, sink, level: logLevel });
  const onCrash = (error: Error): void => nodeLog.error("node.crashed", { why: error.stack });
  process.on("uncaughtExceptionMonitor", onCrash);
  try {
    const node = await startNode({
      name,
      listen,
      advertise: options.advertise,
      join: options.join,
      joinDeadlineUs: options.joinDeadline,
      transport: options.transport,
      transportModules: modules,
      overlay: { k: options.overlayK, ...shortcutOptions(options) },
      admin: options.admin,
      log: nodeLog,
      signal,
    });
    const pages =
      node.admin === undefined ? "" : ` admin http://${node.admin.host}:${node.admin.port}`;
    printLine(`ready ${name} ${node.endpoint.address}${pages}`);
    await aborted(signal);
    await node.close();
  } finally {
    process.off("uncaughtExceptionMonitor", onCrash);
    file?.close();
  }
}
