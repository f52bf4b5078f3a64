import { InvalidArgumentError } from "commander";
import { SkipnetError } from "../../core/errors.ts";
import { MODEL_NAMES } from "../../transport/sim/models.ts";
import { isPacketTransport, parsePacketTransport } from "../../transport/sim/packet/packet-spec.ts";
import { isTies, type Ties } from "../../transport/sim/shuffled-queue.ts";
import { type NetworkName, parseNetwork } from "../../transport/sim/topology/network-spec.ts";
import { type FaultSpec, parseFault } from "./faults/spec.ts";
import type { SimRunOptions } from "./options.ts";

/** A share, 0 to 1. */
export const share = (text: string): number => {
  const value = /^\d*\.?\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= 0 && value <= 1)) throw new InvalidArgumentError("It must be from 0 to 1.");
  return value;
};

/** One more fault. */
export const fault = (text: string, before: readonly FaultSpec[]): FaultSpec[] => {
  try {
    return [...before, parseFault(text)];
  } catch (error) {
    throw new InvalidArgumentError(error instanceof SkipnetError ? error.message : String(error));
  }
};

/** An order of events of one microsecond. */
export const ties = (text: string): Ties => {
  if (isTies(text)) return text;
  throw new InvalidArgumentError("It must be insertion, shuffle or shuffle:TEXT.");
};

/** A delay model, or a network of routers with its options. */
export const network = (text: string): NetworkName => {
  try {
    parseNetwork(text);
    return text as NetworkName;
  } catch (error) {
    throw new InvalidArgumentError(error instanceof SkipnetError ? error.message : String(error));
  }
};

/** A model of the message level, or a packet-level transport with its options. */
export const transport = (text: string): SimRunOptions["transport"] => {
  const model = MODEL_NAMES.find((name) => name === text);
  if (model !== undefined) return model;
  if (!isPacketTransport(text)) {
    throw new InvalidArgumentError(
      `It must be ${MODEL_NAMES.join(", ")} packet[:options] or packet-tcp[:options].`,
    );
  }
  try {
    parsePacketTransport(text);
    return text;
  } catch (error) {
    throw new InvalidArgumentError(error instanceof SkipnetError ? error.message : String(error));
  }
};
