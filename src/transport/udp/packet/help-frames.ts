import { isHostAddress } from "../../host-address.ts";
import type { ByteCursor } from "./byte-cursor.ts";
import {
  ASK_FRAME_BYTES,
  FRAME_ASK,
  FRAME_VOUCH,
  HOST_TEXT_MAX,
  VOUCH_FRAME_BYTES,
} from "./packet.ts";

/** Which question about a peer, in the numbers of who asks. */
export interface Question {
  readonly inquiry: number;
  /** Counts from 0 in each inquiry. */
  readonly question: number;
}

/** Who is asked about. */
export interface AskedAbout {
  readonly host: string;
  readonly port: number;
  readonly incarnation: number;
}

/**
 * What a packet says of third parties: whether somebody else answers its sender, or that one does. One of a kind
 * counts in a packet, the last. A field means something only where its `has…` is true.
 */
export class HelpFrames {
  hasAsk = false;
  readonly ask = { inquiry: 0, question: 0, host: "", port: 0, incarnation: 0 };
  hasVouch = false;
  readonly vouch = { inquiry: 0, question: 0 };

  clear(): void {
    this.hasAsk = false;
    this.hasVouch = false;
  }

  /** Reads a frame of this kind; false if it is neither, too short, or says what cannot be. */
  read(kind: number, from: ByteCursor): boolean {
    if (kind === FRAME_ASK) return this.#readAsk(from);
    if (kind !== FRAME_VOUCH || from.left < VOUCH_FRAME_BYTES - 1) return false;
    this.hasVouch = true;
    this.vouch.inquiry = from.u32();
    this.vouch.question = from.u32();
    return true;
  }

  #readAsk(from: ByteCursor): boolean {
    if (from.left < ASK_FRAME_BYTES - 1) return false;
    const end = from.at + ASK_FRAME_BYTES - 1;
    const { ask } = this;
    this.hasAsk = true;
    ask.inquiry = from.u32();
    ask.question = from.u32();
    ask.incarnation = from.u64();
    ask.port = from.u16();
    const length = from.u8();
    if (length > HOST_TEXT_MAX) return false;
    ask.host = String.fromCharCode(...from.bytes.subarray(from.at, from.at + length));
    from.at = end;
    return Number.isSafeInteger(ask.incarnation) && ask.incarnation > 0 && isHostAddress(ask.host);
  }
}
