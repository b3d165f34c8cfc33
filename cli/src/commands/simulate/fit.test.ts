import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readProfile } from '@ssert/simulator';
import { describe, expect, test } from 'vitest';
import { ssert } from '../../../testing/command-process.ts';
import { emptyFolder } from '../../../testing/empty-folder.ts';
import { runHere } from '../../../testing/run-here.ts';

const simulate = (...args: string[]) => runHere(['simulate', ...args]);

describe.concurrent('ssert simulate fit and describe', () => {
  async function trace(folder: string): Promise<string> {
    const { stdout } = await simulate('--profile', 'office', '--duration', '20m', '--format', 'csv');
    const file = join(folder, 'trace.csv');
    await writeFile(file, stdout);
    return file;
  }

  test('a fitted profile is written, can be played, and its goals stand beside those of Poisson', async () => {
    await using folder = await emptyFolder();
    const output = join(folder.path, 'profile.json');
    const { code, stdout } = await simulate(
      'fit',
      await trace(folder.path),
      '--column',
      'createdAt',
      '--output',
      output,
    );
    expect(stdout).toMatch(/^\d+ records, \d+ models tried; chosen: /);
    expect(stdout).toMatch(/^statistic +tolerance +chosen +Poisson +closest$/m);
    expect(stdout).toMatch(/^IDC 1 s +±10 % +\S+ %( \*)? +-\d\d % \* +/m);
    expect([0, 1]).toContain(code);
    expect(readProfile(JSON.parse(await readFile(output, 'utf8'))).name).toBe('fitted');
    expect((await simulate('--profile', output, '--duration', '1m')).code).toBe(0);
  });

  test('a trace and a profile are described, on a page too', async () => {
    await using folder = await emptyFolder();
    const html = join(folder.path, 'page.html');
    const [ofTrace, ofProfile] = await Promise.all([
      simulate('describe', await trace(folder.path), '--column', 'createdAt', '--html', html),
      simulate('describe', 'launch-day', '--duration', '30m'),
    ]);
    for (const { code, stdout } of [ofTrace, ofProfile]) {
      expect(stdout).toMatch(/^IDC 60 s +[\d.]+ +[\d.]+$/m);
      expect(stdout).toMatch(/^ {2}[▁-█]{50,60}$/m);
      expect(code).toBe(0);
    }
    const page = await readFile(html, 'utf8');
    expect(page).toContain('<svg role="img"');
    expect(page).not.toMatch(/(src|href)="http/);
  });

  test.each([
    [['fit'], 'give one TRACE.csv'],
    [['fit', '/nowhere.csv'], '/nowhere.csv cannot be read'],
    [['describe'], 'give one TRACE.csv or PROFILE'],
    [
      ['describe', 'office', '--duration', '1m'],
      'the records of office span 8.1 s, too little to tell anything of; raise',
    ],
    [['describe', 'office', '--column', 't'], '--column goes with a TRACE.csv'],
    [['describe', 'x.csv', '--seed', '1'], '--seed and --duration go with a profile'],
    [
      ['describe', 'office', '--duration', '30s'],
      'office has 0 records, too few to tell anything of; raise --duration',
    ],
  ])('wrong usage exits 2 with one line: %j', async (args, message) => {
    const { code, complaints } = await simulate(...args);
    expect(complaints.join('\n')).toContain(message);
    expect(code).toBe(2);
  });

  test('--help has examples and exit codes', async () => {
    for (const args of [['--help'], ['fit', '--help'], ['describe', '--help']]) {
      const { stdout } = await ssert(['simulate', ...args]);
      expect(stdout).toMatch(/^Usage: ssert simulate/);
      expect(stdout).toContain('Examples:');
    }
  });
});
