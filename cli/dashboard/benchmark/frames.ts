/**
 * How steadily the dashboard draws: a page in Chromium with an hour of 500 events a second behind it, and as many
 * coming. Prints frames per second, long frames and how the heap grows.
 *
 *     npm run bench:dashboard -- --seconds 60 --rate 500
 */
import { parseArgs } from 'node:util';
import { sleep } from '@ssert/protocol';
import { systemClock } from '@ssert/protocol/system';
import { type ReferenceServer, startReferenceServer } from '@ssert/server';
import { table } from '@ssert/simulator';
import type { CDPSession } from 'playwright-core';
import { startBrowser } from '../../../client-sdk/testing/browser.ts';
import { builtPage } from '../browser/built-page.ts';
import { figure } from '../browser/figure.ts';
import { type Frames, frames, watchFrames } from './watch-frames.ts';

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '60' }, rate: { type: 'string', default: '500' } },
});
const seconds = Number(values.seconds);
const rate = Number(values.rate);
const pastS = 3600;
/** How long the page may take to load what has been. */
const fillMs = 120_000;
const models = ['swift-1', 'swift-1-mini', 'atlas-2', 'atlas-2-reasoning'];
let published = 0;

function record(createdMs: number) {
  published += 1;
  const creditsUsed = 1 + (published % 17);
  const model = models[(published * 7) % models.length] ?? '';
  return { id: published, creditsUsed, createdAt: new Date(createdMs).toISOString(), model };
}

/** What has been: an hour at the same rate, in as few calls as the server takes them. */
async function publishPast(server: ReferenceServer): Promise<void> {
  const beginMs = systemClock.wallTime() - pastS * 1000;
  const count = pastS * rate;
  for (let done = 0; done < count; done += 1000) {
    const part = Math.min(1000, count - done);
    await server.publishUsage(Array.from({ length: part }, (_, at) => record(beginMs + ((done + at) * 1000) / rate)));
  }
}

/** One record an event, at their times, until it is told to stop. */
function publishLive(server: ReferenceServer): () => Promise<void> {
  const over = new AbortController();
  const run = async (): Promise<void> => {
    const beganMs = systemClock.now();
    for (let done = 0; !over.signal.aborted; ) {
      const due = Math.floor(((systemClock.now() - beganMs) * rate) / 1000);
      for (; done < due; done += 1) await server.publishUsage([record(systemClock.wallTime())]);
      await sleep(systemClock, 10, over.signal);
    }
  };
  const running = run();
  return () => {
    over.abort();
    return running;
  };
}

async function heapBytes(devTools: CDPSession): Promise<number> {
  await devTools.send('HeapProfiler.collectGarbage');
  return (await devTools.send('Runtime.getHeapUsage')).usedSize;
}

function row(name: string, { perSecond, medianMs, p99Ms, longestMs, above50Ms }: Frames): string[] {
  const ms = (value: number): string => `${value.toFixed(1)} ms`;
  return [name, perSecond.toFixed(1), ms(medianMs), ms(p99Ms), ms(longestMs), String(above50Ms)];
}

const server = await startReferenceServer({
  page: await builtPage(),
  logLevel: 'silent',
  storedRecords: Math.min(10_000_000, 2 * (pastS + seconds) * rate),
});
const browser = await startBrowser();
try {
  await publishPast(server);
  const page = await browser.newPage({ viewport: { width: 1200, height: 900 } });
  const devTools = await page.context().newCDPSession(page);
  await watchFrames(page);
  await page.waitForTimeout(3000);
  const empty = await frames(page);
  const openedMs = systemClock.now();
  await page.goto(server.url);
  await watchFrames(page);
  // A few of them are too old by now.
  const records = async () => Number((await figure(page, 'Records').textContent())?.replaceAll(',', ''));
  while ((await records()) < 0.99 * published) {
    if (systemClock.now() - openedMs > fillMs) throw new Error(`the page has not loaded all within ${fillMs / 1000} s`);
    await page.waitForTimeout(50);
  }
  const filledMs = systemClock.now() - openedMs;
  const filling = await frames(page);

  const stop = publishLive(server);
  await page.waitForTimeout(5000);
  const heapBefore = await heapBytes(devTools);
  await frames(page);
  const before = published;
  await page.waitForTimeout(seconds * 1000);
  const live = await frames(page);
  const came = (published - before) / seconds;
  const heapAfter = await heapBytes(devTools);
  await stop();
  const dropped = await figure(page, 'Events dropped').textContent();

  const past = (pastS * rate).toLocaleString('en');
  const rows = [
    ['', 'frames/s', 'median', 'p99', 'longest', 'above 50 ms'],
    row('an empty page, before', empty),
    row(`while ${past} records load, ${(filledMs / 1000).toFixed(1)} s`, filling),
    row(`${came.toFixed(0)} events/s for ${seconds} s`, live),
  ];
  const megabytes = (bytes: number): string => `${(bytes / 1024 ** 2).toFixed(1)} MB`;
  console.info(table(rows));
  console.info(
    `heap ${megabytes(heapBefore)} before, ${megabytes(heapAfter)} after: ${megabytes(heapAfter - heapBefore)} more`,
  );
  console.info(`events that the server dropped: ${dropped}`);
} finally {
  await browser.close();
  await server.close();
}
