import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { exitStatus, failureDocument, failureText } from "./failure.ts";
import { printJson } from "./output.ts";

/** A command that is loaded when somebody uses it: `skipnet get` does not wait for the simulator. */
interface LazyCommand {
  readonly name: string;
  readonly summary: string;
  load(): Promise<Command>;
}

const COMMANDS: readonly LazyCommand[] = [
  {
    name: "bench",
    summary: "one scenario over several transports, side by side, with a report",
    load: async () => (await import("../../bench/cli.ts")).benchCommand(),
  },
  {
    name: "report",
    summary: "rebuild or merge reports from result files",
    load: async () => (await import("../../bench/cli.ts")).reportCommand(),
  },
  {
    name: "sim",
    summary: "one simulated run at any scale; checked and replayable",
    load: async () => (await import("./sim.ts")).simCommand(),
  },
  {
    name: "node",
    summary: "run one live node",
    load: async () => (await import("./node-command.ts")).nodeCommand(),
  },
  {
    name: "put",
    summary: "store a value under a path, through a live node",
    load: async () => (await import("./naming-command.ts")).putCommand(),
  },
  {
    name: "get",
    summary: "print the value under a path",
    load: async () => (await import("./naming-command.ts")).getCommand(),
  },
  {
    name: "ls",
    summary: "list a directory",
    load: async () => (await import("./naming-command.ts")).listCommand(),
  },
  {
    name: "rm",
    summary: "remove a value or an empty directory",
    load: async () => (await import("./naming-command.ts")).removeCommand(),
  },
  {
    name: "timeouts",
    summary: "the cascade of derived bounds and deadlines as a tree",
    load: async () => (await import("./timeouts-command.ts")).timeoutsCommand(),
  },
];

/**
 * Runs the command line. Returns the exit status; results are on standard output, everything else on
 * standard error.
 */
export async function runProgram(argv: readonly string[]): Promise<number> {
  let saidWhy = false;
  try {
    const program = await buildProgram(argv, () => {
      saidWhy = true;
    });
    await program.parseAsync([...argv], { from: "user" });
    return Number(process.exitCode ?? 0);
  } catch (error) {
    const status = exitStatus(error);
    if (status === 0) return status;
    if (argv.includes("--json")) printJson(failureDocument(error));
    if (error instanceof CommanderError) {
      // Help has been shown, or the library has said what is wrong with the usage; not so where a
      // command refused its arguments only when it ran.
      if (!saidWhy && error.code === "commander.invalidArgument") {
        process.stderr.write(`error: ${error.message}\n`);
      }
    } else process.stderr.write(`${failureText(error)}\n`);
    return status;
  }
}

async function buildProgram(argv: readonly string[], onComplaint: () => void): Promise<Command> {
  const program = new Command("skipnet")
    .description("SkipNet overlay and naming service over simulator, TCP and reliable UDP")
    .version(version(), "--version")
    .helpOption("--help", "show how it is used")
    .exitOverride()
    // Options behind the name of a command belong to it, though the command above has them too.
    .enablePositionalOptions()
    .configureOutput({
      outputError: (text, write) => {
        onComplaint();
        write(text);
      },
    })
    .configureHelp({ showGlobalOptions: false })
    .showHelpAfterError("(--help shows how it is used)");
  const words = argv.filter((word) => !word.startsWith("-"));
  const wanted = words[0] === "help" ? words[1] : words[0];
  for (const { name, summary, load } of COMMANDS) {
    const command = name === wanted ? await load() : new Command(name).allowUnknownOption();
    command.summary(summary);
    inherit(program, command);
    program.addCommand(command);
  }
  return program;
}

/** Commands made elsewhere end and complain as the program does. */
function inherit(parent: Command, command: Command): void {
  command.copyInheritedSettings(parent).helpOption("--help", "show how it is used");
  for (const child of command.commands) inherit(command, child);
}

function version(): string {
  // From src/cli as well as from dist/src/cli.
  for (const up of ["../../package.json", "../../../package.json"]) {
    try {
      const text = readFileSync(new URL(up, import.meta.url), "utf8");
      const { name, version: found } = JSON.parse(text) as { name: string; version: string };
      if (name === "skipnet") return found;
    } catch {
      // Not here: one level up.
    }
  }
  return "unknown";
}
