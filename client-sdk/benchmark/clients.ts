// Ours beside published clients, from bytes to events by type, on this machine: `npm run bench:client`.
// All read the same chunks, out of a `fetch` without a network. A round measures ours and theirs one right after the other,
// so that whatever else the machine does meets both, and counts processor time; what counts is the median of the rounds'
// ratios. As text the clients alone are measured; parsed, JSON.parse takes most of the time, and the same for both.
import { cpus } from 'node:os';
import { corpora } from '../../protocol/benchmark/corpora.ts';
import { type Pair, pairs, type Reading } from './contenders.ts';

const chunkSizes = [256, 4096, 65_536];
const warmUpRounds = 3;
const rounds = 15;
/** A sample reads whole streams, as many as fit in this time and at least one. */
const sampleMs = 25;
const goal = 1.5;
const streams = corpora.filter(({ name }) => name !== '64 KiB events');
const lastEvent = (type: string): Uint8Array => new TextEncoder().encode(`event: ${type}\ndata: "last"\n\n`);

interface Sample {
  readonly eventsPerSecond: number;
  /** Differs when events are missing, or differ in what they hold. */
  readonly checksum: string;
}

/** Reads whole streams, one after another. */
async function sample(
  open: Pair['ours'],
  type: string,
  parsed: boolean,
  chunks: readonly Uint8Array[],
): Promise<Sample> {
  let events = 0;
  let sum = 0;
  let streamsRead = 0;
  let cpuMs = 0;
  const start = process.cpuUsage();
  do {
    events = 0;
    sum = 0;
    const { promise, resolve } = Promise.withResolvers<void>();
    const report: Reading['report'] = (data, of, id) => {
      if (data === 'last' || data === '"last"') return resolve();
      events += 1;
      sum = (Math.imul(sum, 31) + of.length + (id?.length ?? 0)) | 0;
      // Reading from the middle makes an engine that only promised the string really build it.
      if (typeof data === 'string') sum = (sum + data.length + data.charCodeAt(data.length >> 1)) | 0;
      else sum = (sum + Object.keys(data as object).length) | 0;
    };
    const close = open({ type, parsed, fetch: async () => answer(chunks), report });
    await promise;
    close();
    streamsRead += 1;
    const { user, system } = process.cpuUsage(start);
    cpuMs = (user + system) / 1000;
  } while (cpuMs < sampleMs);
  return { eventsPerSecond: (streamsRead * events * 1000) / cpuMs, checksum: `${events} events, sum ${sum >>> 0}` };
}

/** An event stream that never ends: an end would have clients reconnect. */
function answer(chunks: readonly Uint8Array[]): Response {
  let next = 0;
  const pull = (controller: ReadableStreamDefaultController<Uint8Array>): void => {
    const chunk = chunks[next];
    next += 1;
    if (chunk) controller.enqueue(chunk);
  };
  const body = new ReadableStream<Uint8Array>({ pull }, { highWaterMark: 0 });
  return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

function cut(bytes: Uint8Array, size: number): Uint8Array[] {
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
    bytes.slice(index * size, (index + 1) * size),
  );
}

interface Figures {
  readonly ours: number;
  readonly theirs: number;
  readonly times: number;
}

/** Medians over the rounds, in events per second. */
async function compare(pair: Pair, type: string, parsed: boolean, chunks: readonly Uint8Array[]): Promise<Figures> {
  globalThis.gc?.();
  const figures: Figures[] = [];
  for (let round = 0; round < warmUpRounds + rounds; round += 1) {
    const measured = { ours: { eventsPerSecond: 0, checksum: '' }, theirs: { eventsPerSecond: 0, checksum: '' } };
    const both = ['ours', 'theirs'] as const;
    for (const who of round % 2 === 0 ? both : both.toReversed()) {
      measured[who] = await sample(pair[who], type, parsed, chunks);
    }
    const { ours, theirs } = measured;
    if (ours.checksum !== theirs.checksum) {
      throw new Error(`beside ${pair.name}: ours gave ${ours.checksum}, theirs ${theirs.checksum}`);
    }
    if (round < warmUpRounds) continue;
    figures.push({
      ours: ours.eventsPerSecond,
      theirs: theirs.eventsPerSecond,
      times: ours.eventsPerSecond / theirs.eventsPerSecond,
    });
  }
  const of = (name: keyof Figures): number => median(figures.map((round) => round[name]));
  return { ours: of('ours'), theirs: of('theirs'), times: of('times') };
}

const row = (cells: readonly string[]): void => void process.stdout.write(`| ${cells.join(' | ')} |\n`);
const thousands = (eventsPerSecond: number): string => (eventsPerSecond / 1000).toFixed(0);

process.stdout.write(`Node ${process.version}, ${cpus()[0]?.model}. Thousands of events per second of processor time,
ours / theirs, medians of ${rounds} rounds; in brackets the median of the rounds' ratios.

`);
row(['stream', 'chunks', 'data', ...pairs.map(({ name }) => name)]);
row(['---', '---:', '---', ...pairs.map(() => '---:')]);
const ratios = new Map<string, number[]>();
for (const { name, bytes } of streams) {
  const type = name === 'usage records' ? 'usage' : 'message';
  for (const size of chunkSizes) {
    const chunks = [...cut(bytes, size), lastEvent(type)];
    for (const parsed of [false, true]) {
      const cells: string[] = [];
      for (const pair of pairs) {
        const { ours, theirs, times } = await compare(pair, type, parsed, chunks);
        const key = `${parsed ? 'parsed' : 'text'}, beside ${pair.name}`;
        ratios.set(key, [...(ratios.get(key) ?? []), times]);
        cells.push(`${thousands(ours)} / ${thousands(theirs)} (${times.toFixed(2)}x)`);
      }
      row([name, `${size} B`, parsed ? 'parsed' : 'text', ...cells]);
    }
  }
}
process.stdout.write(`\nRatios, least and median, beside the goal of ${goal}x:\n`);
for (const [key, times] of [...ratios].toSorted(([a], [b]) => a.localeCompare(b))) {
  const least = Math.min(...times);
  const verdict = least >= goal ? 'met' : 'not met';
  process.stdout.write(`${key}: ${least.toFixed(2)}x, ${median(times).toFixed(2)}x: ${verdict}\n`);
}
