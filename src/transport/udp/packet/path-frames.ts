import type { MutableCoordinate } from "../path/coordinate.ts";
import type { ByteCursor } from "./byte-cursor.ts";
import {
  CHALLENGE_FRAME_BYTES,
  COOKIE_BYTES,
  COORDINATE_ERROR_PARTS,
  COORDINATE_FRAME_BYTES,
  COORDINATE_UNIT_US,
  CREDIT_FRAME_BYTES,
  FRAME_CHALLENGE,
  FRAME_COORDINATE,
  FRAME_CREDIT,
  FRAME_RESPONSE,
} from "./packet.ts";

/**
 * What a packet says about its path and its ends: cookie, challenge, response, credit, coordinate. One of
 * a kind counts in a packet, the last. A field means something only where its `has…` is true.
 */
export class PathFrames {
  /** Of a hello, or of a cookie packet. Overwritten by the next datagram that has one. */
  readonly cookie = new Uint8Array(COOKIE_BYTES);
  hasCookie = false;

  hasChallenge = false;
  readonly challenge = { low: 0, high: 0 };
  hasResponse = false;
  readonly response = { low: 0, high: 0 };

  hasCredit = false;
  creditLimitLow = 0;
  creditBytes = 0;

  hasCoordinate = false;
  readonly coordinate: MutableCoordinate = { x: 0, y: 0, z: 0, heightUs: 0, error: 0 };

  clear(): void {
    this.hasCookie = false;
    this.hasChallenge = false;
    this.hasResponse = false;
    this.hasCredit = false;
    this.hasCoordinate = false;
  }

  /** False if there are too few bytes. */
  readCookie(from: ByteCursor): boolean {
    if (from.left < COOKIE_BYTES) return false;
    this.hasCookie = true;
    from.copy(this.cookie);
    return true;
  }

  /** Reads a frame of this kind; false if it is none of these, or too short. */
  read(kind: number, from: ByteCursor): boolean {
    switch (kind) {
      case FRAME_CHALLENGE:
        this.hasChallenge = true;
        return readNonce(this.challenge, from);
      case FRAME_RESPONSE:
        this.hasResponse = true;
        return readNonce(this.response, from);
      case FRAME_CREDIT:
        if (from.left < CREDIT_FRAME_BYTES - 1) return false;
        this.hasCredit = true;
        this.creditLimitLow = from.u32();
        this.creditBytes = from.u32();
        return true;
      case FRAME_COORDINATE:
        if (from.left < COORDINATE_FRAME_BYTES - 1) return false;
        this.hasCoordinate = true;
        readCoordinate(this.coordinate, from);
        return true;
      default:
        return false;
    }
  }
}

function readNonce(into: { low: number; high: number }, from: ByteCursor): boolean {
  if (from.left < CHALLENGE_FRAME_BYTES - 1) return false;
  into.low = from.u32();
  into.high = from.u32();
  return true;
}

function readCoordinate(into: MutableCoordinate, from: ByteCursor): void {
  into.x = from.i24() * COORDINATE_UNIT_US;
  into.y = from.i24() * COORDINATE_UNIT_US;
  into.z = from.i24() * COORDINATE_UNIT_US;
  into.heightUs = from.u16() * COORDINATE_UNIT_US;
  into.error = from.u8() / COORDINATE_ERROR_PARTS;
}
