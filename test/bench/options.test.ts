import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { defaultNames, evenly, wholeFolders } from "../../bench/load/names.ts";
import { type BenchArguments, benchOptions, splitTransports } from "../../bench/options.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "skipnet-options-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function file(name: string, content: string | Uint8Array): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

describe("options of skipnet bench", () => {
  test("have the defaults of the manual", async () => {
    const { scenario, transports } = await benchOptions({});
    expect(transports).toEqual(["sim", "tcp:os", "tcp", "udp"]);
    expect(scenario).toMatchObject({
      nodes: 16,
      seed: "1",
      warmUpMs: 5_000,
      durationMs: 15_000,
      workload: "naming",
      rate: 100,
      faults: ["crash", "hang"],
      compression: "auto",
    });
    expect(scenario.names.files.length).toBeGreaterThan(100);
  });

  test.each<[string, BenchArguments, string]>([
    ["too few nodes for the faults", { nodes: "3" }, "--faults crash,hang needs 4 nodes"],
    ["a fault that does not exist", { faults: "crash,flood" }, "flood"],
    ["a fault twice", { faults: "crash,crash" }, "twice"],
    ["no faults and a fault", { faults: "none,crash" }, "none"],
    ["a transport that does not exist", { transports: "tcp,quic" }, "quic"],
    ["a simulated transport that does not exist", { transports: "sim:quic" }, "sim:quic"],
    ["a transport twice", { transports: "udp,udp" }, "twice"],
    ["an option that the transport lacks", { transports: "udp:magic=1" }, "magic"],
    ["names for a workload without names", { workload: "echo", names: "x" }, "--names"],
    ["a value that cannot hold what is checked", { valueSize: "10B" }, "44B"],
    ["a value that no message can hold", { valueSize: "2MiB" }, "--value-size"],
    ["a duration without a unit", { duration: "15" }, "duration"],
    ["a duration that is over at once", { duration: "1ms" }, "--duration"],
    ["a duration that never ends", { duration: "2h" }, "--duration"],
    ["a warm-up that never ends", { warmUp: "2h" }, "--warm-up"],
    ["a rate of nothing", { rate: "0" }, "--rate"],
    ["a rate that is no number", { rate: "fast" }, "--rate"],
    ["a scenario that does not exist", { scenario: "storm" }, "storm"],
    ["a scenario file that does not exist", { scenario: "./storm.json" }, "storm.json"],
    ["names that cannot be read", { names: "/nowhere/names" }, "/nowhere/names"],
    ["a module that cannot be loaded", { transportModule: "/nowhere.js" }, "/nowhere.js"],
    ["an endless seed", { seed: "x".repeat(101) }, "--seed"],
  ])("that contradict each other are refused: %s", async (_, given, said) => {
    await expect(benchOptions(given)).rejects.toThrow(said);
    await expect(benchOptions(given)).rejects.toThrow("E_OPTIONS");
  });

  test("a comma separates transports, and the options of one transport", () => {
    expect(splitTransports("sim,udp:retries=2,ackDelay=5ms,tcp:os,udp:lan,tcp")).toEqual([
      "sim",
      "udp:retries=2,ackDelay=5ms",
      "tcp:os",
      "udp:lan",
      "tcp",
    ]);
  });
});

describe("scenario files", () => {
  test("give what the command line leaves out", async () => {
    const scenario = await file(
      "mine.json",
      JSON.stringify({ nodes: 8, rate: 7, faults: "none", transports: "tcp", deadline: "1s" }),
    );
    const { scenario: found, transports } = await benchOptions({ scenario, rate: "9" });
    expect(found).toMatchObject({
      name: "mine.json",
      nodes: 8,
      rate: 9,
      faults: [],
      deadlineMs: 1_000,
    });
    expect(transports).toEqual(["tcp"]);
  });

  test.each([
    ["an unknown key", { node: 8 }, "node"],
    ["a value of the wrong kind", { nodes: "eight" }, "nodes"],
    ["both faults at one moment", { crashAt: 0.5, hangAt: 0.5 }, "crashAt"],
    ["a moment outside of the run", { crashAt: 1.5 }, "crashAt"],
  ])("with %s are refused", async (name, content, said) => {
    const scenario = await file(`${name}.json`, JSON.stringify(content));
    await expect(benchOptions({ scenario })).rejects.toThrow(said);
    await expect(benchOptions({ scenario })).rejects.toThrow("E_OPTIONS");
  });

  test("that are no JSON are refused", async () => {
    await expect(benchOptions({ scenario: await file("x.json", "{nodes:8}") })).rejects.toThrow(
      "not JSON",
    );
  });
});

describe("names", () => {
  test("are read one a line, once each, without comments", async () => {
    const names = await file("names.txt", "# mine\n/a/b\n\na/c\r\n/a/b\n");
    const { scenario } = await benchOptions({ names });
    expect(scenario.names.files.map(({ path }) => path)).toEqual(["/a/b", "/a/c"]);
    expect(scenario.names.files[0]?.sha256).toHaveLength(32);
  });

  test.each<[string, string | Uint8Array]>([
    ["nothing", "\n# nothing\n"],
    ["bytes that are no text", Uint8Array.of(0x2f, 0xff, 0xfe)],
    ["an endless line", `/${"x".repeat(2_000)}`],
  ])("from a file with %s are refused", async (name, content) => {
    const names = await file(name.replaceAll(" ", "-"), content);
    await expect(benchOptions({ names })).rejects.toThrow("E_OPTIONS");
  });

  test("from node_modules are the same every time, with the hash of each file", async () => {
    const first = await defaultNames(60);
    expect(await defaultNames(60)).toEqual(first);
    expect(first.files.length).toBeGreaterThan(30);
    for (const { path, sha256 } of first.files) {
      expect(path).toMatch(/^\/[^/]/);
      expect(sha256).toHaveLength(32);
    }
  });

  test("come in whole directories, spread over the tree", () => {
    const paths = Array.from({ length: 100 }, (_, i) => `d${Math.floor(i / 5)}/f${i}`);
    const some = wholeFolders(paths, 25);
    expect(some).toHaveLength(25);
    expect(new Set(some.map((path) => path.split("/")[0])).size).toBe(5);
    expect(evenly([1, 2, 3], 5)).toEqual([1, 2, 3]);
  });
});
