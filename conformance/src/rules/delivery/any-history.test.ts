import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { busyMachine } from '../../../defects/busy-machine.ts';
import { judge, type TargetChanges, withPlainServer } from '../../../defects/judge-defect.ts';
import type { Behaviour } from '../../../defects/plain-server.ts';
import { processTarget } from '../../../defects/process-target.ts';
import { efforts } from '../../effort.ts';
import { anyHistory } from './any-history.ts';

/** Delivers the events of histories so much later. */
function late(delayMs: number): Partial<Behaviour> {
  return {
    deliver: (frame, stream, { behaviour }) => {
      const isOfHistory = Buffer.from(frame).includes('ssert-model');
      setTimeout(() => behaviour.write(frame, stream), isOfHistory ? delayMs : 0);
    },
  };
}

test('a server on which every event takes most of a second loses none', async () => {
  const results = await withPlainServer({ behaviour: late(900) }, (definition) => judge(definition, [anyHistory]));
  expect(results).toMatchObject([{ verdict: 'pass' }]);
});

test('a server on which every event takes seconds as its machine is busy loses none', async () => {
  const options = { gauge: busyMachine(), replay: [{ do: 'connect', client: 'A' }] } as const;
  const results = await withPlainServer({ behaviour: late(2500) }, (definition) =>
    judge(definition, [anyHistory], options),
  );
  expect(results).toMatchObject([{ verdict: 'pass' }]);
});

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ssert-restart-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('a thorough run restarts a server that may run beside another, and finds what goes wrong in later lives', async () => {
  const target = processTarget('repeats-itself-in-later-lives', folder);
  const { process } = target;
  if (!process || !('start' in process)) throw new Error('the target has no start command');
  const beside = { ...target, process: { ...process, alongside: true } };
  const [result] = await judge(beside, [anyHistory], { effort: efforts.thorough });
  expect(result).toMatchObject({ verdict: 'fail', message: expect.stringMatching(/ again|twice/) });
  expect(result?.counterexample?.commands).toContainEqual({ do: 'restart' });
});

describe('a replay with a restart', () => {
  const replay = [
    { do: 'connect', client: 'A' },
    { do: 'connect', client: 'B' },
    { do: 'publish', events: 3 },
    { do: 'stall', client: 'B' },
    { do: 'restart' },
    { do: 'publish', events: 2 },
    { do: 'connect', client: 'A', back: 1 },
    { do: 'publish', events: 2 },
    { do: 'connect', client: 'C' },
  ] as const;

  /** Results for a variant, and how often it was started. */
  async function replayed(variant: string, changes: TargetChanges = {}): Promise<string[]> {
    const starts = join(folder, `starts-of-${variant}`);
    const target = processTarget(variant, folder, changes);
    const { process } = target;
    const start = `echo >> '${starts}'; ${process && 'start' in process ? process.start : ''}`;
    const results = await judge({ ...target, process: { start } }, [anyHistory], { replay });
    const times = (await readFile(starts, 'utf8')).length;
    return [...results.map(({ verdict, message }) => `${verdict}: ${message}`), `started ${times} times`];
  }

  test.concurrent.each(['correct', 'durable', 'counts-from-one-again', 'replays-all-to-an-unknown-id', 'dies-at-once'])(
    'restarts the server, and does not accuse one that is %s',
    async (variant) => {
      expect(await replayed(variant)).toEqual([
        'pass: the 9 commands were done 3 times, and all was as it must be',
        // The run's own, the rule's own, and a restart each time.
        'started 5 times',
      ]);
    },
  );

  test('lets a server store at its end what it has the stop bound for', async () => {
    const variant = 'stores-its-log-at-its-end';
    expect(await replayed(variant, { bounds: { stop: 5000 } })).toEqual([
      'pass: the 9 commands were done 3 times, and all was as it must be',
      'started 5 times',
    ]);
    const stored = (await readdir(folder)).filter((name) => name.startsWith('stored-'));
    const events = await Promise.all(stored.map((name) => readFile(join(folder, name), 'utf8')));
    expect(events).toContainEqual(expect.stringContaining('ssert-model'));
  });

  test('finds what goes wrong in the second life only', async () => {
    expect(await replayed('deaf-in-later-lives')).toEqual([
      expect.stringMatching(/^fail: .* none of the last events reached it/),
      expect.stringMatching(/^started \d times/),
    ]);
  });

  test('is not decided where nothing says how to start the server', async () => {
    const results = await withPlainServer({ behaviour: {} }, (definition) =>
      judge(definition, [anyHistory], { replay }),
    );
    expect(results).toMatchObject([
      { verdict: 'inconclusive', message: 'the target has no command that starts it: give --start COMMAND' },
    ]);
  });
});
