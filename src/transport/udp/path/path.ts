import type { Nonce } from "../packet/packet-writer.ts";
import { ALLOWANCE_BYTES, PLACE_DUE_US, type SessionNumbers } from "../session/numbers.ts";

const NEVER = Number.POSITIVE_INFINITY;
/** Bytes sent to an address that has not proven itself, for each byte that came from it (RFC 9000, 8.1). */
const AMPLIFICATION = 3;
/** Cookies answered at once until the peer lets us in; later ones go out with the next repetition. */
const COOKIES_TAKEN_MAX = 8;

/** Packets of a known session came from another address: is the peer there? */
export interface PathCheck {
  readonly host: string;
  readonly port: number;
  /** Sent to the new address alone, and to the old address alone. */
  readonly there: Nonce;
  readonly here: Nonce;
  readonly sinceUs: number;
  askedUs: number;
  answered: boolean;
  /** When it is decided. */
  decideUs: number;
}

/** A challenge to be sent. */
export interface Challenge {
  readonly host: string;
  readonly port: number;
  readonly nonce: Nonce;
}

/** What is known of the way to a peer: whether its address is its own, and where else it may be. */
export class SessionPath {
  readonly #numbers: SessionNumbers;
  /** To be sent with every hello. */
  cookie: Uint8Array | undefined;
  #cookiesTaken = 0;
  check: PathCheck | undefined;
  /** Another process that claims this peer's address was found alive. */
  hasRival = false;
  /** Up to which message number the peer was told to send; -1: it was told nothing. */
  limitTold = -1;
  /** The peer is to be told how much it may send. */
  creditDue = false;
  /** A challenge of the peer's, to be sent back at once. */
  reply: Nonce | undefined;
  /** BOUNDED: two, one for each address. */
  challenges: Challenge[] | undefined;

  constructor(numbers: SessionNumbers) {
    this.#numbers = numbers;
  }

  /** Bytes that may still go to an address that has not proven itself; `Infinity`: it has. */
  get allowanceBytes(): number {
    return this.#numbers[ALLOWANCE_BYTES] as number;
  }
  set #allowanceBytes(bytes: number) {
    this.#numbers[ALLOWANCE_BYTES] = bytes;
  }

  /** When the peer is told where we are. */
  get placeDueUs(): number {
    return this.#numbers[PLACE_DUE_US] as number;
  }
  set placeDueUs(us: number) {
    this.#numbers[PLACE_DUE_US] = us;
  }

  /** When `check` is decided; `Infinity`: there is none. */
  get decideUs(): number {
    return this.check?.decideUs ?? NEVER;
  }

  /** Whether a packet of so many bytes may go to the address. */
  admits(bytes: number): boolean {
    return bytes <= this.allowanceBytes;
  }

  /** A stranger opened the session: nothing is sent but for what it sends. */
  limit(): void {
    this.#allowanceBytes = 0;
  }

  /** The address is the peer's own. */
  prove(): void {
    this.#allowanceBytes = NEVER;
  }

  received(bytes: number): void {
    this.#allowanceBytes = this.allowanceBytes + AMPLIFICATION * bytes;
  }

  sent(bytes: number): void {
    this.#allowanceBytes = this.allowanceBytes - bytes;
  }

  /** True if all goes out again at once: a new one, and not too many so far. */
  takeCookie(cookie: Uint8Array): boolean {
    const same = this.cookie?.every((byte, i) => byte === cookie[i]) === true;
    if (!same) this.cookie = cookie.slice();
    return !same && this.#cookiesTaken++ < COOKIES_TAKEN_MAX;
  }

  /** The peer let us in: cookies are over. */
  letIn(): void {
    this.cookie = undefined;
    this.#cookiesTaken = 0;
  }

  endCheck(): void {
    this.check = undefined;
    this.challenges = undefined;
  }
}
