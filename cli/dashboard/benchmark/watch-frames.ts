import type { Page } from 'playwright-core';

/** How frames followed one another. */
export interface Frames {
  readonly perSecond: number;
  readonly medianMs: number;
  readonly p99Ms: number;
  readonly longestMs: number;
  readonly above50Ms: number;
}

/** Notes the time from each frame of the page to the next. */
export async function watchFrames(page: Page): Promise<void> {
  await page.evaluate(`
    gaps = [];
    lastMs = performance.now();
    onFrame = (nowMs) => {
      gaps.push(nowMs - lastMs);
      lastMs = nowMs;
      requestAnimationFrame(onFrame);
    };
    requestAnimationFrame(onFrame);
    0`);
}

/** The frames since the page was last asked. */
export async function frames(page: Page): Promise<Frames> {
  const gaps: number[] = await page.evaluate('gaps.splice(0)');
  const sorted = gaps.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
  const tookMs = gaps.reduce((sum, gap) => sum + gap, 0);
  return {
    perSecond: (gaps.length * 1000) / tookMs,
    medianMs: at(0.5),
    p99Ms: at(0.99),
    longestMs: at(1),
    above50Ms: gaps.filter((gap) => gap > 50).length,
  };
}
