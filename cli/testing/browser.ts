import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { expect, onTestFinished } from 'vitest';
import { emptyFolder } from './empty-folder.ts';

export { describeWithBrowser, startBrowser } from '../../client-sdk/testing/browser.ts';

/**
 * Opens a page from a file, as a colleague does who was sent it. When the test ends it must have logged nothing, thrown
 * nothing and asked for nothing but itself.
 * @param hash what stands behind `#`
 */
export async function openFile(
  browser: Browser,
  html: string,
  { hash = '', ...options }: BrowserContextOptions & { readonly hash?: string } = {},
): Promise<Page> {
  const folder = await emptyFolder();
  const file = join(folder.path, 'report.html');
  await writeFile(file, html);
  const context = await browser.newContext({ viewport: { width: 1200, height: 800 }, ...options });
  const page = await context.newPage();
  const url = pathToFileURL(file).href;
  const unwanted: string[] = [];
  page.on('console', (message) => unwanted.push(`console: ${message.text()}`));
  page.on('pageerror', (error) => unwanted.push(`error: ${error.message}`));
  page.on('dialog', (dialog) => {
    unwanted.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('request', (request) => {
    if (request.url().split('#', 1)[0] !== url) unwanted.push(`request: ${request.url()}`);
  });
  onTestFinished(async () => {
    await context.close();
    await folder[Symbol.asyncDispose]();
    expect(unwanted).toEqual([]);
  });
  await page.goto(hash === '' ? url : `${url}#${hash}`);
  return page;
}
