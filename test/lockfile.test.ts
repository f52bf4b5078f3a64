import { expect, test } from "vitest";
import { LOCKFILES, missingPackages, readLockfile } from "../tools/complete-lockfile.ts";

test("npm ci takes the lock files on every platform (complete it with tools/complete-lockfile.ts)", () => {
  const locks = LOCKFILES.map(readLockfile);
  for (const lock of locks) expect(Object.keys(lock.packages).length).toBeGreaterThan(30);
  const missing = locks.flatMap(missingPackages);
  expect(missing.map(({ name, version }) => `${name}@${version}`)).toEqual([]);
});

test("a package for another platform that is not in the lock file is found missing", () => {
  const packages = {
    "": {},
    "node_modules/tool": { optionalDependencies: { "tool-linux": "1.0.0", "tool-win32": "1.0.0" } },
    "node_modules/tool/node_modules/tool-linux": { version: "1.0.0" },
  };
  expect(missingPackages({ packages }).map(({ name }) => name)).toEqual(["tool-win32"]);
});
