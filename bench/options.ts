import { SkipnetError } from "../src/core/errors.ts";
import { parseDurationUs, parseSizeBytes } from "../src/core/units.ts";
import { findTransport, loadTransportModule } from "../src/node/transports.ts";
import type { TransportSpec } from "../src/transport/options.ts";
import { readTcpOptions } from "../src/transport/tcp/options.ts";
import { udpOptionsFrom } from "../src/transport/udp/options.ts";
import { defaultNames, namesFromFile } from "./load/names.ts";
import { PROBE_BYTES_MAX } from "./load/probe.ts";
import { RUN_MS_MAX } from "./load/success-times.ts";
import { VALUE_BYTES_MIN } from "./load/value.ts";
import { type FaultKind, type ScenarioResult, TRANSPORTS_MAX } from "./results.ts";
import type { Scenario } from "./scenario.ts";
import { checkChanges } from "./scenarios/check-change.ts";
import { loadScenario } from "./scenarios/load.ts";
import { networkScript } from "./scenarios/network.ts";
import type { ScenarioFile } from "./scenarios/schema.ts";
import { checkSimulated, isSimulated, packetTransport } from "./sim/model.ts";

/** What `skipnet bench` was given, as text. What is left out comes from the scenario, or the defaults. */
export interface BenchArguments {
  readonly scenario?: string | undefined;
  readonly transports?: string | undefined;
  readonly nodes?: string | undefined;
  readonly seed?: string | undefined;
  readonly warmUp?: string | undefined;
  readonly duration?: string | undefined;
  readonly workload?: string | undefined;
  readonly rate?: string | undefined;
  readonly names?: string | undefined;
  readonly valueSize?: string | undefined;
  readonly faults?: string | undefined;
  readonly compression?: string | undefined;
  readonly transportModule?: string | undefined;
}

export const BENCH_DEFAULTS = {
  scenario: "default",
  transports: "sim,tcp:os,tcp,udp",
  nodes: 16,
  clients: 2,
  seed: "1",
  warmUp: "5s",
  duration: "15s",
  workload: "naming",
  rate: 100,
  faults: "crash,hang",
  compression: "auto",
  deadline: "5s",
  crashAt: 0.25,
  hangAt: 0.5,
  simNetwork: "loopback",
} as const;

/** The columns of a scenario with link conditions where nobody says which; live ones are left out, and named. */
const CONDITIONS_TRANSPORTS = "sim:packet-udp,sim:packet-tcp,tcp:os,tcp,udp";

/** Processes of one live run on one machine. */
const NODES_MAX = 256;
const CLIENTS_MAX = 16;
const RATE_MAX = 100_000;
const SEED_LENGTH_MAX = 100;
const DURATION_MS_MIN = 500;
const DEADLINE_MS_MAX = 600_000;
/** Without a size of their own, echoes carry this much. */
const ECHO_BYTES = 1_024;

export interface BenchOptions {
  readonly scenario: Scenario;
  readonly transports: readonly string[];
}

/** Resolves and checks all options before anything is started. Throws `E_OPTIONS`. */
export async function benchOptions(given: BenchArguments): Promise<BenchOptions> {
  const { name, file } = await loadScenario(given.scenario ?? BENCH_DEFAULTS.scenario);
  const from = merged(given, file);
  checkOwnColumns(file);
  const workload = oneOf("--workload", from.workload, ["naming", "routing", "echo"]);
  const durationMs = parseDurationUs(from.duration) / 1_000;
  within("--duration", durationMs, DURATION_MS_MIN, RUN_MS_MAX, "milliseconds");
  const warmUpMs = parseDurationUs(from.warmUp) / 1_000;
  within("--warm-up", warmUpMs, 0, RUN_MS_MAX, "milliseconds");
  const deadlineMs = parseDurationUs(from.deadline) / 1_000;
  within("deadline", deadlineMs, 1, DEADLINE_MS_MAX, "milliseconds");
  const nodes = whole("--nodes", from.nodes, 2, NODES_MAX);
  const faults = parseFaults(from.faults);
  checkFaults(faults, nodes, from);
  if (from.names !== undefined && workload !== "naming") {
    throw new SkipnetError("E_OPTIONS", `--names has no meaning with --workload ${workload}`);
  }
  const transports = await checkedTransports(from.transports, from.transportModule);
  if (from.seed.length > SEED_LENGTH_MAX) {
    throw new SkipnetError("E_OPTIONS", `--seed is over ${SEED_LENGTH_MAX} characters`);
  }
  const scenario: Scenario = {
    name,
    seed: from.seed,
    nodes,
    clients: whole("clients", from.clients, 1, CLIENTS_MAX),
    warmUpMs,
    durationMs,
    workload,
    rate: positive("--rate", from.rate, RATE_MAX),
    names: await names(workload, from.names),
    valueSizeBytes: valueSize(workload, from.valueSize),
    faults,
    faultsAt: { crash: from.crashAt, hang: from.hangAt },
    compression: oneOf("--compression", from.compression, ["auto", "off", "fflate", "zlib"]),
    deadlineMs,
    simNetwork: from.simNetwork,
    network: file.network,
    transportModule: from.transportModule,
  };
  if (file.network !== undefined) {
    const { clients } = scenario;
    networkScript(file.network, nodes + clients, nodes);
    checkChanges(file.network, { durationMs, faults, transports });
  }
  return { scenario, transports };
}

/** The command line wins over the scenario, and that over the defaults. */
function merged(given: BenchArguments, file: ScenarioFile) {
  const defaults = {
    ...BENCH_DEFAULTS,
    transports: file.network === undefined ? BENCH_DEFAULTS.transports : CONDITIONS_TRANSPORTS,
  };
  const pick = (key: keyof BenchArguments & keyof ScenarioFile & keyof typeof BENCH_DEFAULTS) =>
    String(given[key] ?? file[key] ?? defaults[key]);
  return {
    transports: pick("transports"),
    nodes: pick("nodes"),
    clients: String(file.clients ?? BENCH_DEFAULTS.clients),
    seed: pick("seed"),
    warmUp: pick("warmUp"),
    duration: pick("duration"),
    workload: pick("workload"),
    rate: pick("rate"),
    names: given.names ?? file.names,
    valueSize: given.valueSize ?? file.valueSize,
    faults: pick("faults"),
    compression: pick("compression"),
    transportModule: given.transportModule ?? file.transportModule,
    deadline: file.deadline ?? BENCH_DEFAULTS.deadline,
    crashAt: file.crashAt ?? BENCH_DEFAULTS.crashAt,
    hangAt: file.hangAt ?? BENCH_DEFAULTS.hangAt,
    simNetwork: file.simNetwork ?? BENCH_DEFAULTS.simNetwork,
  };
}

/** A scenario whose own columns cannot show what it is about contradicts itself. */
function checkOwnColumns({ network, transports }: ScenarioFile): void {
  if (network === undefined || transports === undefined) return;
  const strange = splitTransports(transports).find((name) => packetTransport(name) === undefined);
  if (strange === undefined) return;
  throw new SkipnetError(
    "E_OPTIONS",
    `the scenario has link conditions and lists ${strange}, which cannot show them: list sim:packet-… columns, or none`,
  );
}

/**
 * A list of transports: `sim,udp:retries=2,ackDelay=5ms,tcp`. A comma also separates the options of
 * one transport: what looks like `name=value` belongs to the transport before it.
 */
export function splitTransports(text: string): string[] {
  const transports: string[] = [];
  for (const part of text.split(",").map((piece) => piece.trim())) {
    const before = transports.at(-1);
    if (before !== undefined && /^[A-Za-z][A-Za-z0-9]*=/.test(part)) {
      transports[transports.length - 1] = `${before},${part}`;
    } else transports.push(part);
  }
  return transports;
}

async function checkedTransports(text: string, moduleFile: string | undefined): Promise<string[]> {
  const transports = splitTransports(text);
  if (new Set(transports).size < transports.length) {
    throw new SkipnetError("E_OPTIONS", "a transport stands twice in --transports");
  }
  const modules = moduleFile === undefined ? [] : [await loadTransportModule(moduleFile)];
  const own = modules.map(({ kind }) => kind);
  // Naming the module's transport is optional: it was given to be measured.
  const isNamed = transports.some((transport) => own.includes(transport.split(":")[0] ?? ""));
  const all = isNamed ? transports : [...transports, ...own];
  if (all.length > TRANSPORTS_MAX) {
    throw new SkipnetError("E_OPTIONS", `more than ${TRANSPORTS_MAX} transports`);
  }
  for (const transport of all) {
    if (isSimulated(transport)) checkSimulated(transport);
    else checkLive(findTransport(transport, modules).spec);
  }
  return all;
}

/** Options that a node process would refuse are refused before one is started. */
function checkLive(spec: TransportSpec): void {
  if (spec.kind === "tcp") readTcpOptions(spec);
  if (spec.kind === "udp") udpOptionsFrom(spec);
}

function parseFaults(text: string): FaultKind[] {
  if (text.trim() === "none") return [];
  const faults = text.split(",").map((fault) => oneOf("--faults", fault.trim(), ["crash", "hang"]));
  if (new Set(faults).size < faults.length) {
    throw new SkipnetError("E_OPTIONS", "a fault stands twice in --faults");
  }
  return faults;
}

function checkFaults(
  faults: readonly FaultKind[],
  nodes: number,
  { crashAt, hangAt }: { readonly crashAt: number; readonly hangAt: number },
): void {
  if (faults.length > 0 && nodes < faults.length + 2) {
    throw new SkipnetError(
      "E_OPTIONS",
      `--faults ${faults.join(",")} needs ${faults.length + 2} nodes at least: victims, and two that remain`,
    );
  }
  if (faults.length === 2 && crashAt === hangAt) {
    throw new SkipnetError(
      "E_OPTIONS",
      "crashAt and hangAt must differ: a guarantee holds for one fault at a time",
    );
  }
}

async function names(workload: ScenarioResult["workload"], file: string | undefined) {
  if (workload !== "naming") return { source: "none", files: [] };
  return file === undefined ? await defaultNames() : await namesFromFile(file);
}

function valueSize(workload: ScenarioResult["workload"], text: string | undefined): number {
  if (text === undefined) {
    return workload === "naming" ? VALUE_BYTES_MIN : workload === "echo" ? ECHO_BYTES : 0;
  }
  const bytes = parseSizeBytes(text);
  if (bytes > PROBE_BYTES_MAX) {
    throw new SkipnetError("E_OPTIONS", `--value-size is over ${PROBE_BYTES_MAX} bytes`);
  }
  if (workload === "naming" && bytes < VALUE_BYTES_MIN) {
    throw new SkipnetError(
      "E_OPTIONS",
      `--value-size must be ${VALUE_BYTES_MIN}B at least: a hash, a size, and which write it was`,
    );
  }
  return bytes;
}

function oneOf<const W extends readonly string[]>(
  option: string,
  text: string,
  words: W,
): W[number] {
  if (words.includes(text)) return text;
  throw new SkipnetError("E_OPTIONS", `${option} "${text}" is not one of ${words.join(", ")}`);
}

function whole(option: string, text: string, min: number, max: number): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw new SkipnetError(
    "E_OPTIONS",
    `${option} "${text}" is not a whole number from ${min} to ${max}`,
  );
}

function positive(option: string, text: string, max: number): number {
  const value = /^\d{1,9}(\.\d{1,6})?$/.test(text) ? Number(text) : Number.NaN;
  if (value > 0 && value <= max) return value;
  throw new SkipnetError(
    "E_OPTIONS",
    `${option} "${text}" is not a number above 0 and up to ${max}`,
  );
}

function within(option: string, value: number, min: number, max: number, unit: string): void {
  if (value >= min && value <= max) return;
  throw new SkipnetError("E_OPTIONS", `${option} is not between ${min} and ${max} ${unit}`);
}
