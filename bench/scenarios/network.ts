import { SkipnetError } from "../../src/core/errors.ts";
import { parseBitRate, parseDurationUs, parseSizeBytes } from "../../src/core/units.ts";
import {
  type LinkConditions,
  networkConditions,
} from "../../src/transport/sim/packet/conditions.ts";
import {
  checkNetworkScript,
  type HostChoice,
  type HostConditions,
  type NetworkChange,
  type NetworkScript,
  shareOf,
} from "../../src/transport/sim/packet/network-script.ts";
import { checkChange } from "./check-change.ts";
import type { ChangeText, HostsText, LinkText, NetworkText } from "./network-schema.ts";

/**
 * A scenario's network in numbers, for so many hosts, of which the first are nodes and the others
 * clients. Throws `E_OPTIONS`, naming the key, where a value is none or the parts contradict each other.
 */
export function networkScript(text: NetworkText, hosts: number, nodes = hosts): NetworkScript {
  const script: NetworkScript = {
    oneWayUs: text.delay === undefined ? undefined : at("delay", () => oneWay(text.delay ?? "")),
    conditions: at("network", () =>
      networkConditions({
        up: linkOf(text.up, "up"),
        down: linkOf(text.down, "down"),
        path: linkOf(text.path, "path"),
      }),
    ),
    hosts: (text.hosts ?? []).map((entry, i) =>
      at(`hosts.${i}`, () => hostOf(entry, hosts, nodes)),
    ),
    changes: (text.changes ?? []).map((entry, i) =>
      at(`changes.${i}`, () => changeOf(entry, hosts, nodes)),
    ),
    drawnFrom: nodes,
  };
  at("network", () => checkNetworkScript(script));
  return script;
}

/** One direction of a link in numbers. Throws `E_OPTIONS`, naming the key. */
export function linkOf(text: LinkText | undefined, where: string): Partial<LinkConditions> {
  const link: { -readonly [K in keyof LinkConditions]?: LinkConditions[K] } = {};
  if (text === undefined) return link;
  const read = <T>(key: keyof LinkText, reader: (value: string) => T): T | undefined => {
    const value = text[key];
    return typeof value === "string" ? at(`${where}.${key}`, () => reader(value)) : undefined;
  };
  Object.assign(
    link,
    defined({
      rateBitsPerSecond: read("rate", parseBitRate),
      delayUs: read("delay", parseDurationUs),
      jitterUs: read("jitter", parseDurationUs),
      mtuBytes: read("mtu", parseSizeBytes),
      loss: text.loss,
      duplicate: text.duplicate,
      corrupt: text.corrupt,
      outage: text.outage,
      inARowMax: text.inARow,
    }),
    read("queue", queueOf),
  );
  const { burst, reorder, packets } = text;
  if (burst !== undefined) {
    link.burst = {
      badUs: at(`${where}.burst.bad`, () => parseDurationUs(burst.bad)),
      goodUs: at(`${where}.burst.good`, () => parseDurationUs(burst.good)),
      lossBad: burst.loss,
      lossGood: burst.lossGood ?? 0,
    };
  }
  if (packets !== undefined) {
    const { from, to, held } = packets;
    link.numbered =
      held === undefined
        ? { from, to }
        : { from, to, heldUs: at(`${where}.packets.held`, () => parseDurationUs(held)) };
  }
  if (reorder !== undefined) {
    link.reorder = reorder.share;
    link.reorderUs = at(`${where}.reorder.by`, () => parseDurationUs(reorder.by));
  }
  return link;
}

/** `25p` or `64KiB`. */
function queueOf(text: string): Partial<LinkConditions> {
  const packets = /^(\d{1,7})p$/.exec(text)?.[1];
  return packets === undefined
    ? { queueBytes: parseSizeBytes(text) }
    : { queuePackets: Number(packets) };
}

function hostOf(
  entry: Pick<ChangeText, "up" | "down" | "cpu"> & { readonly hosts: HostsText },
  hosts: number,
  nodes: number,
): HostConditions {
  return {
    hosts: choiceOf(entry.hosts, hosts, nodes),
    up: entry.up === undefined ? undefined : linkOf(entry.up, "up"),
    down: entry.down === undefined ? undefined : linkOf(entry.down, "down"),
    cpuUs: entry.cpu === undefined ? undefined : parseDurationUs(entry.cpu),
  };
}

function changeOf(entry: ChangeText, hosts: number, nodes: number): NetworkChange {
  const { cut, stop, crash, rebind, sameAddressAs } = entry;
  const host = hostOf({ ...entry, hosts: entry.hosts ?? "all" }, hosts, nodes);
  const forUs = entry.for === undefined ? undefined : parseDurationUs(entry.for);
  const everyUs = entry.every === undefined ? undefined : parseDurationUs(entry.every);
  checkChange(entry, host, hosts, nodes);
  const out = cut === "out" || cut === "both" ? { ...host.up, outage: true } : host.up;
  const into = cut === "in" || cut === "both" ? { ...host.down, outage: true } : host.down;
  return {
    ...host,
    up: out,
    down: into,
    atUs: parseDurationUs(entry.at),
    forUs,
    everyUs,
    path: entry.path === undefined ? undefined : linkOf(entry.path, "path"),
    stop,
    crash,
    rebind,
    sameAddressAs,
    clockJumpUs: entry.clockJump === undefined ? undefined : signedUs(entry.clockJump),
  };
}

function choiceOf(text: HostsText, hosts: number, nodes: number): HostChoice {
  if (typeof text !== "string") {
    const strange = text.find((host) => host >= hosts);
    if (strange === undefined) return text;
    throw new SkipnetError("E_OPTIONS", `hosts: there is no host ${strange}, only ${hosts}`);
  }
  if (text === "all") return "all";
  const percent = /^(\d{1,3}(?:\.\d{1,6})?)%$/.exec(text)?.[1];
  if (percent === undefined || Number(percent) > 100) {
    throw new SkipnetError("E_OPTIONS", `hosts: "${text}" is not all, a share as 10%, or numbers`);
  }
  const share = Number(percent) / 100;
  if (shareOf(share, nodes) > 0) return { share };
  throw new SkipnetError("E_OPTIONS", `hosts: ${text} of ${nodes} nodes is none`);
}

const signedUs = (text: string): number =>
  text.startsWith("-") ? -parseDurationUs(text.slice(1)) : parseDurationUs(text);

function oneWay(text: string): number {
  return Math.max(1, parseDurationUs(text));
}

function defined(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

/** Runs a reader; what it throws names the key. */
function at<T>(where: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof SkipnetError)) throw error;
    const said = error.message.replace(/^E_OPTIONS: /, "");
    throw new SkipnetError(
      "E_OPTIONS",
      where === "network" ? said : `network.${where}: ${said.replace(/^network\.?:? ?/, "")}`,
    );
  }
}
