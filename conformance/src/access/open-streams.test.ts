import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import type { StatsAccess } from '../target.ts';
import { HttpCaller } from './http-call.ts';
import { openStreams } from './open-streams.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()));
});

/** A stats endpoint that answers with this. */
async function stats(body: string, status = 200): Promise<string> {
  const server = createServer((request, response) => {
    const allowed = request.headers.authorization !== 'Bearer wrong';
    response.writeHead(allowed ? status : 401).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/stats`;
}

function count(access: StatsAccess): Promise<number> {
  const caller = new HttpCaller();
  closers.push(() => caller.close());
  return openStreams(access, caller)();
}

describe('the count of open streams is read', () => {
  test('from openStreams where no pointer is given', async () => {
    expect(await count({ url: await stats('{"openStreams":3}') })).toBe(3);
  });

  test.each([
    ['{"a":{"b":[7,8]}}', '/a/b/1', 8],
    ['{"a/b":{"~":4}}', '/a~1b/~0', 4],
    ['5', '', 5],
  ])('from %s at "%s"', async (body, pointer, expected) => {
    expect(await count({ url: await stats(body), pointer })).toBe(expected);
  });

  test.each([
    ['echo 7', undefined, 7],
    [`echo '{"a":{"open":8}}'`, '/a/open', 8],
  ])('from the command %s', async (command, pointer, expected) => {
    expect(await count({ command, ...(pointer === undefined ? {} : { pointer }) })).toBe(expected);
  });

  test('from a function', async () => {
    expect(await count(async () => 6)).toBe(6);
  });
});

describe('an answer that has no count says what is wrong:', () => {
  test('another status', async () => {
    const url = await stats('{}', 404);
    await expect(count({ url })).rejects.toThrow(`${url} answered 404`);
  });

  test('a refused credential', async () => {
    const url = await stats('{"openStreams":1}');
    await expect(count({ url, headers: { Authorization: 'Bearer wrong' } })).rejects.toThrow('answered 401');
  });

  test.each([
    ['{"other":1}', '/openStreams'],
    ['{"openStreams":"3"}', '/openStreams'],
    ['{"a":null}', '/a/b'],
  ])('%s, which has no number at %s', async (body, pointer) => {
    await expect(count({ url: await stats(body), pointer })).rejects.toThrow(`has no number at ${pointer}`);
  });

  test('a page in place of JSON', async () => {
    await expect(count({ url: await stats('<html>') })).rejects.toThrow('gives no JSON but "<html>"');
  });

  test('a command that fails', async () => {
    await expect(count({ command: 'exit 3' })).rejects.toThrow('exit 3');
  });
});
