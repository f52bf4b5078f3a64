import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

/**
 * The same runs on this Node and on another one, downloaded by `npx` for this run alone: they must have the
 * same event hash. `npm run test:node24`; another version: `npx tsx tools/same-on-node.ts 22`.
 */
const MAIN = fileURLToPath(new URL("../dist/src/cli/main.js", import.meta.url));
const run = promisify(execFile);

/** Every network, transport and source of randomness of the simulator in a small run. */
const RUNS: readonly (readonly string[])[] = [
  ["--nodes", "6000", "--orgs", "100", "--check"],
  ["--nodes", "1000", "--transport", "udp", "--loss", "0.05", "--fault", "crash:10%"],
  ["--nodes", "1000", "--transport", "tcp", "--network", "sphere", "--fault", "hang:10%+5000ms"],
  ["--nodes", "1000", "--network", "regions", "--delivery", "iterative"],
  ["--nodes", "500", "--network", "transit-stub", "--dedupe"],
  ["--nodes", "500", "--network", "mercator", "--placement", "clustered"],
  ["--nodes", "500", "--network", "king"],
  ["--nodes", "1000", "--network", "constant", "--ties", "shuffle", "--dense"],
  ["--nodes", "40", "--transport", "packet", "--burst", "80ms,2s,80%", "--lookups", "200"],
  ["--nodes", "20", "--transport", "packet-tcp", "--loss", "0.02", "--repair-period", "3000"],
];

/** Functions whose last digit the language leaves to the engine. */
const FUNCTIONS = ["log", "exp", "sin", "cos", "acos", "atan", "sqrt", "cbrt", "log2", "expm1"];

/** Prints digests of the engine's mathematics over many arguments, and its version. */
const MATHEMATICS = `
const { createHash } = require("node:crypto");
const digests = {};
const values = new Float64Array(200000);
const digest = (name, f) => {
  let x = 0.5;
  for (let i = 0; i < values.length; i++) {
    x = (x * 16807 + 0.123456789) % 1;
    values[i] = f(x);
  }
  digests[name] = createHash("sha256").update(new Uint8Array(values.buffer)).digest("hex");
};
for (const name of ${JSON.stringify(FUNCTIONS)}) digest(name, Math[name]);
digest("pow", (x) => Math.pow(x, -1.25));
digest("powers of two", (x) => 2 ** Math.floor(x * 2000 - 1000));
process.stdout.write(JSON.stringify({ node: process.version, v8: process.versions.v8, digests }));
`;

interface Engine {
  readonly node: string;
  readonly v8: string;
  readonly digests: Readonly<Record<string, string>>;
}

/** Runs Node with these arguments. */
type Node = (args: readonly string[]) => Promise<string>;

const output = async (command: string, args: readonly string[]): Promise<string> =>
  (await run(command, [...args], { maxBuffer: 2 ** 26 })).stdout;

const here: Node = (args) => output(process.execPath, args);
const other =
  (version: string): Node =>
  (args) =>
    output("npx", ["--yes", "--package", `node@${version}`, "--", "node", ...args]);

async function main(version: string): Promise<void> {
  const nodes = [here, other(version)];
  const engines = await Promise.all(
    nodes.map(async (node) => JSON.parse(await node(["-e", MATHEMATICS])) as Engine),
  );
  const [one, two] = engines as [Engine, Engine];
  say(`Node ${one.node}, V8 ${one.v8}, beside Node ${two.node}, V8 ${two.v8}`);
  if (one.v8 === two.v8) throw new Error("these are one engine: nothing would be compared");
  const differing = Object.keys(one.digests).filter((f) => one.digests[f] !== two.digests[f]);
  say(`mathematics that differ: ${differing.join(", ") || "none"}`);
  let failures = 0;
  for (const args of RUNS) {
    const [a, b] = await Promise.all(nodes.map((node) => identityOf(node, args)));
    if (a !== b) failures++;
    say(
      `${a === b ? "same     " : "DIFFERENT"} ${a} ${a === b ? "" : b} skipnet sim ${args.join(" ")}`,
    );
  }
  if (failures > 0) throw new Error(`${failures} of ${RUNS.length} runs differ`);
}

/** The event hash of a run, and a digest of all its checkpoints. */
async function identityOf(node: Node, args: readonly string[]): Promise<string> {
  const { eventHash, events, checkpoints } = JSON.parse(
    await node([MAIN, "sim", "--json", ...args]),
  ) as { eventHash: string; events: number; checkpoints: { hashes: readonly string[] } };
  const digest = createHash("sha256").update(checkpoints.hashes.join()).digest("hex");
  return `${eventHash} ${events} ${digest.slice(0, 8)}`;
}

const say = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

await main(process.argv[2] ?? "24");
