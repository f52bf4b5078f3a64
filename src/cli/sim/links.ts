import { loadScenario } from "../../../bench/scenarios/load.ts";
import { networkScript } from "../../../bench/scenarios/network.ts";
import type { LinkText, NetworkText } from "../../../bench/scenarios/network-schema.ts";
import { SkipnetError } from "../../core/errors.ts";
import type { NetworkScript } from "../../transport/sim/packet/network-script.ts";
import { isPacketTransport } from "../../transport/sim/packet/packet-spec.ts";

/** What `skipnet sim` was told about links, as text. */
export interface LinkArguments {
  readonly transport: string;
  readonly loss: number;
  readonly linkRate?: string | undefined;
  readonly linkQueue?: string | undefined;
  readonly burst?: string | undefined;
  /** Name or file; only its `network` counts here. */
  readonly scenario?: string | undefined;
}

/** Packets that a link with a rate holds where nobody says. */
const QUEUE = "100p";

/**
 * The network of a packet-level run; `undefined` at the message level. Options win over the scenario.
 * Throws `E_OPTIONS`, also where link options are given and there are no links.
 */
export async function linksOf(
  given: LinkArguments,
  hosts: number,
): Promise<NetworkScript | undefined> {
  const { transport, linkRate, linkQueue, burst, scenario, loss } = given;
  if (!isPacketTransport(transport)) {
    const strange = {
      "--link-rate": linkRate,
      "--link-queue": linkQueue,
      "--burst": burst,
      "--scenario": scenario,
    };
    for (const [option, value] of Object.entries(strange)) {
      if (value === undefined) continue;
      throw new SkipnetError("E_OPTIONS", `${option} needs --transport packet: there are no links`);
    }
    return undefined;
  }
  if (linkQueue !== undefined && linkRate === undefined) {
    throw new SkipnetError("E_OPTIONS", "--link-queue needs --link-rate: it would never fill");
  }
  const file = scenario === undefined ? {} : ((await loadScenario(scenario)).file.network ?? {});
  return networkScript(withLinks(file, given, loss), hosts);
}

function withLinks(file: NetworkText, given: LinkArguments, loss: number): NetworkText {
  const { linkRate, linkQueue = QUEUE, burst } = given;
  const link: LinkText = linkRate === undefined ? {} : { rate: linkRate, queue: linkQueue };
  const path: LinkText = {
    ...(loss > 0 ? { loss } : {}),
    ...(burst === undefined ? {} : { burst: burstOf(burst) }),
  };
  return {
    ...file,
    up: { ...file.up, ...link },
    down: { ...file.down, ...link },
    path: { ...file.path, ...path },
  };
}

/** `80ms,2s,80%`: bad and good state, and what is lost in the bad one. */
function burstOf(text: string): NonNullable<LinkText["burst"]> {
  const [bad, good, loss, ...more] = text.split(",");
  const percent = /^(\d{1,3}(?:\.\d{1,6})?)%$/.exec(loss ?? "")?.[1];
  if (bad === undefined || good === undefined || percent === undefined || more.length > 0) {
    throw new SkipnetError(
      "E_OPTIONS",
      `--burst "${text.slice(0, 60)}" is not BAD,GOOD,LOSS, as 80ms,2s,80%`,
    );
  }
  return { bad, good, loss: Number(percent) / 100 };
}
