import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeWithBrowser, openFile, startBrowser } from '../../../testing/browser.ts';
import { failureThatTells, madeUpReport, madeUpResult } from '../../../testing/made-up-report.ts';
import type { Report } from '../../report.ts';
import { matrixPage, serverOf } from './matrix-page.ts';

const attack = '"><img src=x onerror=alert(1)>';

const named = (name: string, report: Report): Report => ({ ...report, target: { ...report.target, name } });
const reports = [
  named('good', madeUpReport([madeUpResult('http/charset-utf-8'), madeUpResult('framing/newline-in-data')])),
  named('bad', madeUpReport([madeUpResult('http/charset-utf-8'), failureThatTells(attack)])),
  named(attack, madeUpReport([], { brokenOff: { why: 'target-lost', message: attack } })),
];
const page = matrixPage(reports.map(serverOf));

test('the matrix lists rules in the order of the catalogue, those that it no longer has last', () => {
  const html = matrixPage([
    serverOf(madeUpReport([madeUpResult('framing/gone-since'), madeUpResult('framing/newline-in-data')])),
    serverOf(madeUpReport([madeUpResult('http/charset-utf-8')])),
  ]);
  const ids = [...html.matchAll(/<th scope="row"[^>]*><code>([^<]*)/g)].map(([, id]) => id);
  expect(ids).toEqual(['http/charset-utf-8', 'framing/newline-in-data', 'framing/gone-since']);
});

describeWithBrowser('the matrix in a browser', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await startBrowser();
  });
  afterAll(() => browser?.close());

  test('each cell opens its evidence, and closes again', async () => {
    const tab = await openFile(browser, page);
    expect(await tab.locator('thead th').allTextContents()).toEqual(['rule', 'good', 'bad', attack]);
    expect(await tab.locator('.cells').isVisible()).toBe(false);
    await tab.getByRole('link', { name: 'bad: failed' }).click();
    const dialog = tab.locator('dialog');
    expect(await dialog.locator('mark').first().textContent()).toBe(attack);
    await dialog.getByRole('button', { name: 'Copy' }).waitFor();
    await tab.keyboard.press('Escape');
    await dialog.waitFor({ state: 'hidden' });
    await expect.poll(() => new URL(tab.url()).hash).toBe('');
    await tab.getByRole('link', { name: 'bad: failed' }).click();
    await dialog.getByRole('button', { name: 'Close' }).click();
    await dialog.waitFor({ state: 'hidden' });
    await tab.getByRole('link', { name: 'good: passed' }).first().click();
    expect(await dialog.locator('h3').textContent()).toContain('good');
    expect(await tab.locator('.cell').count()).toBe(4);
  });

  test('a link opens a cell', async () => {
    const tab = await openFile(browser, page, { hash: '1/framing/newline-in-data' });
    expect(await tab.locator('dialog h3').textContent()).toContain('bad');
  });

  test('filters rules by what any server does', async () => {
    const tab = await openFile(browser, page);
    await tab.getByRole('button', { name: 'failed' }).click();
    expect(await tab.locator('tbody tr:visible th[scope="row"] code').allTextContents()).toEqual([
      'framing/newline-in-data',
    ]);
  });

  test('searches what was seen as well, and no names of servers', async () => {
    const tab = await openFile(browser, page);
    const shown = async (words: string): Promise<string[]> => {
      await tab.getByRole('searchbox').fill(words);
      return tab.locator('tbody tr:visible th[scope="row"] code').allTextContents();
    };
    expect(await shown('arrived NOTHING')).toEqual(['framing/newline-in-data']);
    expect(await shown('good')).toEqual([]);
  });

  test('shows its evidence without the script, and fits a narrow screen', async () => {
    const tab = await openFile(browser, page, { javaScriptEnabled: false, viewport: { width: 320, height: 700 } });
    await tab.getByRole('link', { name: 'bad: failed' }).click();
    expect(await tab.locator('[id="1/framing/newline-in-data"]').isVisible()).toBe(true);
  });

  test('at 320 px only the table itself scrolls to the side', async () => {
    const many = Array.from({ length: 20 }, (_, n) => serverOf(named(`server-${n}`, reports[1] ?? madeUpReport([]))));
    const tab = await openFile(browser, matrixPage(many), { viewport: { width: 320, height: 700 } });
    expect(await tab.evaluate('document.documentElement.scrollWidth')).toBe(320);
  });
});
