import { type ReferenceServer, startReferenceServer } from '@ssert/server';
import { startChaos } from '@ssert/simulator';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { describeWithBrowser, startBrowser } from '../../../client-sdk/testing/browser.ts';
import { builtPage } from './built-page.ts';
import { accessibilityProblems, openDashboard, rows } from './dashboard-page.ts';
import { figure } from './figure.ts';

const models = ['swift-1', 'swift-1-mini', 'atlas-2', 'atlas-2-reasoning', 'a', 'b', 'c', 'd', 'e'];

/** A record of each model, a minute apart, and so more models than have colours. */
function records() {
  return models.map((model, index) => ({
    id: index,
    creditsUsed: 100_000 * (index + 1),
    createdAt: new Date(Date.now() - index * 60_000).toISOString(),
    model,
  }));
}

/** The element that has the focus, as a screen reader names it. */
function focused(page: Page): Promise<string> {
  return page.evaluate(`(() => {
    const { activeElement: element } = document;
    return [element.role ?? element.type ?? element.localName, element.ariaLabel ?? element.textContent.trim()].join(': ');
  })()`);
}

describeWithBrowser('the dashboard is for everyone', () => {
  let browser: Browser;
  let html: string;
  let server: ReferenceServer;
  beforeAll(async () => {
    [browser, html] = await Promise.all([startBrowser(), builtPage()]);
    server = await startReferenceServer({ page: html, logLevel: 'silent', stopMs: 200 });
    await server.publishUsage(records());
  });
  afterAll(async () => {
    await server.close();
    await browser.close();
  });

  async function shown(page: Page): Promise<void> {
    await expect.poll(() => figure(page, 'Records').textContent()).toBe(String(models.length));
    await expect.poll(() => rows(page, 'Latest records')).toHaveLength(6);
  }

  test.each(['light', 'dark'] as const)(
    'in %s, axe finds nothing wrong: names, roles, contrast',
    async (colorScheme) => {
      const page = await openDashboard(browser, server.url, { colorScheme });
      await shown(page);
      expect(await accessibilityProblems(page)).toEqual([]);
      await page.getByRole('slider').focus();
      await page.keyboard.press('ArrowLeft');
      expect(await accessibilityProblems(page)).toEqual([]);
      await page.getByRole('button', { name: 'Pause' }).click();
      await expect.poll(() => page.getByRole('button', { name: 'Go on' }).count()).toBe(1);
      expect(await accessibilityProblems(page)).toEqual([]);
    },
  );

  test.each(['light', 'dark'] as const)(
    'in %s, axe finds nothing wrong while the connection is lost',
    async (colorScheme) => {
      const page = await openDashboard(browser, server.url, {
        colorScheme,
        before: (page) => page.route('**/usage/stream*', (route) => route.abort()),
        tolerated: /Failed to load resource/,
      });
      await expect.poll(() => page.getByRole('region', { name: 'Connection' }).textContent()).toContain('Next try');
      expect(await accessibilityProblems(page)).toEqual([]);
    },
  );

  test.each(['light', 'dark'] as const)(
    'in %s, each colour of the chart has a contrast of 3:1 to the card',
    async (colorScheme) => {
      const page = await openDashboard(browser, server.url, { colorScheme });
      await shown(page);
      const contrasts: Record<string, number> = await page.evaluate(`(() => {
      const luminance = (text) => {
        const [r, g, b] = text.match(/[\\d.]+/g).map((part) => part / 255)
          .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
      };
      const card = luminance(getComputedStyle(document.querySelector('.card')).backgroundColor);
      const marks = [...document.querySelectorAll('tbody th.part')];
      return Object.fromEntries(marks.map((mark) => {
        const [dark, light] = [card, luminance(getComputedStyle(mark, '::before').backgroundColor)].sort((a, b) => a - b);
        return [mark.dataset.place, (light + 0.05) / (dark + 0.05)];
      }));
    })()`);
      expect(Object.keys(contrasts)).toHaveLength(8);
      expect(Object.entries(contrasts).filter(([, contrast]) => contrast < 3)).toEqual([]);
    },
  );

  test('at 320 px nothing is cut off or out of reach, and axe finds nothing wrong', async () => {
    const page = await openDashboard(browser, server.url, { viewport: { width: 320, height: 640 } });
    await shown(page);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(320);
    const outside = await page.evaluate(`
      [...document.querySelectorAll('#root *:not(.spoken, .spoken *)')]
        .filter((element) => !element.closest('.uplot'))
        .filter((element) => { const { left, right } = element.getBoundingClientRect(); return left < 0 || right > 320; })
        .map(({ outerHTML }) => outerHTML.slice(0, 80))`);
    expect(outside).toEqual([]);
    expect(await accessibilityProblems(page)).toEqual([]);
    const controls = await page.locator('.controls').boundingBox();
    expect(controls?.height).toBeLessThan(60);
  });

  test('text at twice its size wraps, and makes the page no wider', async () => {
    const page = await openDashboard(browser, server.url, { viewport: { width: 640, height: 640 } });
    await shown(page);
    await page.evaluate("document.documentElement.style.fontSize = '200%'");
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(640);
  });

  test('the keyboard reaches everything in order, chooses a range and reads each bar', async () => {
    const page = await openDashboard(browser, server.url);
    await shown(page);
    const order: string[] = [];
    for (let press = 0; press < 3; press += 1) {
      await page.keyboard.press('Tab');
      order.push(await focused(page));
    }
    expect(order).toEqual(['radio: the last hour', 'button: Pause', 'slider: Credits per second over the last hour']);
    const chart = page.getByRole('slider');
    expect(await chart.getAttribute('aria-valuetext')).toBe('no bar chosen');
    await page.keyboard.press('Home');
    expect(await chart.getAttribute('aria-valuenow')).toBe('1');
    expect(await chart.getAttribute('aria-valuetext')).toMatch(/^\d\d:\d\d:\d\d, 0\.0 credits per second$/);
    await page.keyboard.press('End');
    for (let bar = 0; bar < 4; bar += 1) await page.keyboard.press('PageDown');
    const near: (string | null)[] = [];
    for (let bar = 0; bar < 40; bar += 1) {
      await page.keyboard.press('ArrowRight');
      near.push(await chart.getAttribute('aria-valuetext'));
    }
    expect(near.filter((text) => text?.includes('swift-1-mini 200,000 credits'))).toHaveLength(1);
    await page.keyboard.press('Escape');
    expect(await chart.getAttribute('aria-valuetext')).toBe('no bar chosen');

    await page.keyboard.press('Shift+Tab');
    await page.keyboard.press('Shift+Tab');
    await page.keyboard.press('ArrowRight');
    expect(await focused(page)).toBe('radio: the last 3 hours');
    await shown(page);
    expect(await page.getByRole('slider').getAttribute('aria-label')).toBe('Credits per second over the last 3 hours');
  });

  test('a pointer reads the bar that it is over', async () => {
    const page = await openDashboard(browser, server.url);
    await shown(page);
    const box = await page.locator('.chart .u-over').boundingBox();
    if (!box) throw new Error('the chart is not drawn');
    const readout = page.locator('.readout');
    const seen = async () => {
      for (let x = box.width - 30; x < box.width; x += 1) {
        await page.mouse.move(box.x + x, box.y + 50);
        if ((await readout.textContent())?.includes('swift-1-mini 200,000')) return true;
      }
      return false;
    };
    expect(await seen()).toBe(true);
    expect(await page.locator('.chart .marker').isVisible()).toBe(true);
    await page.mouse.move(0, 0);
    await expect.poll(() => readout.textContent()).toContain('Point at a bar');
  });

  test('a screen reader is told what lasts: not the countdown, nor a connection that comes right back', async () => {
    const network = await startChaos({ target: server.url });
    onTestFinished(() => network.close());
    const page = await openDashboard(browser, network.url, {
      before: watchStatus,
      tolerated: /Failed to load resource/,
    });
    const state = () => page.getByRole('region', { name: 'Connection' }).textContent();
    const said = () => page.evaluate('said');
    await expect.poll(state).toMatch(/^Live/);
    await standStill(page);
    await page.clock.runFor(spokenAfterMs);
    expect(await said()).toEqual(['Live.']);
    for (let cut = 0; cut < 3; cut += 1) {
      network.cut('rst');
      await expect.poll(state).toContain('Next try in');
      await page.clock.runFor(1500);
      await expect.poll(state).toMatch(/^Live/);
    }
    await page.clock.runFor(2 * spokenAfterMs);
    expect(await said()).toEqual(['Live.']);

    network.set({ refuse: true });
    network.cut('rst');
    await expect.poll(state).toContain('Next try in 2 s');
    await page.clock.runFor(1000);
    await expect.poll(state).toContain('Next try in 1 s');
    await page.clock.runFor(spokenAfterMs);
    await expect.poll(said).toEqual(['Live.', 'Connection lost. The page tries again by itself.']);
    await page.clock.runFor(60_000);
    expect(await said()).toEqual(['Live.', 'Connection lost. The page tries again by itself.']);
  });

  test('who does not want to wait for the next try has it at once', async () => {
    const network = await startChaos({ target: server.url });
    onTestFinished(() => network.close());
    const before = (page: Page) => page.clock.install();
    const page = await openDashboard(browser, network.url, { before, tolerated: /Failed to load resource/ });
    const state = () => page.getByRole('region', { name: 'Connection' }).textContent();
    await expect.poll(state).toMatch(/^Live/);
    await standStill(page);
    network.cut('rst');
    await expect.poll(state).toContain('Next try in');
    await page.getByRole('button', { name: 'Try now' }).click();
    await expect.poll(state).toMatch(/^Live/);
  });

  test.each([
    ['no-preference', 'as often as there is something new'],
    ['reduce', 'once a second'],
  ] as const)('with reduced motion: %s, the chart changes %s', async (reducedMotion, _) => {
    const page = await openDashboard(browser, server.url, { reducedMotion, before: countDrawings });
    await shown(page);
    await standStill(page);
    await page.clock.runFor(1000);
    await page.evaluate('drawn = 0');
    await page.clock.runFor(10_000);
    const drawn: number = await page.evaluate('drawn');
    if (reducedMotion === 'reduce') expect(drawn).toBeLessThanOrEqual(11);
    else expect(drawn).toBeGreaterThan(20);
  });
});

/** As the page has it, with room. */
const spokenAfterMs = 2500;

/** Lets the page's time pass only when the test says so. */
async function standStill(page: Page): Promise<void> {
  const nowMs: number = await page.evaluate('Date.now()');
  // Ahead of all that passes until it is told.
  await page.clock.pauseAt(nowMs + 10_000);
}

/** Writes down whatever live regions say. */
async function watchStatus(page: Page): Promise<void> {
  await page.clock.install();
  await page.addInitScript(`
    said = [];
    addEventListener('DOMContentLoaded', () => new MutationObserver((changes) => {
      for (const { target } of changes) {
        const status = (target.closest ? target : target.parentElement).closest('[role=status]');
        if (status && status.textContent !== said.at(-1)) said.push(status.textContent);
      }
    }).observe(document.getElementById('root'), { subtree: true, childList: true, characterData: true }));`);
}

/** Counts how often the chart of the last minute is drawn. */
async function countDrawings(page: Page): Promise<void> {
  await page.clock.install();
  await page.addInitScript(`
    drawn = 0;
    const { clearRect } = CanvasRenderingContext2D.prototype;
    CanvasRenderingContext2D.prototype.clearRect = function (...where) {
      if (this.canvas.closest('.spark')) drawn += 1;
      return clearRect.apply(this, where);
    };`);
}
