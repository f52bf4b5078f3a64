import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/**
 * Completes the lock files after `npm install` on a machine whose registry holds the packages of
 * some platforms only: npm then leaves the others out, and `npm ci` refuses the file everywhere.
 * Their versions are exact in the packages that want them and their platforms are in their names; only
 * their checksums are not known. Run: `npx tsx tools/complete-lockfile.ts`.
 */
export const LOCKFILES: readonly string[] = [
  "../package-lock.json",
  "../bench/peers/package-lock.json",
].map((path) => fileURLToPath(new URL(path, import.meta.url)));

interface LockedPackage {
  readonly version?: string;
  readonly dev?: boolean;
  readonly license?: string;
  readonly optional?: boolean;
  readonly cpu?: readonly string[];
  readonly libc?: readonly string[];
  readonly os?: readonly string[];
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

export interface Lockfile {
  readonly packages: Readonly<Record<string, LockedPackage>>;
}

/** A package for another platform that the lock file lacks. */
export interface MissingPackage {
  readonly name: string;
  readonly version: string;
  readonly wantedBy: LockedPackage;
}

const SYSTEMS = ["android", "darwin", "freebsd", "linux", "openharmony", "win32"];
const PROCESSORS = ["arm64", "arm", "ia32", "ppc64", "riscv64", "s390x", "x64"];

export function readLockfile(file: string): Lockfile {
  return JSON.parse(readFileSync(file, "utf8")) as Lockfile;
}

/** The optional packages that somebody in the lock file wants and that have no entry in it. */
export function missingPackages({ packages }: Lockfile): readonly MissingPackage[] {
  return Object.entries(packages).flatMap(([path, wantedBy]) =>
    Object.entries(wantedBy.optionalDependencies ?? {})
      .filter(([name]) => !isLocked(packages, path, name))
      .map(([name, version]) => ({ name, version, wantedBy })),
  );
}

/** Whether Node would find the package from this path. */
function isLocked(packages: Lockfile["packages"], path: string, name: string): boolean {
  for (
    let from = path;
    ;
    from = from.slice(0, Math.max(0, from.lastIndexOf("node_modules/") - 1))
  ) {
    if (packages[`${from === "" ? "" : `${from}/`}node_modules/${name}`] !== undefined) return true;
    if (from === "") return false;
  }
}

function entryOf({ name, version, wantedBy }: MissingPackage): LockedPackage {
  if (!/^\d+\.\d+\.\d+$/.test(version)) throw new Error(`${name}: ${version} is not one version`);
  const words = (name.split("/").at(-1) as string).split(/[-.]/);
  const os = SYSTEMS.filter((system) => words.includes(system));
  const cpu = PROCESSORS.filter((processor) => words.includes(processor));
  // One binary for all processors of a system.
  const isUniversal = words.includes("universal");
  if (os.length !== 1 || cpu.length !== (isUniversal ? 0 : 1))
    throw new Error(`${name}: for which platform?`);
  const isMusl = words.some((word) => word.startsWith("musl"));
  const isGlibc = words.some((word) => word.startsWith("gnu"));
  return {
    version,
    ...(isUniversal ? {} : { cpu }),
    ...(wantedBy.dev === true ? { dev: true } : {}),
    ...(isMusl || isGlibc ? { libc: [isMusl ? "musl" : "glibc"] } : {}),
    ...(wantedBy.license === undefined ? {} : { license: wantedBy.license }),
    optional: true,
    os,
  };
}

function complete(lock: Lockfile): Lockfile {
  const added = missingPackages(lock).map((missing): [string, LockedPackage] => [
    `node_modules/${missing.name}`,
    entryOf(missing),
  ]);
  const packages = Object.entries({ ...lock.packages, ...Object.fromEntries(added) });
  packages.sort(([a], [b]) => a.localeCompare(b, "en"));
  return { ...lock, packages: Object.fromEntries(packages) };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const file of LOCKFILES) {
    const lock = readLockfile(file);
    process.stdout.write(`${file}: ${missingPackages(lock).length} packages added\n`);
    writeFileSync(file, `${JSON.stringify(complete(lock), undefined, 2)}\n`);
  }
}
