import { readdirSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { SkipnetError } from "../../src/core/errors.ts";
import type { Contender, ContenderModule } from "./contender.ts";
import { ownContender } from "./contenders/own.ts";
import { rawDgram } from "./contenders/raw-dgram.ts";
import { rawNet } from "./contenders/raw-net.ts";

const FLOORS: Readonly<Record<string, Contender>> = { "raw-dgram": rawDgram, "raw-net": rawNet };

/** Other people's transports: a file each, loaded by name, so that nothing here depends on them. */
const PEERS = new URL("../peers/", import.meta.url);
const PEER_FILE_SUFFIX = "-contender.ts";

/** What they are called: the files of `bench/peers`. */
export function peerNames(): string[] {
  return readdirSync(fileURLToPath(PEERS))
    .filter((file) => file.endsWith(PEER_FILE_SUFFIX))
    .map((file) => basename(file, PEER_FILE_SUFFIX))
    .sort();
}

/** All that are compared where nobody says which. */
export function defaultContenders(): string[] {
  return ["tcp", "udp", ...Object.keys(FLOORS), ...peerNames()];
}

/**
 * The contender of this name: a floor, a peer, or the description of a transport of ours. Throws
 * `E_OPTIONS` where there is none, `E_UNREACHABLE` where it does not load here.
 */
export async function findContender(name: string): Promise<Contender> {
  const floor = FLOORS[name];
  if (floor !== undefined) return floor;
  if (!peerNames().includes(name)) return ownContender(name);
  const file = new URL(`${name}${PEER_FILE_SUFFIX}`, PEERS);
  try {
    const { loadContender } = (await import(file.href)) as ContenderModule;
    return await loadContender();
  } catch (cause) {
    throw new SkipnetError("E_UNREACHABLE", notLoaded(name, cause), { cause });
  }
}

function notLoaded(name: string, cause: unknown): string {
  const why = cause instanceof Error ? (cause.message.split("\n")[0] as string) : String(cause);
  const code = (cause as { code?: unknown } | undefined)?.code;
  const missing = code === "MODULE_NOT_FOUND" || code === "ERR_MODULE_NOT_FOUND";
  return missing
    ? `${name} is not installed: npm ci --prefix bench/peers`
    : `${name} does not load here: ${why}`;
}
