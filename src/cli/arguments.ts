import { InvalidArgumentError } from "commander";
import { type Address, parseAddress, socketAddress } from "../core/address.ts";
import { SkipnetError } from "../core/errors.ts";
import { assertNodeName } from "../core/names.ts";
import { parseDurationUs, parseSizeBytes } from "../core/units.ts";
import { type Advertised, parseAdvertised } from "../transport/advertised.ts";

/** An argument parser of the library that tells people what to write instead of a stack trace. */
function argument<T>(parse: (text: string) => T): (text: string) => T {
  return (text) => {
    try {
      return parse(text);
    } catch (error) {
      if (!(error instanceof SkipnetError)) throw error;
      throw new InvalidArgumentError(error.message.slice(`${error.code}: `.length));
    }
  };
}

/** `250ms`, in microseconds. */
export const durationArgument: (text: string) => number = argument(parseDurationUs);
/** `16KiB`, in bytes. */
export const sizeArgument: (text: string) => number = argument(parseSizeBytes);
/** `udp://127.0.0.1:7001`. */
export const addressArgument: (text: string) => Address = argument((text) => {
  const address = parseAddress(text);
  socketAddress(address);
  return address;
});
/** One address more of an option that may stand several times. */
export const addressesArgument = (text: string, before: readonly Address[] = []): Address[] => [
  ...before,
  addressArgument(text),
];
/** `192.0.2.7`, `host1.example.com:7001`. */
export const advertisedArgument: (text: string) => Advertised = argument(parseAdvertised);
/** `com.example.host1`. */
export const nodeNameArgument: (text: string) => string = argument((text) => {
  assertNodeName(text);
  return text;
});

/** A whole number in this range. */
export const integerArgument =
  (min: number, max: number): ((text: string) => number) =>
  (text) => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= min && value <= max)) {
      throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
    }
    return value;
  };

/** Where an HTTP server listens: `127.0.0.1:9001`, `[::1]:9001`, or a port alone, which is loopback. */
export const hostPortArgument: (text: string) => { host: string; port: number } = argument(
  (text) => {
    if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) {
      return { host: "127.0.0.1", port: Number(text) };
    }
    const { host, port } = socketAddress(parseAddress(`http://${text}`));
    return { host, port };
  },
);
