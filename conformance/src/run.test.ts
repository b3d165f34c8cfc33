import { createServer, type Server } from 'node:net';
import { systemClock } from '@ssert/protocol/system';
import { afterEach, describe, expect, test } from 'vitest';
import { plainTarget } from '../defects/judge-defect.ts';
import { type Behaviour, type PlainServer, startPlainServer } from '../defects/plain-server.ts';
import { freePort } from './access/server-process.ts';
import type { FreshServer, RuleContext } from './context.ts';
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

  test('that is no pass carries what became of its connections', async () => {
    const { url } = await serve();
    const failing = rule({
      access: ['publish'],
      phase: 'publishing',
      judge: async (context) => {
        const exchange = await context.subscribe();
        await context.publish({ data: 'x' });
        await exchange.until(() => (exchange.dispatched > 0 ? true : undefined), 5000);
        exchange.close();
        await context.subscribe();
        return fail('wrong', { evidence: { observed: { events: 1 } } });
      },
    });
    const passing = rule({
      id: 'delivery/passing',
      judge: async (context) => pass(`${!!(await context.subscribe())}`),
    });
    const results = resultsOf(await outcome(plainTarget(url), [failing, passing]));
    expect(results.find(({ id }) => id === passing.id)?.evidence).toBeUndefined();
    expect(results.find(({ id }) => id === failing.id)?.evidence).toMatchObject({
      observed: { events: 1 },
      connections: [
        {
          label: 'GET /stream',
          headAtMs: expect.any(Number),
          end: 'closed-here',
          marks: expect.arrayContaining([
            expect.objectContaining({ kind: 'publish' }),
            expect.objectContaining({ kind: 'event' }),
          ]),
        },
        { label: 'GET /stream', end: 'open' },
      ],
    });
  });

  test('shows the first and the last of many connections', async () => {
    const { url } = await serve();
    const failing = rule({
      judge: async (context) => {
        for (let n = 0; n < 11; n += 1) (await context.ask({ url: new URL(`${url}/stream/${n}`) })).close();
        return fail('wrong');
      },
    });
    const [result] = resultsOf(await outcome(plainTarget(url), [failing]));
    const paths = result?.evidence?.connections?.map(({ label }) => label.split('/').at(-1));
    expect(paths).toEqual(['0', '1', '2', '3', '7', '8', '9', '10']);
    expect(result?.evidence?.connectionsLeftOut).toBe(3);
  });

  test('of a failure carries the seed and a command that repeats it', async () => {
    const { url } = await serve();
    const failing = rule({ judge: async () => fail('wrong', { reproduce: 'curl it' }) });
    expect(resultsOf(await outcome(plainTarget(url), [failing]))).toMatchObject([
      { seed: 1, reproduce: `curl it\nssert check ${url}/stream --rule delivery/made-up --seed 1` },
    ]);
  });
});

describe('a password that is a word of the report', () => {
  test.each(['pass', 'open', 'stream', 'publish'])(
    '%s leaves verdicts and the target as they are',
    async (password) => {
      const server = await serve();
      const { port } = new URL(server.url);
      const failing = rule({
        id: 'http/told',
        judge: async (context) => {
          await context.subscribe();
          context.progress(`asks as user:${password}`);
          return fail(`it told ${password}`);
        },
      });
      const target = { stream: `http://user:${password}@127.0.0.1:${port}/stream` };
      const events = await outcome(target, [rule({}), failing]);
      expect(events.at(-1)).toMatchObject({ kind: 'finished', summary: { pass: 1, fail: 1 } });
      expect(resultsOf(events)).toMatchObject([
        { id: 'delivery/made-up', verdict: 'pass' },
        {
          id: 'http/told',
          verdict: 'fail',
          message: 'it told [redacted]',
          evidence: { connections: [{ end: 'open' }] },
        },
      ]);
      expect(events[0]).toMatchObject({ target: { access: ['stream'] } });
      expect(events.find(({ kind }) => kind === 'progress')).toMatchObject({ message: 'asks as user:[redacted]' });
    },
  );

  test('does not hide why a run broke off', async () => {
    const { url } = await serve();
    const endless = rule({ judge: () => new Promise(() => undefined) });
    const target = { stream: `${url.replace('//', '//user:timeout@')}/stream` };
    expect(brokenOff(await outcome(target, [endless], { timeoutMs: 100 }))).toMatchObject({ why: 'timeout' });
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

  test('a port that greets and waits is named as such, and nobody is accused', async () => {
    const server = createServer((socket) => {
      socket.on('error', () => socket.destroy()).write('SSH-2.0-OpenSSH_9.6\r\n');
    });
    servers.push(server);
    const port = await listening(server);
    const events = await outcome({ stream: `http://127.0.0.1:${port}/s` }, [rule({})]);
    expect(resultsOf(events)).toEqual([]);
    expect(brokenOff(events)).toMatchObject({ message: expect.stringContaining('does not speak HTTP/1') });
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

describe('a server that dies while several rules are at work', () => {
  /** Both rules are at work when the server goes, and the second notices. */
  function together(end: (context: RuleContext) => Promise<unknown>): Rule[] {
    const bothAtWork = Promise.withResolvers<void>();
    return [
      rule({
        id: 'http/patient',
        judge: async (context) => {
          bothAtWork.resolve();
          await context.sleep(500);
          await context.ask();
          return pass('asked');
        },
      }),
      rule({
        id: 'http/killer',
        judge: async (context) => {
          await bothAtWork.promise;
          await end(context);
          await context.ask();
          return pass('still there');
        },
      }),
      rule({
        id: 'http/later',
        phase: 'publishing',
        judge: async (context) => pass(String((await context.ask()).head?.status)),
      }),
    ];
  }

  test('is told with all of them', async () => {
    const server = await serve();
    const events = await outcome(
      plainTarget(server.url),
      together(() => server.close()),
    );
    expect(brokenOff(events)).toMatchObject({
      message: expect.stringMatching(
        /during http\/patient and http\/killer: .* --rule http\/patient --rule http\/killer$/,
      ),
    });
  });

  test('is started again once', async () => {
    const source = `require('node:http').createServer((request, response) => {
      if (request.url === '/die') process.exit(1);
      response.writeHead(200, { 'Content-Type': 'text/event-stream' }).flushHeaders();
    }).listen({port}, '127.0.0.1')`;
    const target = {
      stream: 'http://127.0.0.1:{port}/stream',
      process: { start: `exec ${process.execPath} -e "${source}"` },
    };
    const dies = together((context) =>
      context.send({ url: new URL('/die', context.target.stream.url) }).endWithin(5000),
    );
    const events = await outcome(target, dies);
    expect(resultsOf(events).at(-1)).toMatchObject({ id: 'http/later', verdict: 'pass', message: '200' });
    expect(events.filter(({ kind }) => kind === 'progress')).toMatchObject([
      { message: expect.stringMatching(/^the server died during .*http\/patient.* and is started again$/) },
    ]);
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

test('a process that the harness did not start unlocks the rules that only look at it', async () => {
  const { url } = await serve();
  const looks = rule({
    id: 'cleanup/looks',
    phase: 'process',
    access: ['process'],
    onlyWatches: true,
    judge: async (context) => pass(`${(await (await context.watched()).vitals()).threads > 0}`),
  });
  const signals = rule({ id: 'cleanup/signals', phase: 'process', access: ['process'] });
  const events = await outcome({ stream: `${url}/stream`, process: { pid: process.pid } }, [looks, signals]);
  expect(events[0]).toMatchObject({ kind: 'started', target: { access: ['stream', 'process'] } });
  expect(resultsOf(events).map(({ id, verdict, message }) => `${id} ${verdict}: ${message}`)).toEqual([
    'cleanup/signals skip: needs process: give --start COMMAND in place of --pid, to signal and restart it',
    'cleanup/looks pass: true',
  ]);
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

test('what a rule set off ends with the rule, also where it threw', async () => {
  const { url } = await serve();
  let ended: Promise<void> | undefined;
  const goesOn = rule({
    judge: (context) => {
      ended = new Promise((resolve) => context.signal.addEventListener('abort', () => resolve()));
      throw new Undecided('nobody waits for it');
    },
  });
  const results = resultsOf(await outcome(plainTarget(url), [goesOn]));
  expect(results).toMatchObject([{ verdict: 'inconclusive' }]);
  await ended;
});

test('a rule that goes on past its time opens nothing more', async () => {
  const server = await serve();
  const late = Promise.withResolvers<unknown[]>();
  const goesOn = rule({
    budgetMs: () => 20,
    judge: async (context) => {
      const stream = await context.subscribe();
      await stream.endWithin(60_000);
      const tried = [() => context.subscribe(), () => context.connectHttp2(), async () => context.send()];
      late.resolve(await Promise.all(tried.map((open) => open().catch((error: unknown) => error))));
      return pass('went on');
    },
  });
  const results = resultsOf(await outcome(plainTarget(server.url), [goesOn]));
  expect(results).toMatchObject([{ verdict: 'inconclusive' }]);
  expect(await late.promise).toEqual(Array(3).fill(new Undecided('the rule is over')));
  await expect.poll(() => server.streams.size).toBe(0);
});

test('a server that a rule did not wait for is gone after the rule, and none is started later', async () => {
  const start = `exec ${process.execPath} --conditions=@ssert/source ${import.meta.dirname}/../defects/start-plain-server.ts {port}`;
  const made: { context?: RuleContext; starting?: Promise<FreshServer> } = {};
  const hurries = rule({
    phase: 'process',
    access: ['process'],
    judge: async (context) => {
      made.context = context;
      made.starting = context.startFresh();
      throw new Undecided('nobody waits for it');
    },
  });
  const next = rule({
    id: 'delivery/next',
    phase: 'process',
    judge: async () => pass(`${await (await made.starting)?.portIsFree()}`),
  });
  const target = { stream: 'http://127.0.0.1:{port}/stream', process: { start, alongside: true } };
  const results = resultsOf(await outcome(target, [hurries, next]));
  expect(results.map(({ message }) => message)).toEqual(['nobody waits for it', 'true']);
  await expect(made.context?.startFresh()).rejects.toEqual(new Undecided('the rule is over'));
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

describe('a rule that starts servers of its own', () => {
  const plain = `exec ${process.execPath} --conditions=@ssert/source ${import.meta.dirname}/../defects/start-plain-server.ts`;
  const startsFresh = rule({
    id: 'backpressure/fresh',
    phase: 'process',
    access: ['publish', 'process'],
    judge: async (context) => {
      const server = await context.startFresh();
      await context.subscribe({ server });
      return pass('started');
    },
  });
  const asks = rule({
    id: 'framing/asks',
    phase: 'passive',
    judge: async (context) => pass(`${(await context.subscribe()).head?.status} ${context.carriage.form}`),
  });

  async function judgedAround(port: string): Promise<RunEvent[]> {
    const url = `http://127.0.0.1:${port}`;
    const definition = { stream: `${url}/stream`, publish: `${url}/publish`, process: { start: `${plain} ${port}` } };
    return outcome(definition, [startsFresh, asks]);
  }

  test.each([
    ['a port that the harness chooses', async () => '{port}'],
    ['a port of its own', async () => String(await freePort())],
  ])('leaves the next rule a server on %s', async (_, port) => {
    const events = await judgedAround(await port());
    expect(resultsOf(events).map(({ id, message }) => `${id}: ${message}`)).toEqual([
      'backpressure/fresh: started',
      'framing/asks: 200 text',
    ]);
    expect(events.filter(({ kind }) => kind === 'progress' || kind === 'broken-off')).toEqual([]);
  });

  test.each([
    [true, 'open'],
    [false, 'not started while the stream was open'],
  ])('starts them beside the soak where the target says alongside is %s', async (alongside, seen) => {
    const url = 'http://127.0.0.1:{port}';
    const started = Promise.withResolvers<void>();
    const starts: Rule = {
      ...startsFresh,
      judge: async (context) => {
        const judgement = await startsFresh.judge(context);
        started.resolve();
        return judgement;
      },
    };
    const soaks = rule({
      id: 'delivery/soaks',
      phase: 'soak',
      judge: async (context) => {
        const stream = await context.subscribe();
        await context.publishingBegins();
        // Where nobody may start alongside, waiting longer would only be longer.
        const began = await Promise.race([started.promise.then(() => true), context.sleep(alongside ? 60_000 : 500)]);
        if (began !== true) return pass('not started while the stream was open');
        return pass(stream.end?.kind ?? 'open');
      },
    });
    const definition = {
      stream: `${url}/stream`,
      publish: `${url}/publish`,
      process: { start: `${plain} {port}`, alongside },
    };
    const results = resultsOf(await outcome(definition, [soaks, starts]));
    expect(results.map(({ id, message }) => `${id}: ${message}`).toSorted()).toEqual([
      'backpressure/fresh: started',
      `delivery/soaks: ${seen}`,
    ]);
  });
});

describe('a rule that soaks', () => {
  const publishes = rule({ id: 'delivery/publishes', phase: 'publishing', judge: async () => pass('published') });
  const soaks = (judge: Rule['judge']): Rule => rule({ id: 'delivery/soaks', phase: 'soak', judge });
  const order = (events: readonly RunEvent[]): string[] =>
    events.flatMap((event) => (event.kind === 'result' ? [event.result.id] : []));

  test('keeps the silence as long as it needs it, and goes on beside what is published', async () => {
    const { url } = await serve();
    const published = Promise.withResolvers<void>();
    let silent = true;
    const soaking = soaks(async (context) => {
      await context.sleep(100);
      silent = false;
      await context.publishingBegins();
      await published.promise;
      return pass(context.carriage.form);
    });
    const publishing = rule({
      id: 'delivery/publishes',
      phase: 'publishing',
      judge: async () => {
        published.resolve();
        return silent ? fail('it was still needed') : pass('published');
      },
    });
    const events = await outcome(plainTarget(url), [soaking, publishing]);
    expect(resultsOf(events).map(({ verdict }) => verdict)).toEqual(['pass', 'pass']);
    expect(order(events).sort()).toEqual(['delivery/publishes', 'delivery/soaks']);
  });

  test('that throws lets the others publish', async () => {
    const { url } = await serve();
    const events = await outcome(plainTarget(url), [soaks(() => Promise.reject(new Undecided('no'))), publishes]);
    expect(order(events)).toEqual(['delivery/soaks', 'delivery/publishes']);
  });

  test('keeps nobody waiting where it has a channel of its own', async () => {
    const { url } = await serve();
    const published = Promise.withResolvers<void>();
    const waits = soaks(async (context) => {
      await published.promise;
      return pass(context.ownChannel('lane')?.target.stream.url.search ?? 'none');
    });
    const publishing = rule({
      id: 'delivery/publishes',
      phase: 'publishing',
      judge: async () => {
        published.resolve();
        return pass('published');
      },
    });
    const channels = { stream: `${url}/stream?channel={channel}`, publish: `${url}/publish?channel={channel}` };
    const events = await outcome({ ...plainTarget(url), ...channels }, [waits, publishing]);
    expect(resultsOf(events).find(({ id }) => id === 'delivery/soaks')?.message).toBe('?channel=ssert-lane');
  });

  test('that has not begun when the run is stopped does not hold it up', async () => {
    const { url } = await serve();
    const controller = new AbortController();
    const stops = soaks(async (context) => {
      controller.abort();
      await context.publishingBegins();
      return pass('begun');
    });
    const events = await outcome(plainTarget(url), [stops, publishes], { signal: controller.signal });
    expect(brokenOff(events)).toMatchObject({ why: 'interrupted' });
  });
});

test('a situation that rules share is brought about once and stays until the crowd comes', async () => {
  const server = await serve();
  let begun = 0;
  const looks = (n: number): Rule =>
    rule({
      id: `backpressure/looks-${n}`,
      phase: 'stall',
      judge: async (context) => {
        const stream = await context.shared('stream', (lasting) => {
          begun += 1;
          return lasting.subscribe();
        });
        return stream.end ? fail('it is over') : pass('open');
      },
    });
  const crowd = rule({
    phase: 'crowd',
    judge: async (context) => pass(`${await context.openStreamsUntil((n) => n === 0, 2000)}`),
  });
  const events = await outcome(plainTarget(server.url), [looks(1), looks(2), crowd]);
  expect(resultsOf(events).map(({ message }) => message)).toEqual(['open', 'open', '0']);
  expect(begun).toBe(1);
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
