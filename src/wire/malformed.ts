import { SkipnetError } from "../core/errors.ts";

/** What decoding throws. `why` never holds anything that the sender chose. */
export function malformed(why: string, options?: ErrorOptions): SkipnetError {
  return new SkipnetError("E_MALFORMED", why, options);
}
