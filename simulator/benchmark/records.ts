/**
 * How long a million records take, written out as NDJSON and as CSV, and how much memory is in use meanwhile.
 *
 *     npm run bench:records
 */
import { arrivalsOf, csv, ndjson, profileNamed, usageRecords } from '../src/index.ts';

const count = 1_000_000;
const limitMs = 3000;
const startMs = Date.parse('2026-01-05T09:00:00Z');
const profile = profileNamed('office');

let missed = false;
for (const [format, write] of [
  ['ndjson', ndjson],
  ['csv', csv],
] as const) {
  const began = performance.now();
  const options = { seed: 1, startMs };
  const times = first(count, arrivalsOf(profile, 1, startMs));
  let characters = 0;
  let mostHeap = 0;
  for (const chunk of write(usageRecords(times, profile.records, options))) {
    characters += chunk.length;
    mostHeap = Math.max(mostHeap, process.memoryUsage().heapUsed);
  }
  const tookMs = performance.now() - began;
  missed ||= tookMs > limitMs;
  const sizes = `${(characters / 1e6).toFixed(0)} MB, heap at most ${(mostHeap / 1e6).toFixed(0)} MB`;
  console.log(`${format}: ${count} records in ${(tookMs / 1000).toFixed(2)} s (${sizes})`);
}
if (missed) {
  console.error(`more than ${limitMs / 1000} s: is the machine busy?`);
  process.exitCode = 1;
}

function* first(many: number, times: Iterable<number>): Generator<number, void> {
  let left = many;
  for (const time of times) {
    if (left === 0) return;
    left -= 1;
    yield time;
  }
}
