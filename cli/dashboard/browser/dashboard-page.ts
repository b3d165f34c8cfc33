import axe from 'axe-core';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { expect, onTestFinished } from 'vitest';
import { pageHeaders } from '../../../reference-server/src/http/page.ts';

export interface OpenOptions extends BrowserContextOptions {
  /** Answers `/` in place of the server, so that the page is there also where a server was started without it. */
  readonly html?: string;
  /** Called before the page loads. */
  readonly before?: (page: Page) => Promise<unknown>;
  /** What it may complain of: the server that a test takes away. */
  readonly tolerated?: RegExp;
}

/** Opens the dashboard; when the test ends, it must have thrown nothing, and have broken no part of its policy. */
export async function openDashboard(browser: Browser, url: string, options: OpenOptions = {}): Promise<Page> {
  const { html, before, tolerated = /^$/, ...contextOptions } = options;
  const context = await browser.newContext({ viewport: { width: 1200, height: 900 }, ...contextOptions });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', ({ message }) => complaints.push(message));
  page.on('console', (message) => {
    if (!tolerated.test(message.text())) complaints.push(message.text());
  });
  onTestFinished(async () => {
    await context.close();
    expect(complaints).toEqual([]);
  });
  if (html !== undefined) {
    await page.route(`${url}/`, (route) => route.fulfill({ body: html, headers: { ...pageHeaders(html) } }));
  }
  await before?.(page);
  await page.goto(`${url}/`);
  return page;
}

/** The rows of a table, cells joined by a bar. */
export function rows(page: Page, table: string): Promise<string[]> {
  return page
    .getByRole('table', { name: table })
    .locator('tbody tr')
    .evaluateAll((found) =>
      found.map((row) => (row as unknown as { innerText: string }).innerText.replaceAll(/\s*\t\s*/g, ' | ')),
    );
}

/** What axe finds wrong with the page, a line each. */
export async function accessibilityProblems(page: Page): Promise<string[]> {
  // As a program of the test's, which the page's own policy does not hold for.
  await page.evaluate(axe.source);
  const found = await page.evaluate(async () => {
    const { violations } = await (globalThis as unknown as { axe: typeof axe }).axe.run({
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
    });
    return violations.flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`),
    );
  });
  return found;
}
