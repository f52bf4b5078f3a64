import { readFileSync, statSync } from "node:fs";
import { SkipnetError } from "../../core/errors.ts";
import { seededRandom } from "../../core/random.ts";
import { LinkStress } from "../../transport/sim/topology/link-stress.ts";
import { parseNetwork } from "../../transport/sim/topology/network-spec.ts";
import { Placement } from "../../transport/sim/topology/placement.ts";
import { TopologyLatency } from "../../transport/sim/topology/topology-latency.ts";
import { organisationOf } from "./nodes.ts";
import type { SimRunOptions } from "./options.ts";

/** Larger files are no matrices of latencies. */
const KING_FILE_BYTES_MAX = 268_435_456;

/** Routers and links under a run, and what crosses them. */
export interface PhysicalNetwork {
  readonly latency: TopologyLatency;
  /** With `linkStress` alone. */
  readonly stress: LinkStress | undefined;
}

/**
 * The network of a run, with a host for each of these names; `undefined` where it has no routers. Throws
 * `E_OPTIONS`, `E_LIMIT`, and `E_FILE` where it is made of a file that does not hold it.
 */
export function physicalNetwork(
  options: SimRunOptions,
  names: readonly string[],
): PhysicalNetwork | undefined {
  const { network, placement: name = "uniform", linkStress = false, links, seed } = options;
  const spec = parseNetwork(network);
  if (spec === undefined) {
    refuse(
      options.placement !== undefined,
      `--placement needs a network with routers; ${network} has none`,
    );
    refuse(linkStress, `--link-stress needs a network with links; ${network} has none`);
    return undefined;
  }
  refuse(
    links?.oneWayUs !== undefined,
    `${network} has delays of its own; the scenario sets others`,
  );
  const topology = spec.make(
    seededRandom(spec.seed === undefined ? `${seed}/sim.topology` : `topology/${spec.seed}`),
    spec.file === undefined ? new Uint8Array() : readBytes(spec.file),
  );
  const organisations = Int32Array.from(names, organisationOf);
  const random = seededRandom(`${seed}/sim.placement`);
  const placement = new Placement({ name, topology, organisations, random });
  const latency = new TopologyLatency(topology, placement, spec.accessUs);
  return { latency, stress: linkStress ? new LinkStress(latency, names.length) : undefined };
}

function refuse(isWrong: boolean, what: string): void {
  if (isWrong) throw new SkipnetError("E_OPTIONS", what);
}

function readBytes(file: string): Uint8Array {
  try {
    const { size } = statSync(file);
    if (size > KING_FILE_BYTES_MAX) {
      throw new SkipnetError(
        "E_FILE",
        `${file} has ${size} bytes; ${KING_FILE_BYTES_MAX} are the most`,
      );
    }
    return readFileSync(file);
  } catch (cause) {
    if (cause instanceof SkipnetError) throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new SkipnetError("E_FILE", `cannot read ${file}: ${why}`, { cause });
  }
}
