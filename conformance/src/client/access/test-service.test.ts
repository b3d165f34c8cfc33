import type { IncomingMessage } from 'node:http';
import { json } from 'node:stream/consumers';
import { systemClock } from '@ssert/protocol/system';
import { expect, onTestFinished, test } from 'vitest';
import { startService } from '../../../../client-sdk/contract-service/service.ts';
import { listening } from '../../../../protocol/testing/listening.ts';
import { literalClient } from '../../../defective-clients/literal-client.ts';
import { efforts, type RuleResult } from '../../index.ts';
import type { OpenClient } from '../adapter.ts';
import { clientRules, runClient, subjectByName } from '../index.ts';

/** Judges by those rules, or rejects with why the run broke off. */
async function judge(url: string, ...ids: readonly string[]): Promise<Record<string, string>> {
  return judgeUntil(undefined, url, ...ids);
}

async function judgeUntil(
  signal: AbortSignal | undefined,
  url: string,
  ...ids: readonly string[]
): Promise<Record<string, string>> {
  const results: RuleResult[] = [];
  const rules = clientRules.filter(({ id }) => ids.includes(id));
  const options = { rules, clock: systemClock, seed: 1, effort: efforts.quick, ...(signal ? { signal } : {}) };
  for await (const event of runClient(subjectByName(url), options)) {
    if (event.kind === 'result') results.push(event.result);
    if (event.kind === 'broken-off') throw new Error(event.message);
  }
  return Object.fromEntries(results.map(({ id, verdict }) => [id, verdict]));
}

interface Created {
  readonly streamUrl: string;
  readonly callbackUrl: string;
}

/** A service as LaunchDarkly's harness wants it, and no more: it knows none of our additions, and delivers what it was told to. */
async function plainService(capabilities: readonly string[]): Promise<{ url: string; commands: string[] }> {
  const streams: { client: OpenClient; listened: Set<string> }[] = [];
  const commands: string[] = [];
  const create = async ({ streamUrl, callbackUrl }: Created): Promise<string> => {
    let told = 0;
    const listened = new Set(['message']);
    const client = await literalClient().open({ url: streamUrl, types: [] }, (report) => {
      if (report.kind !== 'event' || !listened.has(report.type)) return;
      told += 1;
      const { type, data, id } = report;
      const body = JSON.stringify({ kind: 'event', event: { type, data, id } });
      void fetch(`${callbackUrl}/${told}`, { method: 'POST', body }).catch(() => undefined);
    });
    return `/streams/${streams.push({ client, listened })}`;
  };
  const answer = async (request: IncomingMessage): Promise<[status: number, location?: string]> => {
    if (request.url === '/' && request.method === 'POST') return [201, await create((await json(request)) as Created)];
    const stream = streams[Number(request.url?.split('/')[2]) - 1];
    if (request.method === 'DELETE') {
      stream?.client.close();
      commands.push('delete');
      return [204];
    }
    const { command, listen } = (await json(request)) as { command: string; listen?: { type: string } };
    commands.push(command);
    if (command !== 'listen' || !listen) return [400];
    stream?.listened.add(listen.type);
    return [202];
  };
  const url = await listening(async (request, response) => {
    if (request.method === 'GET') return void response.end(JSON.stringify({ capabilities }));
    const [status, location] = await answer(request);
    response.writeHead(status, location === undefined ? {} : { location }).end();
  });
  onTestFinished(() => {
    for (const { client } of streams) client.close();
  });
  return { url, commands };
}

// A busy machine may leave a rule undecided.
test('the client behind our own service is judged by what it calls back with, comments apart', {
  retry: 2,
}, async () => {
  const { url, stop } = await startService(0);
  onTestFinished(stop);
  const ids = ['parse/every-cut', 'http/post-with-body', 'reconnect/restart-command', 'lifecycle/close-while-waiting'];
  expect(await judge(url, ...ids, 'parse/comments-are-reported', 'lifecycle/close-in-a-message-handler')).toEqual({
    ...Object.fromEntries(ids.map((id) => [id, 'pass'])),
    'parse/comments-are-reported': 'skip',
    'lifecycle/close-in-a-message-handler': 'pass',
  });
});

test('a service that must be told which types to listen for is told before they are sent', async () => {
  const { url, commands } = await plainService(['event-type-listeners', 'something-new']);
  expect(await judge(url, 'parse/event-names-the-type')).toEqual({ 'parse/event-names-the-type': 'pass' });
  expect(commands).toContain('listen');
});

test('a service that knows no command "close" has its stream deleted', async () => {
  const { url, commands } = await plainService([]);
  expect(await judge(url, 'lifecycle/close-ends-the-connection')).toEqual({
    'lifecycle/close-ends-the-connection': 'pass',
  });
  expect(commands.slice(0, 3)).toEqual(['delete', 'close', 'delete']);
});

test('what a service cannot do is no accusation, and one that is no service is told apart', async () => {
  const { url } = await plainService([]);
  const ids = ['http/post-with-body', 'http/caller-headers', 'http/initial-id', 'reconnect/restart-command'];
  expect(await judge(url, ...ids)).toEqual(Object.fromEntries(ids.map((id) => [id, 'skip'])));
  const other = await listening((_, response) => response.end('hello'));
  await expect(judge(other, ...ids)).rejects.toThrow('answers with what is not JSON');
});

test('the URL of an event stream is told from a service at its head, with what judges a server', async () => {
  const url = await listening((_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
  });
  await expect(judge(`${url}/events`, 'parse/line-feed')).rejects.toThrow(
    `${url}/events answers an event stream, so it is no test service; to judge a server: ssert check ${url}/events`,
  );
});

test('an answer without an end is not read to its end', async () => {
  const url = await listening((_, response) => {
    const more = (): void =>
      void (response.write(' '.repeat(16_384)) ? setImmediate(more) : response.once('drain', more));
    more();
  });
  await expect(judge(url, 'parse/line-feed')).rejects.toThrow('answers more than 64 KiB, so it is no test service');
});

test('an interrupt ends a run whose service has not answered yet', async () => {
  const interrupt = new AbortController();
  const url = await listening((_, response) => {
    response.writeHead(200).write('{');
    interrupt.abort();
  });
  await expect(judgeUntil(interrupt.signal, url, 'parse/line-feed')).rejects.toThrow('the run was interrupted');
});

test('an interrupt ends a run whose service answers no command', async () => {
  const interrupt = new AbortController();
  const url = await listening((request, response) => {
    if (request.method === 'GET') response.end('{}');
    else interrupt.abort();
  });
  await expect(judgeUntil(interrupt.signal, url, 'parse/line-feed')).rejects.toThrow('the run was interrupted');
});

test('an interrupt ends a run whose command never says that it is ready', async () => {
  const interrupt = new AbortController();
  // The command is told of nothing until it is ready, so it can only tell of itself: by a request.
  const url = await listening((_, response) => {
    interrupt.abort();
    response.end();
  });
  const command = `command:${process.execPath} -e "fetch('${url}'); setInterval(() => {}, 1000)"`;
  await expect(judgeUntil(interrupt.signal, command, 'parse/line-feed')).rejects.toThrow('the run was interrupted');
});
