import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { parseAddress } from "../../../src/core/address.ts";
import { type LiveWorld, liveWorld } from "../../../src/core/live/world.ts";
import type { PortHandler, Token, Transport } from "../../../src/transport/transport.ts";
import { udpOptions } from "../../../src/transport/udp/options.ts";
import { openUdpTransport } from "../../../src/transport/udp/udp.ts";
import { Note, noteCodec } from "./note.ts";

/** What round trips went through while junk came in. */
export interface Flooded {
  readonly junkPerSecond: number;
  readonly takenPerSecond: number;
  readonly roundTrips: number;
  readonly lost: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  readonly calmP50Ms: number;
  readonly calmP99Ms: number;
  readonly sessions: number;
  readonly cpuShare: number;
}

/** What the target says of itself. */
export interface TargetReport {
  readonly datagrams: number;
  readonly sessions: number;
  readonly cpuUs: number;
}

/** What the junk sender says at its end. */
export interface JunkReport {
  readonly sent: number;
  readonly seconds: number;
}

const EVERY_MS = 5;
const CALM_SECONDS = 2;
const PATIENCE_MS = 2_000;

/**
 * A live node in a process of its own, a peer that asks it 200 times a second, and a process that sends
 * it so much junk a second for so long, and then ends by itself.
 */
export async function flood(rate: number, seconds: number): Promise<Flooded> {
  const target = fork(new URL("./flood-target.ts", import.meta.url));
  let junk: ChildProcess | undefined;
  const world = liveWorld();
  const asker = new Asker(world);
  try {
    const [{ port }] = (await once(target, "message")) as [{ port: number }];
    await asker.open(port);
    const calm = await asker.ask(CALM_SECONDS);
    const before = await report<TargetReport>(target);
    junk = fork(new URL("./junk-sender.ts", import.meta.url), [`${port}`, `${rate}`, `${seconds}`]);
    await once(junk, "message");
    const done = once(junk, "message") as Promise<[JunkReport]>;
    junk.send("go");
    const rough = await asker.ask(seconds);
    const [sent] = await done;
    const after = await report<TargetReport>(target);
    return {
      junkPerSecond: sent.sent / sent.seconds,
      takenPerSecond: (after.datagrams - before.datagrams) / sent.seconds,
      roundTrips: rough.asked,
      lost: rough.asked - rough.times.length,
      p50Ms: quantile(rough.times, 0.5),
      p99Ms: quantile(rough.times, 0.99),
      maxMs: quantile(rough.times, 1),
      calmP50Ms: quantile(calm.times, 0.5),
      calmP99Ms: quantile(calm.times, 0.99),
      sessions: after.sessions,
      cpuShare: (after.cpuUs - before.cpuUs) / 1e6 / sent.seconds,
    };
  } finally {
    junk?.kill();
    target.kill();
    await asker.close();
    world.close();
  }
}

async function report<T>(child: ChildProcess): Promise<T> {
  child.send("report");
  const [answer] = (await once(child, "message")) as [T];
  return answer;
}

/** Sends a note at fixed times, whatever became of those before, and counts until its echo comes. */
class Asker implements PortHandler {
  readonly #transport: Transport;
  #port: Awaited<ReturnType<Transport["open"]>> | undefined;
  #target: ReturnType<Transport["peer"]> | undefined;
  readonly #open = new Map<number, number>();
  #times: number[] = [];
  #next = 1;

  constructor(world: LiveWorld) {
    const options = udpOptions({ preset: "loopback" });
    this.#transport = openUdpTransport({ world, codec: noteCodec, options });
  }

  async open(targetPort: number): Promise<void> {
    this.#port = await this.#transport.open(parseAddress("udp://127.0.0.1:0"), this);
    const address = parseAddress(`udp://127.0.0.1:${targetPort}`);
    this.#target = this.#transport.peer({ address, incarnation: 0 as never });
  }

  async ask(seconds: number): Promise<{ readonly asked: number; readonly times: number[] }> {
    this.#times = [];
    const startMs = performance.now();
    const count = (seconds * 1_000) / EVERY_MS;
    for (let n = 0; n < count; n++) {
      const dueMs = startMs + n * EVERY_MS;
      while (performance.now() < dueMs) {
        await new Promise((resolve) => setTimeout(resolve, Math.max(0, dueMs - performance.now())));
      }
      this.#send(dueMs);
    }
    await new Promise((resolve) => setTimeout(resolve, PATIENCE_MS));
    this.#open.clear();
    return { asked: count, times: this.#times.sort((a, b) => a - b) };
  }

  close(): Promise<void> {
    return this.#transport.close();
  }

  onMessage(
    _port: unknown,
    _from: unknown,
    message: Parameters<PortHandler["onMessage"]>[2],
  ): void {
    if (!Note.is(message)) return;
    const { body } = message;
    const id = new DataView(body.buffer, body.byteOffset).getUint32(0);
    const sinceMs = this.#open.get(id);
    if (sinceMs === undefined || !this.#open.delete(id)) return;
    this.#times.push(performance.now() - sinceMs);
  }
  onVerdict(): void {}
  onReturn(): void {}
  onPeer(): void {}
  onDrain(): void {}

  #send(dueMs: number): void {
    if (this.#port === undefined || this.#target === undefined) return;
    const id = this.#next++;
    const body = new Uint8Array(64);
    new DataView(body.buffer).setUint32(0, id);
    // Counted from when it was due: a late sender does not hide what it waited for.
    this.#open.set(id, dueMs);
    this.#transport.send(this.#port, this.#target, Note.make({ body }), id as Token);
  }
}

const quantile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
