import pino from "pino";
import type { Log, LogFields, LogLevel } from "../log.ts";
import { type Clock, machineClock } from "./clock.ts";

/** Where lines go: `LogFile`, or anything else that takes text. */
export interface LineSink {
  write(line: string): void;
}

/** Whose log it is, where its lines go, and which. */
export interface JsonLogOptions {
  /** Name of the node, in every line. */
  readonly node: string;
  readonly sink: LineSink;
  /** Lines below this level are not written. Default `info`. */
  readonly level?: LogLevel | undefined;
  readonly clock?: Clock | undefined;
}

/**
 * A log of one JSON object a line: `level`, `wallMs` (since 1970), `tUs` (the world's clock),
 * `node`, what the caller added, and `event` last. Message and trace identifiers are ordinary fields.
 */
export function jsonLog({ node, sink, level = "info", clock = machineClock }: JsonLogOptions): Log {
  const logger = pino(
    {
      level,
      base: { node },
      messageKey: "event",
      errorKey: "error",
      timestamp: () => `,"wallMs":${clock.wallMs()},"tUs":${clock.nowUs()}`,
      formatters: { level: (label) => ({ level: label }) },
    },
    sink,
  );
  return over(logger);
}

const NO_FIELDS: LogFields = {};

function over(logger: pino.Logger): Log {
  return {
    debug: (event, fields = NO_FIELDS) => logger.debug(fields, event),
    info: (event, fields = NO_FIELDS) => logger.info(fields, event),
    warn: (event, fields = NO_FIELDS) => logger.warn(fields, event),
    error: (event, fields = NO_FIELDS) => logger.error(fields, event),
    debugging: logger.isLevelEnabled("debug"),
    child: (fields) => over(logger.child(fields)),
  };
}
