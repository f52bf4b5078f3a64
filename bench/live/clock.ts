/**
 * Microseconds of the machine's monotonic clock: the same in all processes of one machine, whenever
 * they began.
 */
export function machineNowUs(): number {
  return Number(process.hrtime.bigint() / 1_000n);
}
