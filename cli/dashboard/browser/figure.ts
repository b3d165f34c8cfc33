import type { Page } from 'playwright-core';

/** The text of a figure, by its name. */
export function figure(page: Page, name: string) {
  return page.locator('dl.figures > div', { has: page.getByText(name, { exact: true }) }).locator('.value');
}
