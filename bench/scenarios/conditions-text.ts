import type { ChangeText, LinkText } from "./network-schema.ts";
import type { ScenarioFile } from "./schema.ts";

/** A scenario's conditions in a few words, from the declaration itself: they cannot be out of date. */
export function conditionsText({ network, faults, simNetwork }: ScenarioFile): string {
  if (network === undefined) {
    return [simNetwork ?? "no link conditions", ...(faults === "none" ? ["no faults"] : [])].join(
      "; ",
    );
  }
  const { delay, up, down, path, hosts = [], changes = [] } = network;
  return [
    delay === undefined ? undefined : `${delay} one way`,
    ends(up, down),
    linkText("", path),
    ...hosts.map((entry) =>
      [`${hostsText(entry.hosts)}:`, ends(entry.up, entry.down), cpuText(entry)]
        .filter((part) => part !== undefined)
        .join(" "),
    ),
    ...changesText(changes),
    faults === "none" ? undefined : `faults: ${faults ?? "crash, hang"}`,
  ]
    .filter((part) => part !== undefined)
    .join("; ");
}

/** What each entry says; of several that differ in times alone, the first. */
function changesText(changes: readonly ChangeText[]): string[] {
  const seen = new Map<string, string[]>();
  for (const change of changes) {
    const what = changeText(change);
    const times = [
      `at ${change.at}`,
      ...(change.for === undefined ? [] : [`for ${change.for}`]),
      ...(change.every === undefined ? [] : [`every ${change.every}`]),
    ].join(" ");
    const before = seen.get(what);
    if (before === undefined) seen.set(what, [times]);
    else before.push(times);
  }
  return [...seen].map(([what, times]) => `${times.join(", ")}: ${what}`);
}

function changeText(change: ChangeText): string {
  const { cut, stop, crash, rebind, sameAddressAs, clockJump } = change;
  const parts = [
    cut === undefined ? undefined : `cut ${cut}`,
    stop === true ? "stopped" : undefined,
    crash === true ? "killed" : undefined,
    rebind === undefined ? undefined : `another ${rebind}`,
    sameAddressAs === undefined ? undefined : `takes the address of host ${sameAddressAs}`,
    clockJump === undefined ? undefined : `clock jumps ${clockJump}`,
    ends(change.up, change.down),
    linkText("", change.path),
    cpuText(change),
  ].filter((part) => part !== undefined);
  return `${hostsText(change.hosts ?? "all")} ${parts.join(", ")}`;
}

const cpuText = ({ cpu }: Pick<ChangeText, "cpu">): string | undefined =>
  cpu === undefined ? undefined : `${cpu} a datagram`;

function hostsText(hosts: NonNullable<ChangeText["hosts"]>): string {
  if (hosts === "all") return "all";
  if (typeof hosts === "string") return `${hosts} of the nodes`;
  return hosts.length === 1 ? `host ${hosts[0]}` : `hosts ${hosts.join(", ")}`;
}

/** Both directions in one where they say the same. */
function ends(up: LinkText | undefined, down: LinkText | undefined): string | undefined {
  const both = linkText("", up);
  if (both !== undefined && both === linkText("", down)) return both;
  const each = [linkText("up ", up), linkText("down ", down)].filter((part) => part !== undefined);
  return each.length === 0 ? undefined : each.join("; ");
}

function linkText(which: string, link: LinkText | undefined): string | undefined {
  if (link === undefined) return undefined;
  const { rate, queue, delay, jitter, loss, burst, reorder, packets } = link;
  const parts = [
    rate === undefined ? undefined : `${rate}, queue ${queue}`,
    delay === undefined ? undefined : `+ ${delay}`,
    jitter === undefined ? undefined : `jitter ${jitter}`,
    loss === undefined ? undefined : `loss ${percent(loss)}`,
    burst === undefined
      ? undefined
      : `bursts ${percent(burst.loss)} for ${burst.bad} in ${burst.good}`,
    reorder === undefined ? undefined : `reorder ${percent(reorder.share)} by ${reorder.by}`,
    link.duplicate === undefined ? undefined : `duplicate ${percent(link.duplicate)}`,
    link.corrupt === undefined ? undefined : `corrupt ${percent(link.corrupt)}`,
    link.inARow === undefined ? undefined : `${link.inARow} in a row at most`,
    packets === undefined
      ? undefined
      : `packets ${packets.from} to ${packets.to} ${packets.held === undefined ? "lost" : `held ${packets.held}`}`,
    link.mtu === undefined ? undefined : `MTU ${link.mtu}`,
    link.outage === true ? "nothing passes" : undefined,
  ].filter((part) => part !== undefined);
  return parts.length === 0 ? undefined : `${which}${parts.join(", ")}`;
}

const percent = (share: number): string => `${Number((share * 100).toFixed(4))} %`;
