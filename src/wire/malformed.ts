import { SkipnetError } from "../core/errors.ts";

/** What decoding throws. `why` never holds anything that the sender chose. */
export function malformed(why: string, options?: ErrorOptions): SkipnetError {
  return new SkipnetError("E_MALFORMED", why, options);
}

/** A value that its declaration does not allow to be sent. `where`: the message type and field. */
export const limit = (where: string, why: string): SkipnetError =>
  new SkipnetError("E_LIMIT", `${where} ${why}`);
