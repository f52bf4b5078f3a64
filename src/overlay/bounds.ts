import type { BoundStep, TransportBounds } from "../transport/transport.ts";
import type { OverlayOptions } from "./options.ts";

/** Worst cases of the overlay, derived from those of the transport below. For reading; deadlines are for waiting. */
export interface OverlayBounds {
  /** From a node's silence until its neighbours have filled every slot that held it. */
  readonly repairUs: number;
  /** A route that meets a silent node at every hop, tried as often as the options say, without a deadline. */
  readonly routeWorstUs: number;
  /** A deadline that lets every try have its time: what callers get who do not say. */
  readonly routeDeadlineUs: number;
  readonly joinSearchUs: number;
  readonly steps: readonly BoundStep[];
}

/** Hops that a route is expected to take at most: k log_k N with the leaf set's help. */
export function expectedHops(options: OverlayOptions): number {
  return Math.ceil(
    (options.dense ? 1 : options.k / 2) *
      (Math.log(options.membersExpected) / Math.log(options.k)) +
      1,
  );
}

/** What the overlay can take at worst over a transport with these bounds. */
export function overlayBounds(transport: TransportBounds, options: OverlayOptions): OverlayBounds {
  const hops = expectedHops(options);
  const searchUs = 2 * options.k * transport.rttUs;
  const repairUs = transport.downUs + searchUs;
  const failedHopUs = Math.min(transport.suspectUs, transport.verdictUs);
  const routeWorstUs = options.tries * hops * failedHopUs;
  let triesUs = 0;
  for (let attempt = 1; attempt <= options.tries; attempt++) {
    triesUs += options.firstTryMs * 1000 * attempt;
  }
  return {
    repairUs,
    routeWorstUs,
    routeDeadlineUs: triesUs,
    joinSearchUs: options.joinSearchMs * 1000,
    steps: [
      { what: "transport: silence until down", us: transport.downUs },
      { what: `search along the ring below, ${2 * options.k} hops`, us: searchUs },
      { what: `${hops} hops, each meeting a silent node`, us: hops * failedHopUs },
      { what: `times ${options.tries} tries, if nothing bounded them`, us: routeWorstUs },
      { what: "deadline: every try has its own time", us: triesUs },
    ],
  };
}
