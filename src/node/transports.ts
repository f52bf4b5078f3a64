import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { SkipnetError } from "../core/errors.ts";
import type { TransportModule, TransportSetup } from "../transport/module.ts";
import { parseTransportSpec, type TransportSpec } from "../transport/options.ts";
import { readTcpOptions } from "../transport/tcp/options.ts";
import { openTcpTransport } from "../transport/tcp/tcp.ts";
import type { Transport } from "../transport/transport.ts";
import { openUdpTransport } from "../transport/udp/udp.ts";

export type { TransportModule, TransportSetup };

const tcp: TransportModule = {
  kind: "tcp",
  openTransport: ({ world, codec, spec, advertised }) =>
    openTcpTransport({ world, codec, options: readTcpOptions(spec), name: spec.text, advertised }),
};

const udp: TransportModule = {
  kind: "udp",
  // By the description: its preset follows the address that is listened on.
  openTransport: (setup) => openUdpTransport(setup),
};

const BUILT_IN: readonly TransportModule[] = [tcp, udp];

/** Loads a transport module. Throws `E_OPTIONS` if there is none, or it is not one. */
export async function loadTransportModule(file: string): Promise<TransportModule> {
  let loaded: Partial<TransportModule>;
  try {
    loaded = (await import(pathToFileURL(resolve(file)).href)) as Partial<TransportModule>;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    const hint = /\.[cm]?ts$/.test(file) ? " (TypeScript: compile it, or run under tsx)" : "";
    throw new SkipnetError("E_OPTIONS", `cannot load transport module ${file}: ${why}${hint}`, {
      cause,
    });
  }
  const { kind, openTransport } = loaded;
  if (typeof kind !== "string" || typeof openTransport !== "function") {
    throw new SkipnetError(
      "E_OPTIONS",
      `${file} is no transport module: it must export "kind" (text) and "openTransport" (function)`,
    );
  }
  if (parseTransportSpec(kind).kind !== kind || BUILT_IN.some((own) => own.kind === kind)) {
    throw new SkipnetError("E_OPTIONS", `${file}: "${kind}" cannot be the kind of a module`);
  }
  return { kind, openTransport };
}

/** The live transports by kind: the built-in ones and these modules. */
export function findTransport(
  text: string,
  modules: readonly TransportModule[] = [],
): { readonly spec: TransportSpec; readonly module: TransportModule } {
  const spec = parseTransportSpec(text);
  const all = [...BUILT_IN, ...modules];
  const module = all.find(({ kind }) => kind === spec.kind);
  if (module === undefined) {
    const kinds = all.map(({ kind }) => kind).join(", ");
    throw new SkipnetError("E_OPTIONS", `"${spec.kind}" is no live transport; there are ${kinds}`);
  }
  return { spec, module };
}

/** Opens the transport that the text describes: `udp:retries=2`, `tcp:os`, or of a module. */
export async function openTransport(
  text: string,
  setup: Omit<TransportSetup, "spec">,
  modules: readonly TransportModule[] = [],
): Promise<Transport> {
  const { spec, module } = findTransport(text, modules);
  return await module.openTransport({ ...setup, spec });
}
