import type { Contact } from "../../src/core/contacts.ts";
import type { Random } from "../../src/core/random.ts";
import type { Member, Overlay } from "../../src/overlay/overlay.ts";
import type { OperationEnd, PlannedOperation, Workload } from "./operation.ts";
import { endOfError } from "./outcome.ts";
import { BenchProbe } from "./probe.ts";

export interface OverlayWorkloadOptions {
  readonly overlay: Overlay;
  readonly member: Member;
  readonly random: Random;
  /** Where probes go: nodes of the run, victims included. */
  readonly nodes: readonly Contact[];
  readonly payloadBytes: number;
}

/** Bytes that do not compress, so that the size on the wire is the size asked for. */
function payload(random: Random, size: number): Uint8Array {
  return Uint8Array.from({ length: size }, () => random.below(256));
}

/** Routes a probe to the name of a random node, and waits for the answer of whoever it reaches. */
export function routingWorkload(options: OverlayWorkloadOptions): Workload {
  const { overlay, member, random, nodes } = options;
  const body = BenchProbe.make({ payload: payload(random, options.payloadBytes) });
  const route = async (name: string, deadlineUs: number): Promise<OperationEnd> => {
    try {
      const { hops, tries } = await overlay.routeByName(member, name, body, { deadlineUs });
      return { outcome: "done", hops, tries };
    } catch (thrown) {
      return endOfError(thrown);
    }
  };
  return {
    kinds: ["route"],
    next(): PlannedOperation {
      const { name } = nodes[random.below(nodes.length)] as Contact;
      return { kind: "route", run: (deadlineUs) => route(name, deadlineUs) };
    },
  };
}

/** Sends a probe straight to a random node and waits for its echo: the transport, and nothing above it. */
export function echoWorkload(options: OverlayWorkloadOptions): Workload {
  const { overlay, member, random, nodes } = options;
  const body = BenchProbe.make({ payload: payload(random, options.payloadBytes) });
  const echo = async (to: Contact, deadlineUs: number): Promise<OperationEnd> => {
    try {
      await overlay.request(member, overlay.contacts.intern(to), body, { deadlineUs });
      return { outcome: "done", hops: 1, tries: 1 };
    } catch (thrown) {
      return endOfError(thrown);
    }
  };
  return {
    kinds: ["echo"],
    next(): PlannedOperation {
      const to = nodes[random.below(nodes.length)] as Contact;
      return { kind: "echo", run: (deadlineUs) => echo(to, deadlineUs) };
    },
  };
}
