import type { PacketReader } from "../packet/packet-reader.ts";
import type { Nonce } from "../packet/packet-writer.ts";
import type { PortContext } from "../port-context.ts";
import type { Session } from "../session/session.ts";
import type { SessionTable } from "../session/session-table.ts";
import type { PathCheck } from "./path.ts";

const WORD = 2 ** 32;
/** A check without an answer is over after so many round trips. */
const CHECK_ROUNDS = 4;
/** How much longer than usual an answer may take on a path that hardly varies. */
const SLACK_US = 1_000;

/**
 * A peer whose address changed (a new lease, a NAT that forgot) goes on with its session after a round
 * trip: the new address is challenged, and so is the old one. The session moves if the new address
 * answers and the old one stays silent for a round trip; until then messages wait. Who replays packets from
 * elsewhere gets nothing: copies are known by their numbers, and the peer itself answers at the old
 * address. Whoever reads all packets and can forge them is stopped by encryption alone.
 */
export class PathChecks {
  readonly #context: PortContext;
  readonly #sessions: SessionTable;

  constructor(context: PortContext, sessions: SessionTable) {
    this.#context = context;
    this.#sessions = sessions;
  }

  /** A packet for this session came from another address. True: what it says may count. */
  fromElsewhere(
    session: Session,
    reader: PacketReader,
    host: string,
    port: number,
    nowUs: number,
  ): boolean {
    const { path } = session;
    const check = path.check;
    if (session.isDown || !session.confirmed || reader.hasHello) return false;
    if (check === undefined) {
      // Nothing that came before, or was overtaken, can be the first from a new address.
      if (!session.received.isNewest(reader.packetLow)) return false;
      this.#begin(session, host, port, nowUs);
      return true;
    }
    if (check.host !== host || check.port !== port) return false;
    if (reader.path.hasResponse && same(reader.path.response, check.there)) {
      check.answered = true;
      this.decide(session, nowUs);
    } else if (!check.answered && nowUs - check.askedUs >= patienceUs(session) / 2) {
      this.#ask(session, check, nowUs);
    }
    return true;
  }

  /** A packet came from where the peer always was: during a check that ends the check. */
  fromHome(session: Session, reader: PacketReader): void {
    const { check } = session.path;
    if (check === undefined) return;
    const answers = reader.path.hasResponse && same(reader.path.response, check.here);
    if (!answers && !session.received.isNewest(reader.packetLow)) return;
    this.#context.counters.movesRefused++;
    session.path.endCheck();
  }

  /** Moves the session, gives the check up, or waits on. */
  decide(session: Session, nowUs: number): void {
    const { path } = session;
    const { check } = path;
    if (check === undefined) return;
    const waitUs = patienceUs(session);
    if (nowUs < check.sinceUs + waitUs) {
      check.decideUs = check.sinceUs + waitUs;
    } else if (check.answered) {
      path.endCheck();
      this.#context.counters.moves++;
      this.#sessions.move(session, check.host, check.port);
      // What we acknowledged meanwhile went to the old address.
      session.received.dueUs = nowUs;
    } else if (nowUs >= check.sinceUs + CHECK_ROUNDS * waitUs) {
      path.endCheck();
    } else check.decideUs = nowUs + waitUs;
  }

  #begin(session: Session, host: string, port: number, nowUs: number): void {
    const check: PathCheck = {
      host,
      port,
      there: this.#nonce(),
      here: this.#nonce(),
      sinceUs: nowUs,
      askedUs: nowUs,
      answered: false,
      decideUs: nowUs + patienceUs(session),
    };
    session.path.check = check;
    this.#ask(session, check, nowUs);
  }

  #ask(session: Session, check: PathCheck, nowUs: number): void {
    check.askedUs = nowUs;
    session.path.challenges = [
      { host: check.host, port: check.port, nonce: check.there },
      { host: session.host, port: session.port, nonce: check.here },
    ];
  }

  #nonce(): Nonce {
    const { random } = this.#context;
    return { low: random.below(WORD), high: random.below(WORD) };
  }
}

/** How long an answer from the old address may take: it is given at once. */
function patienceUs({ rtt: { srttUs, rttVarUs, rtoUs } }: Session): number {
  if (srttUs === undefined || rttVarUs === undefined) return rtoUs;
  return Math.min(rtoUs, Math.ceil(srttUs + 2 * rttVarUs) + SLACK_US);
}

const same = (a: Nonce, b: Nonce): boolean => a.low === b.low && a.high === b.high;
