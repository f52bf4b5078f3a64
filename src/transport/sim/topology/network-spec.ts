import { SkipnetError } from "../../../core/errors.ts";
import type { Random } from "../../../core/random.ts";
import {
  parseTransportSpec,
  readDurationUs,
  readInteger,
  readNumber,
  readTransportOptions,
  readWord,
  type TransportSpec,
} from "../../options.ts";
import { LATENCY_NAMES, type LatencyName } from "../latency.ts";
import { KING_ROUTERS, kingLike, kingMatrix } from "./king.ts";
import { readKingFile } from "./king-file.ts";
import { mercator } from "./mercator.ts";
import { MERCATOR_MAP } from "./mercator-plan.ts";
import type { Topology } from "./topology.ts";
import { ACCESS_US } from "./topology-latency.ts";
import { SCRIBE_NETWORK, transitStub } from "./transit-stub.ts";

/** Networks with routers and links. */
export const TOPOLOGY_NAMES = ["transit-stub", "mercator", "king"] as const;
type TopologyName = (typeof TOPOLOGY_NAMES)[number];

/** A network as it is written: a delay model, or routers and links with options: `transit-stub:mean=5ms`. */
export type NetworkName = LatencyName | `${TopologyName}${string}`;

/** A network with routers and links, before it is made. */
export interface TopologySpec {
  /** As it was written. */
  readonly name: string;
  /** One way over the link of each host. */
  readonly accessUs: number;
  /** Makes it always from this, whatever the seed of the run. */
  readonly seed: string | undefined;
  /** Is to be read to make it. */
  readonly file: string | undefined;
  make(random: Random, bytes: Uint8Array): Topology;
}

/** Routers of a synthetic King network. */
const KING_LIKE_ROUTERS_MAX = 1_048_576;
const SIZE_MAX = 100_000_000;
const size = readInteger(1, SIZE_MAX);
const delay = (text: string): number => {
  const us = readDurationUs(text);
  if (us >= 1 && us <= DELAY_US_MAX) return us;
  throw new SkipnetError("E_OPTIONS", `"${text}" is not a delay from 1us to 10s`);
};
/** Of one link. */
const DELAY_US_MAX = 10_000_000;
const accessOf = (text: string): number => (/^0(us|ms|s)?$/.test(text) ? 0 : delay(text));
const seedOf = (text: string): string => text;
const COMMON = { access: accessOf, seed: seedOf };

/**
 * Reads the description of a network: `undefined` for a delay model without routers. Throws `E_OPTIONS`
 * for names and options that there are not, with those that there are.
 */
export function parseNetwork(text: string): TopologySpec | undefined {
  if (LATENCY_NAMES.some((name) => name === text)) return undefined;
  const colon = text.indexOf(":");
  const kind = colon < 0 ? text : text.slice(0, colon);
  switch (kind) {
    case "transit-stub":
      return transitStubSpec(parseTransportSpec(text));
    case "mercator":
      return mercatorSpec(parseTransportSpec(text));
    case "king":
      return kingSpec(text);
    default:
      throw new SkipnetError(
        "E_OPTIONS",
        `no network "${text.slice(0, 60)}"; there are ${[...LATENCY_NAMES, ...TOPOLOGY_NAMES].join(", ")}`,
      );
  }
}

function transitStubSpec(spec: TransportSpec): TopologySpec {
  noWords(spec);
  const { access, seed, mean, ...shape } = readTransportOptions(spec, {
    ...COMMON,
    mean: delay,
    transitDomains: size,
    transitRouters: size,
    stubs: size,
    stubRouters: size,
  });
  const options = { ...SCRIBE_NETWORK, ...shape, meanUs: mean ?? SCRIBE_NETWORK.meanUs };
  return specOf(spec.text, access, seed, (random) => transitStub(random, options));
}

function mercatorSpec(spec: TransportSpec): TopologySpec {
  noWords(spec);
  const { access, seed, link, ...counts } = readTransportOptions(spec, {
    ...COMMON,
    link: delay,
    delays: readWord(["unit", "drawn"]),
    routers: size,
    links: size,
    systems: size,
    systemLinks: size,
  });
  const options = { ...MERCATOR_MAP, ...counts, linkUs: link ?? MERCATOR_MAP.linkUs };
  return specOf(spec.text, access, seed, (random) => mercator(random, options));
}

/** The file is what stands first behind the colon, unless it has an equals sign. */
function kingSpec(text: string): TopologySpec {
  const [first = "", ...others] = text.slice("king:".length).split(",");
  const file = first === "" || first.includes("=") ? undefined : first;
  const options = file === undefined ? text : `king:${others.join(",")}`.replace(/:$/, "");
  const spec = { ...parseTransportSpec(options), text };
  noWords(spec);
  if (file === undefined) {
    const {
      access,
      seed,
      routers = KING_ROUTERS,
    } = readTransportOptions(spec, {
      ...COMMON,
      routers: readInteger(2, KING_LIKE_ROUTERS_MAX),
    });
    return specOf(text, access, seed, (random) => kingLike(random, routers));
  }
  const { access, unit, times, asymmetry } = readTransportOptions(spec, {
    access: accessOf,
    unit: readWord(["us", "ms"]),
    times: readWord(["round-trip", "one-way"]),
    asymmetry: readNumber(0, 1),
  });
  const how = {
    file,
    unitUs: unit === "ms" ? 1_000 : 1,
    oneWay: times === "one-way",
    asymmetryMax: asymmetry ?? 0.1,
  };
  return {
    ...specOf(text, access, undefined, (_, bytes) => kingMatrix(readKingFile(bytes, how))),
    file,
  };
}

function specOf(
  name: string,
  accessUs: number | undefined,
  seed: string | undefined,
  make: TopologySpec["make"],
): TopologySpec {
  return { name, accessUs: accessUs ?? ACCESS_US, seed, file: undefined, make };
}

function noWords({ kind, words }: TransportSpec): void {
  if (words.length === 0) return;
  throw new SkipnetError(
    "E_OPTIONS",
    `${kind} has no preset "${words.join(", ")}"; write name=value`,
  );
}
