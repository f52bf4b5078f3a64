import type { GetResult, NotDone, Uncertain } from "../../src/apps/naming/results.ts";
import type { NamingService } from "../../src/apps/naming/service.ts";
import type { Member } from "../../src/overlay/overlay.ts";
import type { NamingClient, NamingRead } from "./naming-client.ts";
import type { OperationEnd } from "./operation.ts";

/** Pages of one directory that are read. */
const PAGES_MAX = 64;

/** The naming service of a member, as the load sees it. That there is no such name is an answer. */
export function namingClient(naming: NamingService, member: Member): NamingClient {
  return {
    async put(path, value, deadlineUs) {
      return endOf(await naming.put(member, path, value, { deadlineUs }));
    },
    async remove(path, deadlineUs) {
      return endOf(await naming.remove(member, path, { deadlineUs }));
    },
    async get(path, deadlineUs) {
      const result: GetResult = await naming.get(member, path, { deadlineUs });
      const value = result.outcome === "done" ? result.value : undefined;
      return { end: endOfRead(result), value };
    },
    async list(path, deadlineUs): Promise<NamingRead<readonly string[]>> {
      const names: string[] = [];
      let after: string | undefined;
      for (let page = 0; ; page++) {
        const result = await naming.list(member, path, { deadlineUs, after });
        if (result.outcome !== "done") return { end: endOfRead(result), value: undefined };
        names.push(...result.names);
        after = result.next;
        if (after === undefined || page === PAGES_MAX) {
          return { end: endOf(result), value: names };
        }
      }
    },
  };
}

interface Succeeded {
  readonly outcome: "done";
  readonly hops: number;
  readonly tries: number;
}

function endOf(result: Succeeded | NotDone | Uncertain): OperationEnd {
  const { hops, tries } = result;
  if (result.outcome === "done") return { outcome: "done", hops, tries };
  const outcome = result.outcome === "notDone" ? "failed" : "uncertain";
  return { outcome, code: result.code, tries };
}

function endOfRead(result: Succeeded | NotDone | Uncertain): OperationEnd {
  if (result.outcome === "notDone" && result.code === "E_NOT_FOUND") {
    return { outcome: "done", hops: result.hops, tries: result.tries };
  }
  return endOf(result);
}
