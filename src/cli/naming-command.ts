import { readFile } from "node:fs/promises";
import { Command, Option } from "commander";
import type { ClientLimits, NamingClient } from "../apps/naming/client.ts";
import { VALUE_BYTES_MAX } from "../apps/naming/options.ts";
import { parseDirectoryPath, parseEntryPath } from "../apps/naming/path.ts";
import type { Done, ListResult, NotDone, Uncertain } from "../apps/naming/results.ts";
import { formatStamp } from "../apps/naming/stamp.ts";
import type { Address } from "../core/address.ts";
import { SkipnetError } from "../core/errors.ts";
import { openClient, resultError } from "../node/client.ts";
import { loadTransportModule } from "../node/transports.ts";
import { addressesArgument, durationArgument } from "./arguments.ts";
import { interruptible } from "./interrupt.ts";
import { printJson, printLine } from "./output.ts";

/** Longest that an operation may take, unless the caller says otherwise. */
export const OPERATION_DEADLINE_US = 10_000_000;

interface ViaOptions {
  readonly via: Address[];
  readonly deadline: number;
  readonly transport?: string;
  readonly transportModule?: string;
  readonly json?: boolean;
}

type Operation = (client: NamingClient, limits: ClientLimits) => Promise<void>;

/** `skipnet put PATH VALUE`. */
export function putCommand(): Command {
  return viaCommand("put")
    .description("store a value under a path; missing directories are made")
    .argument("<path>", "as /com.example/apps/web/port")
    .argument("[value]", "the value, as text")
    .option("--file <file>", "take the value from a file, - is standard input")
    .addHelpText(
      "after",
      "\nExample:\n  skipnet put /com.example/apps/web/port 8080 --via udp://127.0.0.1:7001\n",
    )
    .action(
      async (path: string, value: string | undefined, options: ViaOptions & { file?: string }) => {
        parseEntryPath(path);
        const bytes = await valueToPut(value, options.file);
        await runVia(options, async (client, limits) => {
          const outcome = settled(await client.put(path, bytes, limits));
          if (options.json === true)
            printJson({ ...head("put", path, outcome), bytes: bytes.length });
        });
      },
    );
}

/** `skipnet get PATH`. */
export function getCommand(): Command {
  return viaCommand("get")
    .description("print the value under a path, byte for byte")
    .argument("<path>", "as /com.example/apps/web/port")
    .addHelpText(
      "after",
      "\nExample:\n  skipnet get /com.example/apps/web/port --via udp://127.0.0.1:7001\n",
    )
    .action(async (path: string, options: ViaOptions) => {
      parseEntryPath(path);
      await runVia(options, async (client, limits) => {
        const outcome = settled(await client.get(path, limits));
        if (options.json === true)
          printJson({ ...head("get", path, outcome), ...valueFields(outcome.value) });
        else printValue(outcome.value);
      });
    });
}

/** `skipnet ls PATH`. */
export function listCommand(): Command {
  return viaCommand("ls")
    .description("list a directory, one name a line; directories end in a slash")
    .argument("<path>", "as /com.example/apps")
    .addHelpText("after", "\nExample:\n  skipnet ls /com.example/apps --via udp://127.0.0.1:7001\n")
    .action(async (path: string, options: ViaOptions) => {
      const directory = parseDirectoryPath(path);
      await runVia(options, async (client, limits) => {
        const names: string[] = [];
        for await (const found of pagesOf(client, directory, limits)) {
          if (options.json === true) names.push(...found);
          else for (const name of found) printLine(name);
        }
        if (options.json === true) printJson({ schema: 1, command: "ls", path, names });
      });
    });
}

/** `skipnet rm PATH`. */
export function removeCommand(): Command {
  return viaCommand("rm")
    .description("remove a value or an empty directory")
    .argument("<path>", "as /com.example/apps/web/port")
    .addHelpText(
      "after",
      "\nExample:\n  skipnet rm /com.example/apps/web/port --via udp://127.0.0.1:7001\n",
    )
    .action(async (path: string, options: ViaOptions) => {
      parseDirectoryPath(path);
      await runVia(options, async (client, limits) => {
        const outcome = settled(await client.remove(path, limits));
        const { existed } = outcome;
        if (options.json === true) printJson({ ...head("rm", path, outcome), existed });
        else if (!existed) process.stderr.write(`there was nothing at ${path}\n`);
      });
    });
}

function viaCommand(name: string): Command {
  return new Command(name)
    .requiredOption(
      "--via <address>",
      "a live node to ask; may stand several times, the next is asked when one does not answer",
      addressesArgument,
    )
    .addOption(
      new Option("--deadline <duration>", "the operation's whole time")
        .argParser(durationArgument)
        .default(OPERATION_DEADLINE_US, "10s"),
    )
    .option("--transport <transport>", "with its options, as udp:retries=2 (default: as --via)")
    .option("--transport-module <file>", "a module with a transport of your own")
    .option("--json", "print one JSON document");
}

function runVia(options: ViaOptions, operation: Operation): Promise<void> {
  return interruptible(async (signal) => {
    const { via, transport, transportModule, deadline } = options;
    const transportModules =
      transportModule === undefined ? [] : [await loadTransportModule(transportModule)];
    const client = await openClient({ via, transport, transportModules });
    try {
      await operation(client.naming, { deadlineUs: deadline, signal });
    } finally {
      await client.close();
    }
  });
}

/** All names of a directory, page by page, within one deadline. */
async function* pagesOf(
  client: NamingClient,
  path: string,
  { deadlineUs, signal }: ClientLimits,
): AsyncGenerator<readonly string[]> {
  const endsMs = performance.now() + deadlineUs / 1000;
  let after: string | undefined = "";
  while (after !== undefined) {
    const remainingUs = Math.max(1, (endsMs - performance.now()) * 1000);
    const limits = { deadlineUs: remainingUs, signal, after };
    const page: ListResult = await client.list(path, limits);
    const { names, next } = settled(page);
    yield names;
    after = next;
  }
}

/** The result if it is done; throws what it stands for if not. */
function settled<Result extends { readonly outcome: "done" }>(
  result: Result | NotDone | Uncertain,
): Result {
  if (result.outcome !== "done") throw resultError(result);
  return result;
}

function head(command: string, path: string, { stamp, tries, hops }: Done): object {
  return { schema: 1, command, path, stamp: formatStamp(stamp), tries, hops };
}

/** Text as text; what is not UTF-8 in base64. */
function valueFields(value: Uint8Array): object {
  const text = new TextDecoder().decode(value);
  const isText = Buffer.from(text).equals(value);
  return isText ? { value: text } : { valueBase64: Buffer.from(value).toString("base64") };
}

/** The bytes and nothing else, so that they can be piped; on a terminal, a line. */
function printValue(value: Uint8Array): void {
  process.stdout.write(value);
  if (process.stdout.isTTY && value.at(-1) !== 0x0a) process.stdout.write("\n");
}

async function valueToPut(
  value: string | undefined,
  file: string | undefined,
): Promise<Uint8Array> {
  if ((value === undefined) === (file === undefined)) {
    throw new SkipnetError("E_OPTIONS", "put takes either a value or --file");
  }
  const bytes = file === undefined ? Buffer.from(value ?? "") : await bytesOf(file);
  if (bytes.length > VALUE_BYTES_MAX) {
    throw new SkipnetError(
      "E_OPTIONS",
      `a value of ${bytes.length} bytes is over ${VALUE_BYTES_MAX}`,
    );
  }
  return bytes;
}

async function bytesOf(file: string): Promise<Uint8Array> {
  try {
    if (file !== "-") return await readFile(file);
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    for await (const chunk of process.stdin as AsyncIterable<Uint8Array>) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > VALUE_BYTES_MAX) break;
    }
    return Buffer.concat(chunks);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new SkipnetError("E_OPTIONS", `cannot read ${file}: ${why}`, { cause });
  }
}
