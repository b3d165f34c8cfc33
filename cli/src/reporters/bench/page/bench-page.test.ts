import { type BenchResult, modelsOf, project, type Trial, uslCapacity } from '@ssert/bench';
import { seededRandom } from '@ssert/protocol';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { madeUpBench } from '../../../../../bench/testing/made-up-bench.ts';
import { madeUpTrial } from '../../../../../bench/testing/made-up-trial.ts';
import { describeWithBrowser, openFile, startBrowser } from '../../../../testing/browser.ts';
import { benchPage } from './bench-page.ts';

const attack = '"><img src=x onerror=alert(1)>';

/** With everything that a page can show. */
function whole(): BenchResult {
  const bench = madeUpBench();
  const scaling = [1, 2, 4, 8, 16, 32, 64].flatMap((n, at) =>
    [-1, 0, 1].map((off) => ({
      n,
      x: uslCapacity({ gamma: 7800, alpha: 0.002, beta: 0.00003 }, n) * (1 + 0.004 * off * ((at % 3) + 1)),
    })),
  );
  const model = modelsOf(bench.trials, scaling, seededRandom(1));
  const { projection } = project(bench, model, {
    streams: 100_000,
    publishesPerS: 20,
    deliveriesPerS: 2e6,
    bytesPerDelivery: 290,
  });
  return { ...bench, model, projection: projection ? [projection] : [] };
}

const figures = [
  'Latency by load',
  'Percentiles of delivery',
  'Memory by streams',
  'Scaling over nodes',
  'Delivery, second by second',
  'Events per second',
  'How busy both sides are',
  'Memory of the server',
];

test('an invalid run tells why, and no capacity', () => {
  const html = benchPage({ ...whole(), verdict: { validity: 'invalid', reasons: ['steal was above 2 %'] } });
  expect(html).toContain('This run proves nothing: steal was above 2 %.');
  for (const told of ['The answer', 'holds 7,800', 'each node holds', 'Over time <span>7,800', '>knee<', 'answer"']) {
    expect(html.includes(told), told).toBe(false);
  }
});

test('a run in which every trial is invalid shows the seconds that made it so', () => {
  const { capacity: _, ...bench } = madeUpBench({ trials: [madeUpTrial({ x: 500, badSeconds: [3, 4, 9] })] });
  const html = benchPage({ ...bench, verdict: { validity: 'invalid', reasons: ['steal'] } });
  expect(html.match(/class="span bad"/g)).toHaveLength(8);
});

test('a run with one trial has no curve, and says what it found', () => {
  const { capacity: _, trials, ...bench } = madeUpBench();
  const html = benchPage({ ...bench, trials: trials.slice(0, 1) });
  expect(html).not.toContain('Latency by load');
  expect(html).toContain('Delivery, second by second');
});

test('a load at which p99 never came stands at the upper edge of the curve, marked so', () => {
  const bench = madeUpBench();
  const trials = [madeUpTrial({ x: 1000 }), madeUpTrial({ x: 2000 }), madeUpTrial({ x: 4000, loss: 0.02 })];
  const { hist } = trials[2] as Trial;
  expect([hist.delivery?.p50, hist.delivery?.p99]).toEqual([expect.any(Number), null]);
  const [curve = ''] =
    /<figure class="plot"><figcaption><b>Latency by load[\s\S]*?<\/figure>/.exec(benchPage({ ...bench, trials })) ?? [];
  expect(curve).toContain('Delivery latency at 3 trials:');
  expect(curve).toContain('and never at 1 of them');
  expect(curve).toContain('>never</text>');
  const heights = [...curve.matchAll(/cy="([\d.]+)" r="3.5"><title>([^<]*)/g)].map((dot) => [dot[2], Number(dot[1])]);
  const [highest] = heights.toSorted(([, a], [, b]) => Number(a) - Number(b));
  expect(highest?.[0]).toBe('4,000, trial 1: p99 never');
  expect(curve.match(/class="line one" d="M[^"]*L[^"]*L[^"]*"/g)).toHaveLength(1);
  expect(benchPage(bench)).not.toContain('>never</text>');
});

test('streams that come back after a kill have a curve of their own', () => {
  const bench = madeUpBench();
  const trials = bench.trials.map((trial) => ({ ...trial, scenario: { backAt50Ms: 1200, backAt99Ms: 4100 } }));
  const html = benchPage({ ...bench, plan: { ...bench.plan, scenario: 'herd' }, trials });
  expect(html).toContain('Back: 50 % after 1.2 s, 99 % after 4.1 s.');
});

test('hours are drawn in steps, and no bad second gets lost in one', () => {
  const { capacity: _, ...bench } = madeUpBench({
    trials: [madeUpTrial({ x: 1000, seconds: 4000, badSeconds: [1234] })],
  });
  const html = benchPage({ ...bench, trials: bench.trials.map((trial) => ({ ...trial, validity: 'suspect' })) });
  expect(html).toContain('Delivery, every 7 s, the worst of each');
  expect(html.match(/class="span bad"/g)).toHaveLength(4);
  expect(html.length).toBeLessThan(1e6);
});

test('a run without a trial is a page all the same', () => {
  const { capacity: _, ...bench } = madeUpBench({ trials: [] });
  expect(benchPage(bench)).toContain('Nothing was measured.');
});

describeWithBrowser('the capacity report in a browser', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await startBrowser();
  });
  afterAll(() => browser?.close());

  test('shows the answer, every figure, and every trial', async () => {
    const tab = await openFile(browser, benchPage(whole()));
    expect(await tab.locator('.outcome').textContent()).toContain('This server holds 7,800 streams');
    expect(await tab.locator('figcaption b').allTextContents()).toEqual(figures);
    expect(await tab.locator('.trials tbody tr').count()).toBe(18);
    expect(await tab.getByRole('img', { name: /^Delivery latency at 18 trials/ }).isVisible()).toBe(true);
    expect(await tab.locator('.limit-text').textContent()).toBe('p99(delivery) < 250ms');
    expect(await tab.locator('.span.answer title').textContent()).toBe('holds 7,800, fails 8,192');
    expect(await tab.locator('.area').count()).toBe(1);
    expect(await tab.locator('.dot.hollow').count()).toBeGreaterThan(0);
  });

  test('shades the seconds that must not be trusted', async () => {
    const bench = madeUpBench();
    const doubtful = bench.trials.filter(({ validity }) => validity === 'suspect');
    const tab = await openFile(browser, benchPage({ ...bench, trials: doubtful }));
    expect(await tab.locator('.span.bad').count()).toBe(4);
    const [bad, plot] = await Promise.all([
      tab.locator('.span.bad').first().boundingBox(),
      tab.locator('.chart').last().boundingBox(),
    ]);
    expect(bad?.width).toBeGreaterThan(5);
    expect(bad?.width).toBeLessThan((plot?.width ?? 0) / 10);
  });

  test('draws within its bounds, without a script, on 320 px', async () => {
    const tab = await openFile(browser, benchPage(whole()), {
      javaScriptEnabled: false,
      viewport: { width: 320, height: 700 },
    });
    expect(await tab.evaluate('document.documentElement.scrollWidth')).toBe(320);
    for (const chart of await tab.locator('.chart').all()) {
      const { x = 0, width = 999 } = (await chart.boundingBox()) ?? {};
      expect(x + width).toBeLessThanOrEqual(320);
    }
    const table = await tab.locator('.wide').boundingBox();
    expect((table?.x ?? 999) + (table?.width ?? 999)).toBeLessThanOrEqual(320);
  });

  test('turns dark, colours of the charts too', async () => {
    const tab = await openFile(browser, benchPage(whole()), { colorScheme: 'light' });
    const stroke = () => tab.evaluate("getComputedStyle(document.querySelector('path.line.one')).stroke");
    const light = await stroke();
    await tab.getByRole('button', { name: 'Dark or light' }).click();
    await expect.poll(stroke).not.toBe(light);
  });

  test('shows what a server may have put into its names as text', async () => {
    const bench = madeUpBench();
    const params = { ...bench.plan.params, [attack]: attack };
    const page = benchPage({
      ...bench,
      target: { ...bench.target, url: attack },
      verdict: { validity: 'suspect', reasons: [attack] },
      plan: { ...bench.plan, params },
    });
    const tab = await openFile(browser, page);
    expect(await tab.locator('h1').textContent()).toBe(attack);
    expect(await tab.locator('img').count()).toBe(0);
  });
});
