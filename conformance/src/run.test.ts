import { createServer, type Server } from 'node:net';
import { systemClock } from '@ssert/protocol/system';
import { afterEach, describe, expect, test } from 'vitest';
import { plainTarget } from '../defects/judge-defect.ts';
import { type Behaviour, type PlainServer, startPlainServer } from '../defects/plain-server.ts';
import { efforts } from './effort.ts';
import type { RunEvent } from './result.ts';
import type { Rule } from './rule.ts';
import { run } from './run.ts';
import { html } from './spec.ts';
import type { TargetDefinition } from './target.ts';
import { Undecided } from './undecided.ts';
import { fail, pass } from './verdict.ts';

const servers: { close(): unknown }[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

async function serve(behaviour: Partial<Behaviour> = {}): Promise<PlainServer> {
  const server = await startPlainServer(behaviour);
  servers.push(server);
  return server;
}

function rule(change: Partial<Rule>): Rule {
  return {
    id: 'delivery/made-up',
    code: 'T-01',
    level: 'MUST',
    title: 'made up',
    statement: 'Made up.',
    spec: [html('authoring-notes')],
    access: ['stream'],
    phase: 'connections',
    judge: async () => pass('seen'),
    ...change,
  };
}

const options = { clock: systemClock, seed: 1, effort: efforts.quick };

async function outcome(target: TargetDefinition, rules: readonly Rule[], more: object = {}): Promise<RunEvent[]> {
  const events: RunEvent[] = [];
  for await (const event of run(target, { ...options, rules, ...more })) events.push(event);
  return events;
}

const resultsOf = (events: readonly RunEvent[]) =>
  events.flatMap((event) => (event.kind === 'result' ? [event.result] : []));
const brokenOff = (events: readonly RunEvent[]) => events.find((event) => event.kind === 'broken-off');

describe('a verdict', () => {
  test('of a rule that throws is an error of the harness, not of the server', async () => {
    const { url } = await serve();
    const broken = rule({ judge: () => Promise.reject(new TypeError('x is not a function')) });
    expect(resultsOf(await outcome(plainTarget(url), [broken]))).toMatchObject([
      { verdict: 'error', message: 'the harness broke: x is not a function' },
    ]);
  });

  test('is inconclusive where the situation could not be created', async () => {
    const { url } = await serve();
    const undecided = rule({ judge: () => Promise.reject(new Undecided('no mark came')) });
    expect(resultsOf(await outcome(plainTarget(url), [undecided]))).toMatchObject([
      { verdict: 'inconclusive', message: 'no mark came' },
    ]);
  });

  test('is inconclusive where a rule goes on past its time', async () => {
    const { url } = await serve();
    const endless = rule({ budgetMs: () => 20, judge: () => new Promise(() => undefined) });
    expect(resultsOf(await outcome(plainTarget(url), [endless]))).toMatchObject([{ verdict: 'inconclusive' }]);
  });

  test('of a failure carries the seed and a command that repeats it', async () => {
    const { url } = await serve();
    const failing = rule({ judge: async () => fail('wrong', { reproduce: 'curl it' }) });
    expect(resultsOf(await outcome(plainTarget(url), [failing]))).toMatchObject([
      { seed: 1, reproduce: `curl it\nssert check ${url}/stream --rule delivery/made-up --seed 1` },
    ]);
  });
});

describe('what is missing is skipped with the flag that helps', () => {
  test.each([
    [{ access: ['publish'] as const }, 'access', /--publish URL/],
    [{ access: ['stats'] as const }, 'access', /--stats URL/],
    [{ access: ['process'] as const }, 'access', /--start COMMAND/],
    [{ profiles: ['private'] as const }, 'profile', /--profile private/],
  ])('%o', async (change, because, message) => {
    const { url } = await serve();
    const [result] = resultsOf(await outcome({ stream: `${url}/stream` }, [rule(change)]));
    expect(result).toMatchObject({ verdict: 'skip', because });
    expect(result?.message).toMatch(message);
  });
});

describe('a server that is not there to be judged', () => {
  async function listening(server: Server): Promise<number> {
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    const address = server.address();
    return typeof address === 'object' && address ? address.port : 0;
  }

  test('a closed port breaks the run off and says to start the server', async () => {
    const server = createServer();
    const port = await listening(server);
    await new Promise((resolve) => {
      server.close(resolve);
    });
    const events = await outcome({ stream: `http://127.0.0.1:${port}/s` }, [rule({})]);
    expect(brokenOff(events)).toMatchObject({
      why: 'target-unreachable',
      message: expect.stringContaining('start the server'),
    });
    expect(events.at(-1)?.kind).toBe('finished');
  });

  test('a port that speaks something else is named as such', async () => {
    const server = createServer((socket) => socket.end('220 mail.example ESMTP\r\n\r\n'));
    servers.push(server);
    const port = await listening(server);
    const events = await outcome({ stream: `http://127.0.0.1:${port}/s` }, [rule({})]);
    expect(brokenOff(events)).toMatchObject({
      why: 'target-unreachable',
      message: expect.stringContaining('does not speak HTTP/1'),
    });
  });

  test('a URL that answers with something else leaves the rules undecided', async () => {
    const { url } = await serve();
    expect(resultsOf(await outcome({ stream: `${url}/stats` }, [rule({})]))).toMatchObject([
      { verdict: 'inconclusive', message: expect.stringContaining('nothing to judge') },
    ]);
  });

  test('a server that dies in the middle breaks the run off, and what was found stays', async () => {
    const server = await serve();
    const killer = rule({
      judge: async (context) => {
        await server.close();
        await context.ask();
        return pass('still there');
      },
    });
    const rules = [rule({ id: 'http/first' }), killer, rule({ id: 'http/last', phase: 'publishing' })];
    const events = await outcome(plainTarget(server.url), rules, { jobs: 1 });
    expect(resultsOf(events)).toMatchObject([{ verdict: 'pass' }, { verdict: 'inconclusive' }]);
    expect(brokenOff(events)).toMatchObject({
      why: 'target-lost',
      message: expect.stringContaining('delivery/made-up'),
    });
  });
});

describe('what a rule opened is closed', () => {
  test.each([
    ['ends', async () => pass('done')],
    ['throws', () => Promise.reject(new Error('no'))],
    ['never ends', () => new Promise<never>(() => undefined)],
  ])('when it %s', async (_, ending) => {
    const server = await serve();
    const opens = rule({
      budgetMs: () => 200,
      judge: async (context) => {
        await context.subscribe();
        return ending();
      },
    });
    await outcome(plainTarget(server.url), [opens]);
    await expect.poll(() => server.streams.size).toBe(0);
  });

  test('when the caller stops iterating', async () => {
    const server = await serve();
    const opens = rule({
      judge: async (context) => {
        await context.subscribe();
        context.progress('open');
        return new Promise<never>(() => undefined);
      },
    });
    for await (const event of run(plainTarget(server.url), { ...options, rules: [opens] })) {
      if (event.kind === 'progress') break;
    }
    await expect.poll(() => server.streams.size).toBe(0);
  });
});

test('an abort ends the run with what is known', async () => {
  const { url } = await serve();
  const controller = new AbortController();
  const aborts = rule({
    id: 'http/aborts',
    judge: async (context) => {
      controller.abort();
      await context.sleep(60_000);
      return pass('slept');
    },
  });
  const events = await outcome(plainTarget(url), [rule({}), aborts], { jobs: 1, signal: controller.signal });
  expect(resultsOf(events).map(({ id }) => id)).toEqual(['delivery/made-up']);
  expect(brokenOff(events)).toMatchObject({ why: 'interrupted' });
});

test('a run beyond its time is broken off', async () => {
  const { url } = await serve();
  const endless = rule({ judge: () => new Promise(() => undefined) });
  expect(brokenOff(await outcome(plainTarget(url), [endless], { timeoutMs: 100 }))).toMatchObject({ why: 'timeout' });
});

test('rules that publish run one at a time, those that only connect side by side', async () => {
  const { url } = await serve();
  const most: Record<string, number> = { connections: 0, publishing: 0 };
  const counting = (phase: 'connections' | 'publishing', n: number): Rule => {
    let now = 0;
    return rule({
      id: `http/${phase}-${n}`,
      phase,
      judge: async (context) => {
        running[phase] += 1;
        now = running[phase];
        most[phase] = Math.max(most[phase] ?? 0, now);
        await context.sleep(30);
        running[phase] -= 1;
        return pass('ran');
      },
    });
  };
  const running = { connections: 0, publishing: 0 };
  const rules = [1, 2, 3].flatMap((n) => [counting('connections', n), counting('publishing', n)]);
  await outcome(plainTarget(url), rules, { jobs: 3 });
  expect(most).toEqual({ connections: 3, publishing: 1 });
});

test('a server that the harness started is gone after the run', async () => {
  const start = `exec ${process.execPath} --conditions=@ssert/source ${import.meta.dirname}/../defects/start-plain-server.ts {port}`;
  const seen: number[] = [];
  const looks = rule({
    judge: async (context) => {
      seen.push(Number(context.target.stream.url.port));
      return pass('started');
    },
  });
  const events = await outcome({ stream: 'http://127.0.0.1:{port}/stream', process: { start } }, [looks]);
  expect(resultsOf(events)).toMatchObject([{ verdict: 'pass' }]);
  await expect(fetch(`http://127.0.0.1:${seen[0]}/stats`)).rejects.toThrow();
});
