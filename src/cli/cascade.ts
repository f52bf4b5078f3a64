import type { NamingBounds } from "../apps/naming/bounds.ts";
import type { OverlayBounds } from "../overlay/bounds.ts";
import type { BoundStep, TransportBounds } from "../transport/transport.ts";

/** One duration of the cascade and what it is made of. */
export interface Timeout {
  readonly what: string;
  /** `Infinity`: there is none. Not a number for a floor. */
  readonly us: number;
  /**
   * A bound is a worst case, for reading; a deadline is how long somebody waits; a step is one line of
   * the arithmetic behind either; a floor only groups.
   */
  readonly kind: "bound" | "deadline" | "step" | "floor";
  readonly parts: readonly Timeout[];
}

const step = ({ what, us }: BoundStep): Timeout => ({ what, us, kind: "step", parts: [] });
const bound = (what: string, us: number, parts: readonly Timeout[] = []): Timeout => ({
  what,
  us,
  kind: "bound",
  parts,
});
const deadline = (what: string, us: number, parts: readonly Timeout[] = []): Timeout => ({
  what,
  us,
  kind: "deadline",
  parts,
});

const floor = (what: string, parts: readonly Timeout[]): Timeout => ({
  what,
  us: Number.NaN,
  kind: "floor",
  parts,
});

/** What each floor adds on top of the one below it, from the top floor down. */
export function cascadeOf(floors: {
  readonly transport: TransportBounds;
  readonly overlay: OverlayBounds;
  readonly naming: NamingBounds;
  readonly operationDeadlineUs: number;
  readonly joinDeadlineUs: number;
}): readonly Timeout[] {
  const { transport, overlay, naming, operationDeadlineUs, joinDeadlineUs } = floors;
  return [
    floor("node", [deadline("joining the overlay", joinDeadlineUs)]),
    floor("naming", [
      deadline("put, get, ls and rm, unless --deadline says otherwise", operationDeadlineUs),
      bound("an operation goes beyond its deadline by", naming.operationBeyondDeadlineUs),
      bound(
        "until a joined node says on its own word that a name is not there",
        naming.establishMs * 1000,
      ),
      bound("a crashed holder's directories are on three nodes again", naming.repairMs * 1000),
      ...naming.steps.map(step),
    ]),
    floor("overlay", [
      deadline("a route whose caller sets no deadline", overlay.routeDeadlineUs),
      bound("a route that meets silence at every hop, had nobody a deadline", overlay.routeWorstUs),
      bound("every table slot that held a dead node is filled", overlay.repairUs),
      ...overlay.steps.map(step),
    ]),
    floor("transport", [
      bound("every message that asks has its verdict", transport.verdictUs),
      bound("more for each KiB beyond the first datagram", transport.verdictPerKiBUs),
      bound("a silent peer is suspect: messages are routed round it", transport.suspectUs),
      bound("a silent peer is down: its slots are repaired", transport.downUs),
      ...transport.steps.map(step),
    ]),
  ];
}

const seconds = (s: number): number => s * 1e6;

/**
 * How cascading timeouts reach 13 minutes: worst case stacked on worst case, floor by floor, as "Engineering
 * Realities" (2004) §3.2 and §3.4 tell it. The paper gives the structure, "over half a minute" and
 * "13 minutes"; the numbers in between are reconstructed.
 */
export function paperCascade(): readonly Timeout[] {
  const tcpUs = [0.5, 1, 2, 4, 8, 16].reduce((sum, s) => sum + seconds(s), 0);
  const tcp = bound(
    "transport: TCP gives up on a message, over half a minute (paper §3.1)",
    tcpUs,
    [0.5, 1, 2, 4, 8, 16].map((s, i) =>
      step({
        what: i === 0 ? "first transmission, RTO" : `retransmission ${i}, RTO doubled`,
        us: seconds(s),
      }),
    ),
  );
  const pingUs = seconds(60);
  const repairUs = pingUs + 2 * tcpUs;
  const repair = bound("overlay: a routing table is repaired", repairUs, [
    step({ what: "the next ping to the dead neighbour is due", us: pingUs }),
    step({ what: "the ping must outlast TCP before it says anything", us: tcpUs }),
    step({ what: "the repair message meets a second dead node", us: tcpUs }),
    tcp,
  ]);
  const tries = 3;
  const deliveryUs = tries * tcpUs + (tries - 1) * repairUs;
  const delivery = bound("overlay: a message is delivered or given up", deliveryUs, [
    step({ what: `${tries} tries, each until TCP gives up`, us: tries * tcpUs }),
    step({
      what: `a table repair between tries, or the next try meets the same node: ${tries - 1} repairs`,
      us: (tries - 1) * repairUs,
    }),
    repair,
  ]);
  const createUs = repairUs + 2 * deliveryUs;
  return [
    bound(
      "application: a distributed data structure is created (paper §3.4: 13 minutes)",
      createUs,
      [
        step({ what: "tables must be repaired before a new tree can be built", us: repairUs }),
        step({ what: "the request is delivered", us: deliveryUs }),
        step({ what: "the answer is delivered", us: deliveryUs }),
        delivery,
      ],
    ),
  ];
}
