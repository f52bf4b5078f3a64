/** Writes the one JSON document of a command. Bounds that do not exist are written as "never". */
export function printJson(value: unknown): void {
  const text = JSON.stringify(
    value,
    (_key, v: unknown) => (v === Number.POSITIVE_INFINITY ? "never" : v),
    2,
  );
  process.stdout.write(`${text}\n`);
}

/** Writes a result for people. */
export function printLine(text: string): void {
  process.stdout.write(`${text}\n`);
}

/**
 * Ends quietly when the reader of the output has gone, as `skipnet ls | head -1` does: nobody is
 * left to be told anything.
 */
export function endWhenNobodyReads(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") throw error;
      process.exit();
    });
  }
}
