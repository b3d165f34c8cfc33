import { globSync } from 'node:fs';
import { join } from 'node:path';
import { SettingError } from '@ssert/protocol';
import { describe, expect, test } from 'vitest';
import { variants } from '../targets/reference/variants.ts';
import { isLoopback, resolveTarget, type TargetDefinition } from './target.ts';

test('a URL is enough, and everything else has a default', () => {
  const target = resolveTarget({ stream: 'http://localhost:3000/stream?topic=a' });
  expect(target).toMatchObject({
    name: 'http://localhost:3000/stream?topic=a',
    slowPolicy: 'any',
    order: 'total',
    dual: false,
    onLoopback: true,
  });
  expect(target.stream).toMatchObject({ method: 'GET', body: undefined });
  expect([...target.profiles]).toEqual(['live']);
});

test('{port} is filled in wherever it stands', () => {
  const target = resolveTarget(
    {
      stream: 'http://127.0.0.1:{port}/s',
      publish: { url: 'http://127.0.0.1:{port}/p' },
      goneUrl: 'http://127.0.0.1:{port}/g',
    },
    4711,
  );
  expect(target.stream.url.href).toBe('http://127.0.0.1:4711/s');
  expect(target.publish).toEqual({ url: 'http://127.0.0.1:4711/p' });
  expect(target.goneUrl?.port).toBe('4711');
});

test('{channel} is filled in wherever it stands, with the channel that is wanted', () => {
  const definition = {
    stream: 'http://127.0.0.1/s/{channel}',
    publish: { url: 'http://127.0.0.1/p', headers: { 'X-Channel': '{channel}' } },
  };
  expect(resolveTarget(definition)).toMatchObject({
    hasChannels: true,
    statsByChannel: false,
    stream: { url: { pathname: '/s/ssert' } },
    publish: { headers: { 'X-Channel': 'ssert' } },
  });
  expect(resolveTarget({ ...definition, channel: 'news' }).stream.url.pathname).toBe('/s/news');
  expect(resolveTarget(definition, undefined, 'lane-1').stream.url.pathname).toBe('/s/lane-1');
  expect(resolveTarget({ stream: 'http://127.0.0.1/s' }).hasChannels).toBe(false);
});

test('a publish function survives being filled in', async () => {
  const target = resolveTarget({ stream: 'http://localhost/s', publish: async () => 'accepted' }, 1);
  expect(target.publish).toBeTypeOf('function');
});

test('a body makes the request a POST', () => {
  expect(resolveTarget({ stream: { url: 'http://localhost/s', body: '{}' } }).stream.method).toBe('POST');
});

test('a replay log implies that streams can be resumed', () => {
  expect(resolveTarget({ stream: 'http://localhost/s', replay: 50 }).profiles.has('resumable')).toBe(true);
});

test('a window is the bound of that name, unless bounds say another', () => {
  const stream = 'http://localhost/s';
  expect(resolveTarget({ stream, window: 9 }).bounds.window).toBe(9);
  expect(resolveTarget({ stream, window: 9, bounds: { window: 2 } }).bounds.window).toBe(2);
});

test('a way to make the upstream fail may stand in a file, though no rule uses it yet', () => {
  expect(() => resolveTarget({ stream: 'http://localhost/s', failUpstream: { command: 'true' } })).not.toThrow();
});

describe('what cannot be used is refused by name', () => {
  const wrong: readonly (readonly [string, Partial<TargetDefinition>, RegExp])[] = [
    ['a URL without a scheme', { stream: 'localhost:3000/s' }, /^stream is .* give an http:\/\/ or https:\/\/ URL/],
    ['an unknown profile', { profile: ['fast' as never] }, /^profile is "fast"; give one of live resumable/],
    ['an unknown order', { order: 'none' as never }, /^order is "none"; give one of total per-publisher/],
    ['an unknown slow policy', { slowPolicy: 'wait' as never }, /^slowPolicy is "wait"; give one of drop/],
    ['an unknown bound', { bounds: { opne: 1 } as never }, /^bounds.opne is 1; give one of open/],
    [
      'a channel of the stream that nothing is published to',
      { stream: 'http://localhost/{channel}', publish: 'http://localhost/publish' },
      /^publish is "http:\/\/localhost\/publish"; give \{channel\} in it as well/,
    ],
    ['a channel that is no name', { channel: 'a b' }, /^channel is "a b"; give a name of letters/],
    ['a bound of nothing', { bounds: { open: 0 } }, /^bounds.open is 0; give a positive number/],
  ];
  test.each(wrong)('%s', (_, change, message) => {
    expect(() => resolveTarget({ stream: 'http://localhost/s', ...change })).toThrow(message);
  });
});

describe('a description that no compiler has seen is refused by its key', () => {
  test.each<[wrong: object, message: string]>([
    [{ publsh: 'http://localhost/p' }, 'there is no key "publsh"; did you mean publish?'],
    [{ process: { command: 'node x' } }, 'there is no key "process.command"; keys are start cwd alongside pid'],
    [
      { process: 'node x' },
      'process is "node x"; give { start: \'node server.js {port}\', cwd, alongside } or { pid }',
    ],
    [{ process: { cwd: '/' } }, 'process is {"cwd":"/"}; give { start: '],
    [{ lifetime: '10s' }, 'lifetime is "10s"; give ms, such as 30_000'],
    [{ replay: -1 }, 'replay is -1; give a whole number from 1 up'],
    [{ capacity: 1.5 }, 'capacity is 1.5; give a whole number from 1 up'],
    [{ stats: { url: 5 } }, 'stats.url is 5; give an http:// or https:// URL'],
    [{ stats: { url: 'http://localhost/', pointer: 'open' } }, 'stats.pointer is "open"; give a JSON pointer'],
    [{ stats: { path: 'x' } }, 'there is no key "stats.path"; keys are url pointer headers command'],
    [{ stats: { pointer: '/x' } }, 'stats is {"pointer":"/x"}; give { url, pointer }'],
    [{ stats: 'http://localhost/stats' }, 'stats is "http://localhost/stats"; give { url, pointer }'],
    [{ refusedUrls: 'http://localhost/no' }, 'refusedUrls is "http://localhost/no"; give a list of URLs'],
    [{ refusedUrls: ['/no'] }, 'refusedUrls.0 is "/no"; give an http:// or'],
    [{ publish: { body: '{{data}}' } }, 'publish is {"body":"{{data}}"}; give a URL, { url, method'],
    [{ publish: { url: 'http://localhost/', body: {} } }, 'publish.body is {}; give text, not an object'],
    [{ publish: { comand: 'x' } }, 'there is no key "publish.comand"; did you mean command?'],
    [{ publish: null }, 'publish is null; give a URL'],
    [{ publish: '/publish' }, 'publish is "/publish"; give an http:// or https:// URL'],
    [
      { stream: { url: 'http://localhost/', headers: { Authorization: undefined } } },
      'stream.headers.Authorization is',
    ],
    [{ stream: () => 'x' }, 'stream is a function; give a URL, or { url, method, headers, body }'],
    [{ profile: 'live' }, 'profile is "live"; give a list'],
    [{ other: { stream: 'http://localhost/b' } }, 'other.publish is undefined; give a URL'],
    [{ revoke: { command: '' } }, 'revoke.command is ""; give a shell command'],
    [{ origin: 'http://app.example/' }, 'origin is "http://app.example/"; give an origin'],
    [{ firstConnection: null }, 'firstConnection is null; give'],
  ])('%j', (wrong, message) => {
    const definition = { stream: 'http://localhost/s', ...wrong } as TargetDefinition;
    expect(() => resolveTarget(definition)).toThrow(SettingError);
    expect(() => resolveTarget(definition)).toThrow(message);
  });
});

test('every key may be left undefined, and those that stand for access may be functions', () => {
  const nothing = async () => 0;
  const access = { publish: nothing, stats: nothing, revoke: nothing, endStream: nothing };
  const undone = { name: undefined, process: undefined, replay: undefined, firstConnection: undefined };
  const definition = { stream: 'http://localhost/s', ...access, ...undone } as unknown as TargetDefinition;
  expect(resolveTarget(definition)).toMatchObject(access);
});

test('the targets of the suite and of the examples are described as they should be', async () => {
  const folder = join(import.meta.dirname, '../..');
  const files = globSync('{conformance/targets,examples}/*/*.target.{js,ts}', { cwd: folder });
  expect(files.length).toBeGreaterThan(16);
  for (const file of files) {
    const { default: definition } = await import(join(folder, file));
    expect(() => resolveTarget(definition, 1), file).not.toThrow();
  }
  for (const { name, target } of variants('/nowhere')) expect(() => resolveTarget(target, 1), name).not.toThrow();
});

test.each([
  ['http://localhost/', true],
  ['http://app.localhost/', true],
  ['http://127.3.2.1/', true],
  ['http://[::1]:80/', true],
  ['http://localhost.example/', false],
  ['http://128.0.0.1/', false],
  ['http://example.com/', false],
])('%s is this machine: %s', (url, wanted) => {
  expect(isLoopback(new URL(url))).toBe(wanted);
});

test('another principal has a stream of its own, with its own defaults', () => {
  const other = {
    stream: { url: 'http://localhost:{port}/s', headers: { Cookie: 'who=b' } },
    publish: 'http://localhost:{port}/b',
  };
  const target = resolveTarget({ stream: 'http://localhost:{port}/s', other, revoke: { command: 'revoke {port}' } }, 7);
  expect(target.other).toMatchObject({
    stream: { url: new URL('http://localhost:7/s'), method: 'GET', headers: { Cookie: 'who=b' } },
    publish: 'http://localhost:7/b',
  });
  expect(target.revoke).toEqual({ command: 'revoke 7' });
});

test.each(['live', 'all', { last: 20 }] as const)('a first connection may be declared to start with %j', (start) => {
  expect(resolveTarget({ stream: 'http://localhost/s', firstConnection: start }).firstConnection).toEqual(start);
});

test.each([{ last: 0 }, 'none', { last: 1.5 }])('and not with %j', (start) => {
  const definition = { stream: 'http://localhost/s', firstConnection: start as 'live' };
  expect(() => resolveTarget(definition)).toThrow('firstConnection');
});
