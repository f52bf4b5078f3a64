import { once } from "node:events";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import WebSocket from "ws";
import { Processes } from "./processes.ts";

interface Paused {
  readonly callFrames: readonly {
    readonly callFrameId: string;
    readonly functionName: string;
    readonly url: string;
    readonly location: { readonly lineNumber: number };
  }[];
}

/** An ordinary debugger: what a browser's tools do, over the same protocol. */
class Debugger {
  readonly #socket: WebSocket;
  #next = 1;
  readonly #answers = new Map<number, (result: unknown) => void>();
  readonly #paused: Paused[] = [];
  #onPaused: ((paused: Paused) => void) | undefined;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on("message", (data) => this.#hear(JSON.parse(String(data))));
  }

  static async attach(url: string): Promise<Debugger> {
    const socket = new WebSocket(url);
    await once(socket, "open");
    return new Debugger(socket);
  }

  call(method: string, params: object = {}): Promise<unknown> {
    const id = this.#next++;
    return new Promise((resolve) => {
      this.#answers.set(id, resolve);
      this.#socket.send(JSON.stringify({ id, method, params }));
    });
  }

  paused(): Promise<Paused> {
    return new Promise((resolve) => {
      const past = this.#paused.shift();
      if (past === undefined) this.#onPaused = resolve;
      else resolve(past);
    });
  }

  /** The value of an expression where the program stands. */
  async valueOf({ callFrames }: Paused, expression: string): Promise<unknown> {
    const callFrameId = callFrames[0]?.callFrameId;
    const answer = await this.call("Debugger.evaluateOnCallFrame", {
      callFrameId,
      expression,
      returnByValue: true,
    });
    return (answer as { result: { value: unknown } }).result.value;
  }

  close(): void {
    this.#socket.close();
  }

  #hear(message: { id?: number; result?: unknown; method?: string; params?: unknown }): void {
    if (message.id !== undefined) this.#answers.get(message.id)?.(message.result);
    if (message.method !== "Debugger.paused") return;
    const paused = message.params as Paused;
    if (this.#onPaused === undefined) this.#paused.push(paused);
    else this.#onPaused(paused);
  }
}

let processes: Processes;
beforeEach(() => {
  processes = new Processes();
});
afterEach(() => processes.close());

/** Runs `skipnet sim` until a debugger that is attached stops in it. */
async function stopIn(args: readonly string[]) {
  const run = processes.start(["sim", "--nodes", "30", "--orgs", "3", "--inspect", "0", ...args]);
  const line = await run.nextErrorLine((text) => text.includes("ws://"));
  const url = /ws:\/\/\S+/.exec(line)?.[0] as string;
  expect(new URL(url).hostname).toBe("127.0.0.1");
  const tools = await Debugger.attach(url);
  await tools.call("Runtime.enable");
  await tools.call("Debugger.enable");
  void tools.call("Runtime.runIfWaitingForDebugger");
  const paused = await tools.paused();
  return { run, tools, paused };
}

describe("--break-at", () => {
  test("a debugger stops before the event of that number, and the run goes on after it", async () => {
    const { run, tools, paused } = await stopIn(["--break-at", "500", "--json"]);
    expect(paused.callFrames[0]?.functionName).toBe("stopBeforeEvent");
    expect(await tools.valueOf(paused, "event.number")).toBe(500);
    expect(await tools.valueOf(paused, "network.simulation.eventCount")).toBe(500);
    expect(await tools.valueOf(paused, "network.simulation.nowUs <= event.atUs")).toBe(true);
    expect(await tools.valueOf(paused, "from")).toMatch(/^org\d+\.host\d+$/);
    void tools.call("Debugger.resume");
    tools.close();
    const { status, stdout } = await run.ended;
    expect(status).toBe(0);
    const plain = await processes.run(["sim", "--nodes", "30", "--orgs", "3", "--json"]);
    expect(JSON.parse(stdout).eventHash).toBe(JSON.parse(plain.stdout).eventHash);
  });

  test("a debugger stops where the first violation is found", async () => {
    // The kernel of a stopped process goes on acknowledging: nobody takes it out of its tables.
    const faults = ["--transport", "tcp:os", "--fault", "hang:30%", "--check", "--lookups", "0"];
    const { run, tools, paused } = await stopIn(["--break-at", "violation", ...faults]);
    expect(paused.callFrames[0]?.functionName).toBe("stopAtViolation");
    expect(await tools.valueOf(paused, "violation.invariant")).toMatch(/^I[1-7]$/);
    expect(paused.callFrames.some(({ functionName }) => functionName === "checkTables")).toBe(true);
    void tools.call("Debugger.resume");
    tools.close();
    expect((await run.ended).status).toBe(1);
  });

  test("without a debugger, or without checks to find a violation, it is wrong usage", async () => {
    const none = await processes.run(["sim", "--nodes", "3", "--break-at", "5"]);
    expect(none).toMatchObject({ status: 2, stderr: expect.stringContaining("--inspect") });
    const unchecked = await processes.run(["sim", "--nodes", "3", "--break-at", "violation"]);
    expect(unchecked).toMatchObject({ status: 2, stderr: expect.stringContaining("--check") });
    const bad = await processes.run(["sim", "--break-at", "0"]);
    expect(bad.status).toBe(2);
  });
});
