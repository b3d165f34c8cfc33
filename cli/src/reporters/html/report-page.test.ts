import fc from 'fast-check';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeWithBrowser, openFile, startBrowser } from '../../../testing/browser.ts';
import { failureThatTells, madeUpReport, madeUpResult } from '../../../testing/made-up-report.ts';
import { markup } from './markup.ts';
import { htmlReport } from './report-page.ts';

const report = madeUpReport([
  madeUpResult('http/charset-utf-8'),
  madeUpResult('http/cors', { verdict: 'info', level: 'MAY', message: 'no origin is allowed' }),
  failureThatTells('one\ntwo'),
  madeUpResult('framing/known-fields', { verdict: 'warn', level: 'SHOULD', message: 'no field is called "Data"' }),
  madeUpResult('security/origin', { verdict: 'skip', because: 'profile', message: 'give --profile browser' }),
]);

/** Bytes that a hostile server may send, in the hope that somebody looks at the report. */
const attacks = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "'><svg onload=alert(1)>",
  '</pre></details></main><iframe src="javascript:alert(1)">',
  '</script><script>alert(1)</script>',
  '</style><style>body{display:none}</style>',
  '<a href="javascript:alert(1)" autofocus onfocus=alert(1)>',
  '<meta http-equiv=refresh content="0;url=http://127.0.0.1:9/">',
  '<base href="http://127.0.0.1:9/"><link rel=stylesheet href=x>',
  '<!-- ',
  ']]><![CDATA[',
  '&lt;script&gt;alert(1)&lt;/script&gt;',
  '\u0000<\u0000script>alert(1)</script>',
  '\u202e\u2066<b>\u2069\ud800',
];

const shown = (page: Page): Promise<string[]> =>
  page.evaluate('[...document.querySelectorAll(".rule")].filter((rule) => rule.checkVisibility()).map(({ id }) => id)');

const overflow = (page: Page): Promise<number> =>
  page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');

test('the policy lets nothing in but the page itself', () => {
  const policy = /Content-Security-Policy" content="([^"]*)"/.exec(htmlReport(report))?.[1]?.replaceAll('&#39;', "'");
  expect(policy).toMatch(
    /^default-src 'none'; style-src 'sha256-\S{44}'; script-src 'sha256-\S{44}'; base-uri 'none'; form-action 'none'$/,
  );
});

test('whatever is put into markup stays text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(markup`<p title="${text}">${text}</p>`.html.replace(/^<p title="|">|<\/p>$/g, '')).not.toMatch(/[<>"'`]/);
    }),
  );
});

describeWithBrowser('the report in a browser', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await startBrowser();
  });
  afterAll(() => browser?.close());

  test('opens without the script too, every rule with its evidence', async () => {
    const page = await openFile(browser, htmlReport(report), { javaScriptEnabled: false });
    expect(await shown(page)).toHaveLength(5);
    expect(await page.locator('.toolbar, .theme').filter({ visible: true }).count()).toBe(0);
    await page.locator('.rule.fail > summary').click();
    expect(await page.locator('.rule.fail pre').first().isVisible()).toBe(true);
  });

  test('filters by verdict, area, level and words', async () => {
    const page = await openFile(browser, htmlReport(report));
    expect(await page.locator('.shown').textContent()).toBe('5 rules');
    await page.getByRole('button', { name: 'failed' }).click();
    expect(await shown(page)).toEqual(['framing/newline-in-data']);
    await page.getByRole('button', { name: 'warning' }).click();
    expect(await shown(page)).toEqual(['framing/newline-in-data', 'framing/known-fields']);
    expect(await page.locator('.shown').textContent()).toBe('2 of 5 rules');
    expect(await page.locator('h2:visible').count()).toBe(1);
    await page.getByLabel('Level').selectOption('SHOULD');
    expect(await shown(page)).toEqual(['framing/known-fields']);
    await page.getByRole('button', { name: 'Clear' }).click();
    expect(await shown(page)).toHaveLength(5);
    await page.getByLabel('Area').selectOption('http');
    expect(await shown(page)).toEqual(['http/charset-utf-8', 'http/cors']);
    await page.getByRole('button', { name: 'Clear' }).click();
    await page.keyboard.press('/');
    await page.keyboard.type('Data called');
    expect(await shown(page)).toEqual(['framing/known-fields']);
    await page.keyboard.type(' nowhere');
    expect(await page.locator('.nothing').isVisible()).toBe(true);
  });

  test('a link to a rule opens it, even where a filter hides it', async () => {
    const page = await openFile(browser, htmlReport(report), { hash: 'framing/newline-in-data' });
    const rule = page.locator('[id="framing/newline-in-data"]');
    expect(await rule.getAttribute('open')).toBe('');
    expect(await page.evaluate('document.activeElement.parentElement.id')).toBe('framing/newline-in-data');
    await page.getByLabel('Area').selectOption('http');
    expect(await rule.isVisible()).toBe(false);
    await page.evaluate("location.hash = 'framing/known-fields'");
    await page.locator('[id="framing/known-fields"] .evidence').waitFor();
  });

  test('marks the bytes at fault in text and hexadecimal', async () => {
    const page = await openFile(browser, htmlReport(report), { hash: 'framing/newline-in-data' });
    const marks = await page.locator('.rule.fail mark').allTextContents();
    expect(marks).toEqual(['one\\n\ntwo', '6f 6e 65 0a 74 77 6f', 'one·two']);
    expect(await page.getByText('Bytes 106 to 112 of the stream are marked.').isVisible()).toBe(true);
  });

  test('tells the timeline as text as well', async () => {
    const page = await openFile(browser, htmlReport(report), { hash: 'framing/newline-in-data' });
    await page.getByText('as text', { exact: true }).click();
    const text = await page.locator('.more p').first().textContent();
    expect(text).toMatch(
      /0 ms opened · 12 ms header block · 20 ms published · 22 ms event "one\\?\n?.*two" × 3 · 40 ms comment · 50 ms reading stopped · 70 ms read on · 90 ms reset$/s,
    );
    expect(await page.getByText('3 more connections between').isVisible()).toBe(true);
  });

  test('copies the command that reproduces it', async () => {
    const page = await openFile(browser, htmlReport(report), {
      hash: 'framing/newline-in-data',
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    await page.getByRole('button', { name: 'Copy' }).click();
    await page.getByRole('button', { name: 'Copied' }).waitFor();
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(
      "curl -siN 'http://localhost:3000/one\ntwo'\nssert check http://localhost:3000/stream --seed 7",
    );
  });

  test('is dark where that is preferred, and turns at a button', async () => {
    const page = await openFile(browser, htmlReport(report), { colorScheme: 'dark' });
    const paper = () => page.evaluate('getComputedStyle(document.body).backgroundColor');
    expect(await paper()).toBe('rgb(22, 23, 26)');
    await page.getByRole('button', { name: 'Dark or light' }).click();
    expect(await paper()).toBe('rgb(255, 255, 255)');
    await page.getByRole('button', { name: 'Dark or light' }).click();
    expect(await paper()).toBe('rgb(22, 23, 26)');
  });

  test.each(attacks)('hostile bytes do nothing: %j', async (attack) => {
    const hostile = failureThatTells(attack, { title: attack, statement: attack, spec: `javascript:${attack}` });
    const page = await openFile(
      browser,
      htmlReport(
        madeUpReport([hostile, madeUpResult('security/origin', { message: attack })], {
          target: { name: attack, url: attack, access: [attack], profiles: [attack], bounds: {} },
          brokenOff: { why: 'target-lost', message: attack },
          baseline: { known: [], expired: [attack], passing: [attack] },
        }),
      ),
      { hash: 'framing/newline-in-data' },
    );
    const foreign =
      'img, iframe, base, link, object, embed, [onerror], [onload], [onfocus], [autofocus], body b:not(.chip b, .tag)';
    expect(await page.locator(foreign).count()).toBe(0);
    expect(await page.locator('script').count()).toBe(1);
    expect(await page.locator('style').count()).toBe(1);
    expect(await page.locator('meta[http-equiv]').count()).toBe(1);
    expect(await page.locator('a[href^="javascript:" i]').count()).toBe(0);
    expect(await page.locator('.rule').count()).toBe(2);
    expect(await page.locator('footer').isVisible()).toBe(true);
  });

  test.each([320, 1200])('at %i px nothing stands out to the side', async (width) => {
    const long = failureThatTells('x'.repeat(3000), { message: 'y'.repeat(500) });
    const html = htmlReport(madeUpReport([...report.results, { ...long, id: 'framing/long' }]));
    const page = await openFile(browser, html, { viewport: { width, height: 700 } });
    for (const summary of await page.locator('.rule > summary').all()) await summary.click();
    expect(await overflow(page)).toBe(0);
  });

  test('everything that can be used has a name and can be reached by keys', async () => {
    const page = await openFile(browser, htmlReport(report));
    const nameless = await page.evaluate(`
      [...document.querySelectorAll('button, input, select, a, summary, [role="region"], [role="img"]')]
        .filter((one) => !(one.getAttribute('aria-label') ?? one.textContent).trim())
        .map(({ outerHTML }) => outerHTML)
    `);
    expect(nameless).toEqual([]);
    await page.locator('.rule.fail > summary').focus();
    await page.keyboard.press('Enter');
    expect(await page.locator('.rule.fail').getAttribute('open')).toBe('');
  });

  test('on paper the findings are open and the filters are gone', async () => {
    const page = await openFile(browser, htmlReport(report));
    await page.emulateMedia({ media: 'print' });
    await page.evaluate("dispatchEvent(new Event('beforeprint'))");
    expect(await page.locator('.rule.fail .evidence').isVisible()).toBe(true);
    expect(await page.locator('.toolbar').isVisible()).toBe(false);
    await page.evaluate("dispatchEvent(new Event('afterprint'))");
    expect(await page.locator('.rule.fail').getAttribute('open')).toBeNull();
  });
});
