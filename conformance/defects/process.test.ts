import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { legalProcesses } from '../legal/process.ts';
import { serverRules } from '../src/index.ts';
import { described } from './judge-defect.ts';
import { processDefects } from './process.ts';
import { judgeProcess, processTarget } from './process-target.ts';
import { processReplay } from './process-variants.ts';
import { expectNoneAccused } from './wrongly-accused.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ssert-process-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const timeout = 180_000;

describe('each defect of a process turns its rule red and no other', () => {
  test.concurrent.each(processDefects)('$breaks: a server that $name', { timeout }, async (defect) => {
    const { variant, breaks, alsoBreaks = [], target } = defect;
    const results = await judgeProcess(processTarget(variant, folder, target), breaks);
    const red = described(results, 'fail', 'warn', 'error');
    for (const allowed of [breaks, ...alsoBreaks]) delete red[allowed];
    expectNoneAccused(red);
    const found = results.find(({ id }) => id === breaks);
    const verdict = defect.verdict ?? (serverRules.find(({ id }) => id === breaks)?.level === 'MUST' ? 'fail' : 'warn');
    expect(`${found?.verdict}: ${found?.message}`).toMatch(new RegExp(`^${verdict}: `));
  });
});

describe('no rule about processes accuses a server that', () => {
  test.concurrent.each(legalProcesses)('$name', { timeout }, async ({ variant, target, mayShrug = [] }) => {
    const results = await judgeProcess(processTarget(variant, folder, target));
    expectNoneAccused(described(results, 'fail', 'warn', 'error'));
    const undecided = described(results, 'inconclusive');
    for (const allowed of mayShrug) delete undecided[allowed];
    expect(undecided).toEqual({});
    expect(results.some(({ verdict }) => verdict === 'pass')).toBe(true);
  });
});

test.concurrent.each([
  ['ends', processReplay, 'pass'],
  ['is longer than a quick look can fill', 20_000, 'inconclusive'],
])('a history that %s, with %s events promised, is judged: %s', { timeout }, async (_, replay, verdict) => {
  const results = await judgeProcess(processTarget('correct', '', { replay }), 'reconnect/bounded-replay');
  expect(results).toMatchObject([{ verdict }]);
});

test.concurrent.each([
  ['correct', 'info'],
  ['ends-one-by-one', 'pass'],
])('how the return is spread is told: %s', { timeout }, async (variant, verdict) => {
  const results = await judgeProcess(processTarget(variant), 'reconnect/spread-return');
  expect(results.find(({ id }) => id === 'reconnect/spread-return')).toMatchObject({ verdict });
});
