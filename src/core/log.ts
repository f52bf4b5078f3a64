export type LogLevel = "debug" | "info" | "warn" | "error";

/** Fields of one log line: numbers, strings and flat lists; never the bytes a stranger sent. */
export type LogFields = Readonly<Record<string, unknown>>;

/** The structured log of one node. Every line carries `node`, the time in `tUs`, and what the caller adds. */
export interface Log {
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
  /** Whether debug lines are wanted: hot paths ask before they build fields. */
  readonly debugging: boolean;
  child(fields: LogFields): Log;
}

export const silentLog: Log = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  debugging: false,
  child: () => silentLog,
};
