import { closeSync, fstatSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { asSkipnetError, SkipnetError } from "../errors.ts";

/** Longest line written, in UTF-16 code units; a longer one is replaced by a note of its length. */
export const LOG_LINE_MAX = 16_384;

/** Where a log goes and how much room it may take. */
export interface LogFileOptions {
  readonly file: string;
  /** A file that has reached this size is renamed `FILE.1`, and so on. Default 16 MiB. */
  readonly fileBytesMax?: number | undefined;
  /** Files kept, the current one included. Default 4. */
  readonly files?: number | undefined;
}

/**
 * A log file that never takes more room than `files` times `fileBytesMax` and one line.
 *
 * Each line is handed to the operating system before `write` returns, so that the last line before
 * a SIGKILL is there to be read. A failed write (disk full) loses that line and is counted: a node
 * does not die of its log.
 */
export class LogFile {
  readonly #file: string;
  readonly #fileBytesMax: number;
  readonly #files: number;
  #descriptor: number | undefined;
  #bytes = 0;
  #linesLost = 0;
  #closed = false;

  /** Appends to an existing file. Throws `E_OPTIONS` if it cannot be opened. */
  constructor({ file, fileBytesMax = 16 << 20, files = 4 }: LogFileOptions) {
    this.#file = file;
    this.#fileBytesMax = fileBytesMax;
    this.#files = files;
    try {
      mkdirSync(dirname(file), { recursive: true });
      this.#open();
    } catch (cause) {
      const why = asSkipnetError(cause).cause;
      throw new SkipnetError("E_OPTIONS", `cannot open the log file: ${String(why)}`, { cause });
    }
  }

  /** Lines that could not be written. */
  get linesLost(): number {
    return this.#linesLost;
  }

  /** Takes one line, with its line end. */
  write(line: string): void {
    if (this.#closed) return;
    try {
      if (this.#bytes >= this.#fileBytesMax) this.#rotate();
      const descriptor = this.#descriptor ?? this.#open();
      // Still full: somebody forbids renaming. The bound holds, the line does not.
      if (this.#bytes >= this.#fileBytesMax) this.#linesLost++;
      else this.#bytes += writeSync(descriptor, line.length > LOG_LINE_MAX ? note(line) : line);
    } catch {
      this.#linesLost++;
    }
  }

  /** Later lines are dropped. Idempotent. */
  close(): void {
    this.#closed = true;
    this.#closeFile();
  }

  #open(): number {
    const descriptor = openSync(this.#file, "a");
    this.#descriptor = descriptor;
    this.#bytes = fstatSync(descriptor).size;
    return descriptor;
  }

  /** Forgets the number first: the system gives it to the next file or socket that is opened. */
  #closeFile(): void {
    const descriptor = this.#descriptor;
    this.#descriptor = undefined;
    if (descriptor !== undefined) closeSync(descriptor);
  }

  #rotate(): void {
    this.#closeFile();
    rmSync(this.#name(this.#files - 1), { force: true });
    for (let age = this.#files - 2; age >= 0; age--) {
      try {
        renameSync(this.#name(age), this.#name(age + 1));
      } catch {
        // A file of this age was never written, or somebody took it away.
      }
    }
    this.#open();
  }

  #name(age: number): string {
    return age === 0 ? this.#file : `${this.#file}.${age}`;
  }
}

function note(line: string): string {
  return `{"level":"warn","event":"log.lineTooLong","length":${line.length}}\n`;
}
