import { profileNamed } from '@ssert/simulator';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { CommandProcess } from '../../../testing/command-process.ts';
import { runHere } from '../../../testing/run-here.ts';
import { greeting, type Serving } from './greeting.ts';

/** The data of the first events of that type that a stream sends. */
async function firstEvents(url: string, type: string, count: number): Promise<string[]> {
  const over = new AbortController();
  const answer = await fetch(url, { signal: over.signal });
  const found: string[] = [];
  let text = '';
  for await (const chunk of answer.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += chunk;
    found.splice(
      0,
      found.length,
      ...[...text.matchAll(new RegExp(`event: ${type}\\n(?:id: .*\\n)?data: (.*)\\n\\n`, 'g'))].map(
        ([, data = '']) => data,
      ),
    );
    if (found.length >= count) break;
  }
  over.abort();
  return found;
}

/** How many usage events a server has published. */
async function publishedAt(url: string | undefined): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(/published\w*\{channel="usage"\} (\d+)/.exec(text)?.[1]);
}

describe('ssert serve with a profile', () => {
  test('has an hour of it at once, goes on with it, and shows both through a bad network as well', async () => {
    const flags = [
      '--port',
      '0',
      '--profile',
      'steady-api',
      '--seed',
      '3',
      '--chaos',
      'lossy-wifi',
      '--log-level',
      'error',
    ];
    using command = new CommandProcess(['serve', ...flags]);
    await command.until('stdout', /Seen through the network lossy-wifi: \S+\n/);
    const url = /is at (\S+)/.exec(command.stdout)?.[1];
    const network = /lossy-wifi: (\S+)/.exec(command.stdout)?.[1];
    expect(network).not.toBe(url);
    for (const from of [url, network]) {
      const [past = '[]', next = '[]'] = await firstEvents(`${from}/usage/stream`, 'usage', 2);
      const records = [...JSON.parse(past), ...JSON.parse(next)];
      expect(records).toHaveLength(200);
      expect(Date.now() - Date.parse(records[0].createdAt)).toBeGreaterThan(1_800_000);
    }
    const before = await publishedAt(url);
    await expect.poll(() => publishedAt(url)).toBeGreaterThan(before);
    command.child.kill();
    expect(await command.finished).toMatchObject({ code: 0, stderr: '' });
  });

  test.each([
    [['--seed', '1'], /^--seed goes with --profile NAME$/],
    [['--speed', '2'], /^--speed goes with --profile NAME$/],
    [['--profile', 'offfice'], /^there is no profile "offfice"; give one of quiet office /],
    [['--profile', 'office', '--speed', '0'], /^--speed is "0"; give/],
    [['--profile', 'office', '--speed', 'fast'], /^--speed is "fast"/],
    [['--profile', 'office', '--seed', '-1'], /^--seed needs a value/],
    [['--chaos', 'mobil'], /^--chaos is "mobil"; give one of mobile lossy-wifi/],
  ])('wrong usage exits 2 with one line: %j', async (args, message) => {
    const { code, stdout, complaints } = await runHere(['serve', ...args]);
    expect(complaints).toEqual([expect.stringMatching(message)]);
    expect(stdout).toBe('');
    expect(code).toBe(2);
  });
});

describe('an empty publish token', () => {
  afterEach(() => void vi.unstubAllEnvs());

  test('as a flag exits 2: the server would be open to all', async () => {
    const { code, stdout, complaints } = await runHere(['serve', '--port', '0', '--publish-token', '']);
    expect(complaints).toEqual(['--publish-token is ""; give --publish-token TOKEN']);
    expect([code, stdout]).toEqual([2, '']);
  });

  test('in the environment does so too', async () => {
    vi.stubEnv('SSERT_PUBLISH_TOKEN', '');
    const { code, stdout, complaints } = await runHere(['serve', '--port', '0']);
    expect(complaints).toEqual(['SSERT_PUBLISH_TOKEN is empty; give a token, or leave the variable away']);
    expect([code, stdout]).toEqual([2, '']);
  });
});

describe('what ssert serve says first', () => {
  const serving: Serving = {
    url: 'http://127.0.0.1:4000',
    traffic: undefined,
    hasDashboard: true,
    events: false,
    needsToken: false,
  };
  const office = { profile: profileNamed('office'), seed: 1, speed: 1 };

  test('with usage to look at: one line that says where', () => {
    expect(greeting({ ...serving, traffic: office })).toBe(
      'The dashboard is at http://127.0.0.1:4000 with the usage of office, seed 1 (Ctrl-C ends it).',
    );
    expect(greeting({ ...serving, traffic: { ...office, speed: 10 } })).toContain('seed 1, 10 times as fast (');
  });

  test('without: how to bring some', () => {
    expect(greeting(serving)).toMatch(
      /^The reference server is at \S+ \(Ctrl-C ends it\), with a dashboard.*\n {2}curl -N /,
    );
  });

  test('behind a bad network: where that is', () => {
    const network = { url: 'http://127.0.0.1:4100', preset: 'mobile' };
    expect(greeting({ ...serving, traffic: office, network })).toMatch(
      /\nSeen through the network mobile: http:\/\/127\.0\.0\.1:4100$/,
    );
  });

  test('where the dashboard was not built: how to build it', () => {
    for (const traffic of [undefined, office]) {
      expect(greeting({ ...serving, traffic, hasDashboard: false })).toMatch(
        /it was not built: npm run build:dashboard$/,
      );
    }
  });
});
