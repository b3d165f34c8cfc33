import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';
import { describe } from 'vitest';

const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
const absent = existsSync(executablePath)
  ? undefined
  : `there is no ${executablePath}: apt-get install -y chromium, or name another in CHROMIUM`;

/** Tests that need a browser. Without one they are skipped, and say why; but they fail where CI is set. */
export function describeWithBrowser(name: string, tests: () => void): void {
  if (absent === undefined) return void describe(name, tests);
  if (process.env.CI) throw new Error(absent);
  console.warn(`skipped: ${name}; ${absent}`);
  describe.skip(name, tests);
}

const quiet = ['--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

export function startBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', ...quiet],
    // Pages may rest in it, as they do for people.
    ignoreDefaultArgs: ['--disable-back-forward-cache'],
  });
}
