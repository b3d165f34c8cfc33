/**
 * Microseconds of the machine's monotonic clock, the same in every process and thread of one time namespace, so that a
 * moment noted in one can be compared with one noted in another. `timeOrigin + now()` cannot: each process fixes its own.
 */
export function nowUs(): number {
  return Number(process.hrtime.bigint()) / 1000;
}
