import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { describeWithBrowser, startBrowser } from '../testing/browser.ts';
import { openSite } from './site.ts';

/** Looks into a page until it is as expected. */
function see(page: Page, script: string) {
  return expect.poll(() => page.evaluate(script));
}

describeWithBrowser('the client in a browser', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await startBrowser();
  });
  afterAll(() => browser.close());

  async function newContext(): Promise<BrowserContext> {
    const context = await browser.newContext();
    onTestFinished(() => context.close());
    return context;
  }

  /** A page whose errors, all but those of connections that a test breaks, fail the test. */
  async function openPage(context: BrowserContext, url: string): Promise<Page> {
    const page = await context.newPage();
    const errors: string[] = [];
    page.on('pageerror', ({ message }) => errors.push(message));
    onTestFinished(() => expect(errors).toEqual([]));
    await page.goto(url);
    return page;
  }

  /** Out of the back/forward cache: a page that comes from there fires no `load`. */
  function goBack(page: Page): Promise<unknown> {
    return page.goBack({ waitUntil: 'commit' });
  }

  test('streams, and reconnects with the last event ID', async () => {
    const site = await openSite();
    const page = await openPage(await newContext(), `${site.url}/streams`);
    await page.evaluate("seen = page.record('/stream', { reconnect: { initial: 10 } }), 0");
    const first = await site.connection(1);
    expect(first.headers).toMatchObject({ accept: 'text/event-stream', 'cache-control': 'no-cache' });
    await see(page, 'seen.states').toEqual(['connecting', 'open']);
    first.response.end('id: é\ndata: a\n\n');
    const second = await site.connection(2);
    second.response.write('data: b\n\n');
    await see(page, 'seen.data').toEqual(['a', 'b']);
    expect(second.headers['last-event-id']).toBe(Buffer.from('é').toString('latin1'));
    expect(await page.evaluate('[seen.states, seen.problems, seen.origins[0], seen.stream.url]')).toEqual([
      ['connecting', 'open', 'waiting', 'connecting', 'open'],
      ['end'],
      site.url,
      `${site.url}/stream`,
    ]);
    await page.evaluate('seen.stream.close()');
    await expect.poll(() => site.openOnes().length).toBe(0);
  });

  test('rests in the back/forward cache, and goes on when the page comes back', async () => {
    const site = await openSite();
    const page = await openPage(await newContext(), `${site.url}/streams`);
    await page.evaluate("seen = page.record('/stream'), 0");
    (await site.connection(1)).response.write('id: 7\ndata: a\n\n');
    await see(page, 'seen.data').toEqual(['a']);
    await page.goto(`${site.url}/blank`);
    await expect.poll(() => site.openOnes().length).toBe(0);
    await goBack(page);
    const second = await site.connection(2);
    expect(second.headers['last-event-id']).toBe('7');
    second.response.write('data: b\n\n');
    // The very same recording: the page was frozen, and not loaded anew.
    await see(page, '[seen.data, seen.states]').toEqual([
      ['a', 'b'],
      ['connecting', 'open', 'waiting', 'connecting', 'open'],
    ]);
    await page.goto('about:blank');
    await expect.poll(() => site.openOnes().length).toBe(0);
  });

  test('ends its connection with the page', async () => {
    const site = await openSite();
    const page = await openPage(await newContext(), `${site.url}/streams`);
    await page.evaluate("page.record('/stream'), 0");
    await site.connection(1);
    await page.close();
    await expect.poll(() => site.openOnes().length).toBe(0);
  });

  test('tries at once when the network is back', async () => {
    const site = await openSite();
    const context = await newContext();
    const page = await openPage(context, `${site.url}/streams`);
    await page.evaluate("seen = page.record('/stream', { reconnect: { initial: 600000, max: 600000 } }), 0");
    (await site.connection(1)).response.end();
    await see(page, 'seen.stream.state.name').toBe('waiting');
    await context.setOffline(true);
    await context.setOffline(false);
    await site.connection(2);
  });

  test('has one connection for all tabs, which another tab takes over', async () => {
    const site = await openSite();
    const context = await newContext();
    const tabs: Page[] = [];
    for (let tab = 0; tab < 3; tab += 1) {
      const page = await openPage(context, `${site.url}/streams`);
      await page.evaluate("seen = page.recordAmongTabs('/stream'), 0");
      await see(page, 'seen.stream.state.name').toBe('open');
      tabs.push(page);
    }
    const [leader, second, third] = tabs as [Page, Page, Page];
    (await site.connection(1)).response.write('id: 7\ndata: a\n\n');
    for (const tab of tabs) await see(tab, 'seen.data').toEqual(['a']);
    expect(await leader.evaluate('seen.stream.leads')).toBe(true);
    await leader.close();
    const next = await site.connection(2);
    expect(next.headers['last-event-id']).toBe('7');
    next.response.write('data: b\n\n');
    for (const tab of [second, third]) await see(tab, 'seen.data').toEqual(['a', 'b']);
  });

  test('leaves the connection to another tab while its page rests in the back/forward cache', async () => {
    const site = await openSite();
    const context = await newContext();
    const [leader, other] = [
      await openPage(context, `${site.url}/streams`),
      await openPage(context, `${site.url}/streams`),
    ];
    for (const page of [leader, other]) {
      await page.evaluate("seen = page.recordAmongTabs('/stream'), 0");
      await see(page, 'seen.stream.state.name').toBe('open');
    }
    await leader.goto(`${site.url}/blank`);
    const next = await site.connection(2);
    await see(other, 'seen.stream.leads').toBe(true);
    await goBack(leader);
    await see(leader, 'seen.stream.state.name').toBe('open');
    next.response.write('data: a\n\n');
    for (const page of [leader, other]) await see(page, 'seen.data').toEqual(['a']);
    expect(await leader.evaluate('seen.states.includes("waiting") && !seen.stream.leads')).toBe(true);
    await site.connection(2);
  });

  test('works in a worker', async () => {
    const site = await openSite();
    const page = await openPage(await newContext(), `${site.url}/blank`);
    await page.evaluate(`
      heard = [];
      worker = new Worker('/worker.js', { type: 'module' });
      worker.onmessage = ({ data }) => heard.push(data);
      0`);
    (await site.connection(1)).response.end('id: 1\ndata: a\n\n');
    (await site.connection(2)).response.write('data: b\n\n');
    await see(page, 'heard').toEqual([
      { data: 'a', lastEventId: '1' },
      { data: 'b', lastEventId: '1' },
    ]);
    await page.evaluate('worker.terminate()');
    await expect.poll(() => site.openOnes().length).toBe(0);
  });

  test('shows a component the last records, and closes when nobody shows them any more', async () => {
    const site = await openSite();
    const page = await openPage(await newContext(), `${site.url}/usage`);
    const records = (...ids: number[]): string => {
      const made = ids.map((id) => ({ id, creditsUsed: id * 10, createdAt: '2026-01-01T12:00:00Z' }));
      return `event: usage\nid: ${ids.at(-1)}\ndata: ${JSON.stringify(made)}\n\n`;
    };
    const first = await site.connection(1);
    const shown = "[...document.querySelectorAll('p')].map((p) => p.textContent)";
    await see(page, shown).toEqual(['open: ', '0']);
    first.response.write(
      `event: connected\ndata: {"status":"connected"}\n\n${records(1, 2)}event: usage\ndata: {\n\n${records(3)}`,
    );
    await see(page, shown).toEqual(['open: 2 3', '60']);

    await page.evaluate('pause()');
    await see(page, shown).toEqual(['waiting: 2 3', '60']);
    await expect.poll(() => site.openOnes().length).toBe(0);
    await page.evaluate('resume()');
    expect((await site.connection(2)).headers['last-event-id']).toBe('3');

    await page.evaluate("setUrl('/stream?hours=2')");
    const other = await site.connection(3);
    expect([other.url, other.headers['last-event-id']]).toEqual(['/stream?hours=2', undefined]);
    await see(page, shown).toEqual(['open: ', '0']);

    await page.evaluate('unmount()');
    await expect.poll(() => site.openOnes().length).toBe(0);
  });

  test('holds the server back while the body of a loop works', async () => {
    const site = await openSite();
    const page = await openPage(await newContext(), `${site.url}/streams`);
    await page.evaluate("loop = page.readSlowly('/stream'), 0");
    const { response } = await site.connection(1);
    const frame = `data: ${'x'.repeat(65_530 - 6)}\n\n`;
    const frames = 1024;
    let accepted = 0;
    const write = (): void => {
      while (accepted < frames) {
        accepted += 1;
        if (!response.write(frame)) return void response.once('drain', write);
      }
    };
    write();
    await expect.poll(() => page.evaluate('loop.read')).toBeGreaterThan(0);
    // Stalled: what it was at the last look, it still is.
    let before = -1;
    const stalled = (): boolean => {
      const still = accepted === before;
      before = accepted;
      return still;
    };
    await expect.poll(stalled, { interval: 500 }).toBe(true);
    expect(accepted).toBeLessThan(frames / 2);
    expect(await page.evaluate('loop.read')).toBe(65_524);
    await page.evaluate('loop.letGo()');
    await see(page, 'loop.read').toBe(frames * 65_524);
  });
});
