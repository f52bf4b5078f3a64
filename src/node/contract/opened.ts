import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { ContactTable } from "../../core/contacts.ts";
import { type LiveWorld, liveWorld } from "../../core/live/world.ts";
import { CONTRACT_MESSAGES } from "../../transport/contract/messages.ts";
import { parseTransportSpec } from "../../transport/options.ts";
import type { Transport } from "../../transport/transport.ts";
import { createCodec } from "../../wire/codec.ts";
import { createRegistry } from "../../wire/registry.ts";
import type { CuttableModule } from "./commands.ts";

/** A transport under test, with the world that it lives in. */
export interface Opened {
  readonly world: LiveWorld;
  readonly module: CuttableModule;
  readonly transport: Transport;
}

/** Opens the transport that a module file exports, with a codec for the suite's messages. */
export async function openModule(file: string, spec: string): Promise<Opened> {
  const module = (await import(pathToFileURL(file).href)) as CuttableModule;
  const world = liveWorld();
  const contacts = new ContactTable();
  const codec = createCodec({ registry: createRegistry(CONTRACT_MESSAGES), contacts });
  const transport = await module.openTransport({ world, codec, spec: parseTransportSpec(spec) });
  return { world, module, transport };
}

/** Sockets of this process that are open. */
export function openSockets(): string[] {
  return process.getActiveResourcesInfo().filter((kind) => /^(TCP|UDP)/.test(kind));
}

/** What is open beyond `before` once the system has had time to close it. */
export async function leftOver(before: readonly string[]): Promise<string[]> {
  let left: string[] = [];
  for (let waitedMs = 0; waitedMs < 2_000; waitedMs += 20) {
    left = openSockets();
    for (const kind of before) {
      const at = left.indexOf(kind);
      if (at >= 0) left.splice(at, 1);
    }
    if (left.length === 0) return [];
    await sleep(20);
  }
  return left;
}
