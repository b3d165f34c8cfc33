// Ours beside published parsers, from bytes to events, on this machine: `npm run bench:parser`.
// Every round measures each contender in turn, so that whatever else the machine does meets all of them, and counts
// processor time, not the time on the wall; what counts is the median over the rounds of each round's ratio.
import { cpus } from 'node:os';
import { type Contender, others, ours } from './contenders.ts';
import { corpora } from './corpora.ts';

const chunkSizes = [64, 1024, 65_536];
const warmUpRounds = 2;
const rounds = 15;
/** A sample parses whole streams, as many as fit in this time and at least one. */
const sampleMs = 25;

interface Sample {
  bytesPerSecond: number;
  /** Differs when events are missing, or differ in the length or the middle of their data, or in type or ID. */
  checksum: string;
}

function sample(contender: Contender, chunks: readonly Uint8Array[], streamBytes: number): Sample {
  let events = 0;
  let sum = 0;
  let streams = 0;
  let cpuMs = 0;
  const start = process.cpuUsage();
  do {
    events = 0;
    sum = 0;
    const feed = contender.start((data, type, id) => {
      events += 1;
      // Reading from the middle makes an engine that only promised the string really build it.
      sum = (Math.imul(sum, 31) + data.length + data.charCodeAt(data.length >> 1)) | 0;
      if (type !== undefined && type !== '' && type !== 'message') sum = (sum + type.length) | 0;
      if (id !== undefined && id !== '') sum = (Math.imul(sum, 31) + id.length) | 0;
    });
    for (const chunk of chunks) feed(chunk);
    streams += 1;
    const { user, system } = process.cpuUsage(start);
    cpuMs = (user + system) / 1000;
  } while (cpuMs < sampleMs);
  return { bytesPerSecond: (streams * streamBytes * 1000) / cpuMs, checksum: `${events} events, sum ${sum >>> 0}` };
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

function cut(bytes: Uint8Array, size: number): Uint8Array[] {
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
    bytes.slice(index * size, (index + 1) * size),
  );
}

/** GB/s of each contender over the rounds, and the ratios of ours to it. */
function measure(bytes: Uint8Array, chunkBytes: number): { gigabytes: number[][]; ratios: number[][] } {
  const chunks = cut(bytes, chunkBytes);
  // Not before every sample: a collection also makes the engine forget how it had optimised a parser that is gone.
  globalThis.gc?.();
  const contenders = [ours, ...others];
  const gigabytes: number[][] = contenders.map(() => []);
  const ratios: number[][] = contenders.map(() => []);
  for (let round = 0; round < warmUpRounds + rounds; round += 1) {
    const samples: Sample[] = [];
    // Each round begins with another contender: nobody always runs after the same one.
    for (let turn = 0; turn < contenders.length; turn += 1) {
      const index = (round + turn) % contenders.length;
      samples[index] = sample(contenders[index] as Contender, chunks, bytes.length);
    }
    const [first] = samples as [Sample];
    for (const [index, { checksum, bytesPerSecond }] of samples.entries()) {
      if (checksum !== first.checksum) {
        throw new Error(`${contenders[index]?.name} gave ${checksum}, but ${ours.name} ${first.checksum}`);
      }
      if (round < warmUpRounds) continue;
      gigabytes[index]?.push(bytesPerSecond / 1e9);
      ratios[index]?.push(first.bytesPerSecond / bytesPerSecond);
    }
  }
  return { gigabytes, ratios };
}

function row(cells: readonly string[]): void {
  process.stdout.write(`| ${cells.join(' | ')} |\n`);
}

process.stdout.write(
  `Node ${process.version}, ${cpus()[0]?.model}. GB per second of processor time, median of ${rounds} rounds; in brackets,\nhow many times as fast ours is.\n\n`,
);
row(['stream', 'chunks', ours.name, ...others.map(({ name }) => name)]);
row(['---', '---:', '---:', ...others.map(() => '---:')]);
const least = new Map<string, number>();
for (const { name, bytes } of corpora) {
  for (const chunkBytes of chunkSizes) {
    const { gigabytes, ratios } = measure(bytes, chunkBytes);
    const [own = '', ...theirs] = gigabytes.map((values) => median(values).toFixed(2));
    const times = ratios.slice(1).map(median);
    row([name, `${chunkBytes} B`, own, ...theirs.map((value, index) => `${value} (${times[index]?.toFixed(2)}x)`)]);
    for (const [index, other] of others.entries()) {
      least.set(other.name, Math.min(least.get(other.name) ?? Number.POSITIVE_INFINITY, times[index] ?? 0));
    }
  }
}
process.stdout.write('\nLeast: ');
process.stdout.write(`${[...least].map(([name, times]) => `${times.toFixed(2)}x ${name}`).join(', ')}\n`);
