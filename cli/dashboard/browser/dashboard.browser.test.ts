import { join } from 'node:path';
import { type ReferenceServer, type ServerOptions, startReferenceServer } from '@ssert/server';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { describeWithBrowser, startBrowser } from '../../../client-sdk/testing/browser.ts';
import { freePort } from '../../../reference-server/testing/free-port.ts';
import { health } from '../../../reference-server/testing/running-server.ts';
import { scratchFolder } from '../../../reference-server/testing/scratch-folder.ts';
import { ServerProcess } from '../../../reference-server/testing/server-process.ts';
import { builtPage } from './built-page.ts';
import { openDashboard, rows } from './dashboard-page.ts';
import { figure } from './figure.ts';

let lastId = 0;

/** A record created so long ago. */
function record(creditsUsed: number, { agoMs = 0, model = 'swift-1' } = {}) {
  lastId += 1;
  return { id: lastId, creditsUsed, createdAt: new Date(Date.now() - agoMs).toISOString(), model };
}

async function post(url: string, records: readonly unknown[]): Promise<void> {
  const headers = { 'Content-Type': 'application/json' };
  const answer = await fetch(`${url}/usage`, { method: 'POST', headers, body: JSON.stringify(records) });
  expect(answer.status).toBe(202);
}

function state(page: Page) {
  return page.getByRole('region', { name: 'Connection' });
}

/** How the browser complains of a server that is not there. */
const serverGone = /Failed to load resource|ERR_/;

describeWithBrowser('the dashboard', () => {
  let browser: Browser;
  let html: string;
  beforeAll(async () => {
    [browser, html] = await Promise.all([startBrowser(), builtPage()]);
  });
  afterAll(() => browser.close());

  async function serving(options: ServerOptions = {}): Promise<ReferenceServer> {
    const server = await startReferenceServer({ page: html, logLevel: 'silent', stopMs: 200, ...options });
    onTestFinished(() => server.close());
    return server;
  }

  test('shows what has been and what comes: credits, records, models, the latest', async () => {
    const server = await serving();
    await server.publishUsage([
      record(40),
      record(2, { model: 'atlas-2', agoMs: 1_800_000 }),
      record(9, { agoMs: 7.2e6 }),
    ]);
    const page = await openDashboard(browser, server.url);
    await expect.poll(() => state(page).textContent()).toContain('Live');
    await expect.poll(() => figure(page, 'Records').textContent()).toBe('2');
    await server.publishUsage([record(1000, { model: '' }), record(3)]);
    await expect.poll(() => figure(page, 'Credits').textContent()).toBe('1,045');
    await expect.poll(() => figure(page, 'Records').textContent()).toBe('4');
    await expect
      .poll(() => rows(page, 'Models'))
      .toEqual(['no model | 1,000 | 96% | 1', 'swift-1 | 43 | 4% | 2', 'atlas-2 | 2 | 0% | 1']);
    expect((await rows(page, 'Latest records')).map((row) => row.replace(/^[\d:]{8} \| /, ''))).toEqual([
      'swift-1 | 3',
      'no model | 1,000',
      'atlas-2 | 2',
      'swift-1 | 40',
    ]);
    // On a busy machine the ten seconds of which it is the mean are over before one looks.
    const rateAfterAnother = async (): Promise<string | null> => {
      await server.publishUsage([record(1)]);
      return figure(page, 'Credits per second, now').textContent();
    };
    await expect.poll(rateAfterAnother).not.toBe('0.0');
  });

  test('draws the usage: bars in the colours of their models', async () => {
    const server = await serving();
    const page = await openDashboard(browser, server.url, { tolerated: /Multiple readback operations/ });
    const painted = () =>
      page.evaluate(`(() => {
        const canvas = document.querySelector('.chart canvas');
        if (canvas.height === 0) return 0;
        const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
        const wanted = [47, 102, 163];
        let count = 0;
        for (let at = 0; at < data.length; at += 4) if (wanted.every((part, index) => data[at + index] === part)) count += 1;
        return count;
      })()`);
    await expect.poll(() => state(page).textContent()).toContain('Live');
    expect(await painted()).toBe(0);
    await server.publishUsage([record(500, { agoMs: 600_000 })]);
    await expect.poll(painted).toBeGreaterThan(100);
  });

  test('a server that is killed and comes back: the page says so, tries again, and has lost no event', async () => {
    const port = await freePort();
    const options = { port, store: join(scratchFolder(), 'events.sqlite'), logLevel: 'silent' as const };
    const first = await ServerProcess.start(options);
    const url = `http://127.0.0.1:${port}`;
    const page = await openDashboard(browser, url, { html, tolerated: serverGone });
    await expect.poll(() => state(page).textContent()).toContain('Live');
    await post(url, [record(1), record(20)]);
    await expect.poll(() => figure(page, 'Credits').textContent()).toBe('21');

    await first.kill();
    await expect
      .poll(() => state(page).textContent())
      .toMatch(/Connection lost.*The connection failed.*Next try (now|in \d+ s)\..*Try now/);
    await expect.poll(() => figure(page, 'Events dropped').textContent()).toBe('–');
    const second = await ServerProcess.start(options);
    // Before the page is back: these it has missed.
    await post(url, [record(300)]);
    // Where it has not come back by itself meanwhile.
    await page.evaluate("document.querySelector('.connection button')?.click()");
    await expect.poll(() => state(page).textContent()).toMatch(/^Live/);
    await post(url, [record(4000)]);
    await expect.poll(() => figure(page, 'Credits').textContent()).toBe('4,321');
    expect(await figure(page, 'Records').textContent()).toBe('4');
    expect(await page.getByText('sent all it has anew').count()).toBe(0);
    await second.kill();
    await expect.poll(() => state(page).textContent()).toContain('Connection lost');
  });

  test('a server that comes back with a log of nothing: the page begins anew, and says so', async () => {
    const port = await freePort();
    const first = await ServerProcess.start({ port, logLevel: 'silent' });
    const url = `http://127.0.0.1:${port}`;
    const page = await openDashboard(browser, url, { html, tolerated: serverGone });
    await expect.poll(() => state(page).textContent()).toContain('Live');
    await post(url, [record(1)]);
    await expect.poll(() => figure(page, 'Credits').textContent()).toBe('1');
    await first.kill();
    await ServerProcess.start({ port, logLevel: 'silent' });
    await post(url, [record(70)]);
    await expect.poll(() => figure(page, 'Credits').textContent()).toBe('70');
    expect(await page.getByText('sent all it has anew').count()).toBe(1);
  });

  test('paused, it drops its stream and stands still; then it gets what it missed', async () => {
    const server = await serving();
    const page = await openDashboard(browser, server.url);
    await expect.poll(() => state(page).textContent()).toContain('Live');
    await server.publishUsage([record(1)]);
    await expect.poll(() => figure(page, 'Credits').textContent()).toBe('1');
    await page.getByRole('button', { name: 'Pause' }).click();
    await expect
      .poll(() => state(page).textContent())
      .toMatch(/^PausedWhat comes meanwhile is loaded when you go on\./);
    const streams = async () => (await health(server)).activeConnections;
    await expect.poll(streams).toBe(0);
    await server.publishUsage([record(20)]);
    await page.getByRole('button', { name: 'Go on' }).click();
    await expect.poll(() => figure(page, 'Credits').textContent()).toBe('21');
    await expect.poll(() => state(page).textContent()).toMatch(/^Live/);
  });

  test('another time range is asked of the server, and brings what is older', async () => {
    const server = await serving();
    await server.publishUsage([
      record(1),
      record(20, { agoMs: 2 * 3_600_000 }),
      record(300, { agoMs: 20 * 3_600_000 }),
    ]);
    const page = await openDashboard(browser, server.url);
    await expect.poll(() => figure(page, 'Credits').textContent()).toBe('1');
    const asked = page.waitForRequest(/\/usage\/stream\?hours=24$/);
    await page.getByRole('radio', { name: 'the last 24 hours' }).check({ force: true });
    await asked;
    await expect.poll(() => figure(page, 'Credits').textContent()).toBe('321');
    await page.getByRole('radio', { name: 'the last 3 hours' }).check({ force: true });
    await expect.poll(() => figure(page, 'Credits').textContent()).toBe('21');
    const streams = async () => (await health(server)).activeConnections;
    await expect.poll(streams).toBe(1);
  });

  test('events that the server dropped are told', async () => {
    const server = await serving();
    const told = { status: 'ok', activeConnections: 3, totalMessages: 1200, droppedMessages: 34, uptime: 90 };
    const page = await openDashboard(browser, server.url, {
      before: (page) => page.route('**/health', (route) => route.fulfill({ json: told })),
    });
    await expect.poll(() => figure(page, 'Events dropped').textContent()).toBe('34');
    expect(await page.getByText('1,200 sent in 1 min 30 s, 3 streams open').count()).toBe(1);
  });

  test('a tab that was hidden has missed nothing, and did not ask for the health meanwhile', async () => {
    const server = await serving();
    const page = await openDashboard(browser, server.url);
    await expect.poll(() => state(page).textContent()).toContain('Live');
    // As a browser without a screen never hides a page.
    await page.evaluate(`
      hidden = true;
      Object.defineProperty(document, 'hidden', { get: () => hidden, configurable: true });
      requestAnimationFrame = () => 0;
      document.dispatchEvent(new Event('visibilitychange'))`);
    let asked = 0;
    page.on('request', (request) => {
      if (request.url().endsWith('/health')) asked += 1;
    });
    for (let one = 0; one < 50; one += 1) await server.publishUsage([record(2)]);
    await expect.poll(() => figure(page, 'Credits').textContent()).toBe('100');
    expect(asked).toBe(0);
    const answered = page.waitForResponse(/\/health$/);
    await page.evaluate("hidden = false; document.dispatchEvent(new Event('visibilitychange'))");
    await answered;
    await expect.poll(() => state(page).textContent()).toContain('Live');
  });
});
