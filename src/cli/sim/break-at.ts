import inspector from "node:inspector";
import { InvalidArgumentError } from "commander";
import { SkipnetError } from "../../core/errors.ts";
import type { SimEvent } from "../../transport/sim/event-count.ts";
import type { SimNetwork } from "./network.ts";
import type { RunHooks } from "./run.ts";

/** Where a debugger stops: before the event of this number, or where the first invariant is found broken. */
export type BreakAt = number | "violation";

/** `12345`, `violation`. */
export const breakAtArgument = (text: string): BreakAt => {
  if (text === "violation") return text;
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("It must be the number of an event, from 1, or violation.");
};

/** A port of this machine, or none: the usual one. */
export const inspectArgument = (text: string): number => {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new InvalidArgumentError("It must be a port number.");
};

/** What a run needs so that a debugger stops in it. */
export function breakHooks(at: BreakAt): RunHooks {
  if (at === "violation") {
    let isFirst = true;
    return {
      onViolation(violation) {
        if (isFirst) stopAtViolation(violation);
        isFirst = false;
      },
    };
  }
  return {
    onReady(network) {
      network.simulation.events.observe({
        fromEvent: at,
        toEvent: at,
        onEvent: (event) => stopBeforeEvent(event, network),
      });
    },
  };
}

/**
 * Lets a debugger attach and waits for it, where `port` is given; it listens on this machine only.
 * Throws `E_OPTIONS` if somebody wants to stop in a debugger and there can be none.
 */
export function prepareDebugger(at: BreakAt | undefined, port: number | true | undefined): void {
  if (port !== undefined) {
    if (inspector.url() === undefined) inspector.open(port === true ? undefined : port);
    inspector.waitForDebugger();
  } else if (at !== undefined && inspector.url() === undefined) {
    throw new SkipnetError(
      "E_OPTIONS",
      "--break-at needs a debugger: add --inspect, or start with node --inspect-brk",
    );
  }
}

/** Stops in a debugger. The event has not been handled: step out twice, then into `dispatch`. */
function stopBeforeEvent(event: SimEvent, network: SimNetwork): void {
  const from = nameOf(network, event.from);
  const to = nameOf(network, event.to);
  // biome-ignore lint/suspicious/noDebugger: this is what --break-at is for.
  debugger;
  void [event, from, to];
}

/** Stops in a debugger, on the stack of whoever found it. */
function stopAtViolation(violation: { readonly invariant: string; readonly what: string }): void {
  // biome-ignore lint/suspicious/noDebugger: this is what --break-at is for.
  debugger;
  void violation;
}

const nameOf = (network: SimNetwork, host: number): string =>
  host < network.count ? network.name(host) : `host ${host}`;
