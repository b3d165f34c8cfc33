/**
 * Takes the picture of the dashboard that the README shows: always the same hour of a launch day, at a time of its own.
 *
 *     npm run screenshot -- --theme dark --width 320 --output dark.png
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Clock } from '@ssert/protocol';
import { systemClock } from '@ssert/protocol/system';
import { type ReferenceServer, startReferenceServer } from '@ssert/server';
import { arrivalsOf, profileNamed, until, usageRecords } from '@ssert/simulator';
import { startBrowser } from '../../client-sdk/testing/browser.ts';
import { builtPage } from './browser/built-page.ts';
import { figure } from './browser/figure.ts';

const { values } = parseArgs({
  options: {
    theme: { type: 'string', default: 'light' },
    width: { type: 'string', default: '1120' },
    output: { type: 'string', default: join(import.meta.dirname, '../../docs/images/dashboard.png') },
  },
});
const seed = 7;
const nowMs = Date.parse('2026-01-05T10:24:30Z');
/** As much as the window holds. */
const pastS = 3590;
/** Time stands still for what people read; timers run. */
const clock: Clock = { ...systemClock, wallTime: () => nowMs };

async function publishPast(server: ReferenceServer): Promise<number> {
  const profile = profileNamed('launch-day');
  const startMs = nowMs - pastS * 1000;
  const records = [
    ...usageRecords(until(arrivalsOf(profile, seed, startMs), pastS), profile.records, { seed, startMs }),
  ];
  for (let done = 0; done < records.length; done += 1000) await server.publishUsage(records.slice(done, done + 1000));
  return records.length;
}

const server = await startReferenceServer({ port: 4000, page: await builtPage(), logLevel: 'silent', clock });
const browser = await startBrowser();
try {
  const records = await publishPast(server);
  const page = await browser.newPage({
    viewport: { width: Number(values.width), height: 600 },
    colorScheme: values.theme === 'dark' ? 'dark' : 'light',
    timezoneId: 'UTC',
  });
  await page.clock.setFixedTime(nowMs);
  await page.goto(server.url);
  await figure(page, 'Records').getByText(records.toLocaleString('en')).waitFor();
  // What comes last, and what the server says of a page that is there.
  await page.getByText('10:24:29').first().waitFor();
  await page.getByText('1 stream open').waitFor();
  const picture = await page.screenshot({ fullPage: true });
  await writeFile(values.output, picture);
  console.info(`${values.output}: ${(picture.length / 1024).toFixed(0)} KB`);
} finally {
  await browser.close();
  await server.close();
}
