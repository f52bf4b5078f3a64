import { expect, test } from "vitest";
import { missingPackages, readLockfile } from "../tools/complete-lockfile.ts";

test("npm ci takes the lock file on every platform (complete it with tools/complete-lockfile.ts)", () => {
  const lock = readLockfile();
  expect(Object.keys(lock.packages).length).toBeGreaterThan(100);
  expect(missingPackages(lock).map(({ name, version }) => `${name}@${version}`)).toEqual([]);
});

test("a package for another platform that is not in the lock file is found missing", () => {
  const packages = {
    "": {},
    "node_modules/tool": { optionalDependencies: { "tool-linux": "1.0.0", "tool-win32": "1.0.0" } },
    "node_modules/tool/node_modules/tool-linux": { version: "1.0.0" },
  };
  expect(missingPackages({ packages }).map(({ name }) => name)).toEqual(["tool-win32"]);
});
