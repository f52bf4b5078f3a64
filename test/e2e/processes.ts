import { readdirSync, readFileSync } from "node:fs";

/** The living processes whose environment holds this text, with their state letters (Linux). */
function living(text: string): { readonly pid: number; readonly state: string }[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((name) => {
      try {
        const environment = readFileSync(`/proc/${name}/environ`, "utf8");
        const state = readFileSync(`/proc/${name}/stat`, "utf8").split(") ").at(-1)?.[0] ?? "";
        // A zombie has ended; only its parent has not looked yet.
        return environment.includes(text) && state !== "Z" ? [{ pid: Number(name), state }] : [];
      } catch {
        // It ended while we looked.
        return [];
      }
    });
}

export function processesNaming(text: string): number[] {
  return living(text).map(({ pid }) => pid);
}

/** Those that are stopped (SIGSTOP). */
export function stoppedNaming(text: string): number[] {
  return living(text).flatMap(({ pid, state }) => (state === "T" ? [pid] : []));
}
