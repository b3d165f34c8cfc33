import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import type { PublishAccess, PublishedEvent } from '../target.ts';
import { HttpCaller } from './http-call.ts';
import { eventAsJson, notPublished, type PublishOutcome, publisher, trigger } from './publisher.ts';

interface Seen {
  readonly method: string;
  readonly url: string;
  readonly type: string;
  readonly authorization: string | undefined;
  readonly body: string;
}

const closers: (() => unknown)[] = [];
afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()));
});

/** A publish endpoint that answers with this status and keeps what it was sent. */
async function endpoint(status: number | 'cut off'): Promise<{ url: string; seen: Seen[] }> {
  const seen: Seen[] = [];
  const server: Server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const { method = '', url = '', headers } = request;
    const body = Buffer.concat(parts).toString();
    seen.push({ method, url, type: headers['content-type'] ?? '', authorization: headers.authorization, body });
    if (status === 'cut off') request.socket.destroy();
    else response.writeHead(status).end('because');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
}

function publish(access: PublishAccess, event: PublishedEvent): Promise<PublishOutcome> {
  const caller = new HttpCaller();
  closers.push(() => caller.close());
  return publisher(access, caller)(event);
}

describe('a URL', () => {
  test('gets the event as JSON by POST', async () => {
    const { url, seen } = await endpoint(202);
    expect(await publish(`${url}/publish`, { data: 'a\n"b"', id: '7' })).toEqual({ kind: 'accepted' });
    expect(seen).toMatchObject([{ method: 'POST', url: '/publish', type: 'application/json' }]);
    expect(JSON.parse(seen[0]?.body ?? '')).toEqual({ data: 'a\n"b"', id: '7' });
  });

  test.each([
    [200, 'accepted'],
    [204, 'accepted'],
    [400, 'refused'],
    [422, 'refused'],
    [413, 'refused'],
    [408, 'no-answer'],
    [429, 'no-answer'],
    [302, 'no-answer'],
    [500, 'no-answer'],
    [503, 'no-answer'],
    ['cut off', 'no-answer'],
  ] as const)('that answers %s means %s', async (status, kind) => {
    const { url } = await endpoint(status);
    expect(await publish(url, { data: 'a' })).toMatchObject({ kind });
  });

  test('on which nothing listens gives no answer', async () => {
    const { url } = await endpoint(200);
    await Promise.all(closers.splice(0).map((close) => close()));
    expect(await publish(url, { data: 'a' })).toMatchObject({ kind: 'no-answer', reason: /ECONNREFUSED/ });
  });

  test('that refuses says why', async () => {
    const { url } = await endpoint(422);
    expect(await publish(url, { data: 'a' })).toEqual({ kind: 'refused', reason: 'status 422: because' });
  });
});

describe('a template', () => {
  test('has its values escaped for JSON in the body and percent-encoded in the URL', async () => {
    const { url, seen } = await endpoint(200);
    const data = 'a"b\\\n&?ü {{id}}';
    const access = {
      url: `${url}/topics/{{event}}?id={{id}}`,
      method: 'PUT',
      headers: { Authorization: 'Bearer t' },
      body: '{"payload":"{{data}}","retry":"{{retry}}"}',
    };
    expect(await publish(access, { data, event: 'a/b c', id: '1&2' })).toEqual({ kind: 'accepted' });
    expect(seen).toMatchObject([
      { method: 'PUT', url: '/topics/a%2Fb%20c?id=1%262', authorization: 'Bearer t', type: 'application/json' },
    ]);
    expect(JSON.parse(seen[0]?.body ?? '')).toEqual({ payload: data, retry: '' });
  });

  test('has U+FFFD in the URL for a lone surrogate, and its escape in JSON', async () => {
    const { url, seen } = await endpoint(200);
    const template = { url: `${url}/?data={{data}}`, body: '{"text":"{{data}}"}' };
    expect(await publish(template, { data: 'a\ud800' })).toEqual({ kind: 'accepted' });
    expect(seen).toMatchObject([{ url: '/?data=a%EF%BF%BD', body: '{"text":"a\\ud800"}' }]);
  });

  test.each([
    ['text/plain', 'a&b\n"ü"'],
    ['application/x-www-form-urlencoded', 'a%26b%0A%22%C3%BC%22'],
    ['application/merge-patch+json; charset=utf-8', 'a&b\\n\\"ü\\"'],
  ])('has its values in a body of %s as that wants them', async (type, body) => {
    const { url, seen } = await endpoint(200);
    await publish({ url, headers: { 'content-type': type }, body: '{{data}}' }, { data: 'a&b\n"ü"' });
    expect(seen).toMatchObject([{ type, body }]);
  });

  test('fills header fields, and leaves out one for a part that the event lacks', async () => {
    const { url, seen } = await endpoint(200);
    const headers = { 'Content-Type': 'text/{{event}}', Authorization: '{{id}}' };
    await publish({ url, headers, body: '{{data}}' }, { data: 'x', event: 'plain' });
    await publish({ url, headers, body: '{{data}}' }, { data: 'x', event: 'plain', id: 'ü' });
    expect(seen[0]?.authorization).toBeUndefined();
    expect(Buffer.from(seen[1]?.authorization ?? '', 'latin1').toString()).toBe('ü');
    expect(seen.map(({ type }) => type)).toEqual(['text/plain', 'text/plain']);
  });

  test.each(['a\nb', 'a\rb', 'a\0b', ' a', 'a\t'])(
    'refuses itself what a header field cannot carry: %j',
    async (event) => {
      const { url, seen } = await endpoint(200);
      const template = { url, headers: { 'X-Event': '{{event}}' } };
      expect(await publish(template, { data: 'x', event })).toMatchObject({ kind: 'refused', reason: /X-Event/ });
      expect(seen).toEqual([]);
    },
  );
});

describe('a command', () => {
  test('gets the event as JSON on its standard input', async () => {
    const { url, seen } = await endpoint(200);
    const node = `'${process.execPath}' -e`;
    const script = `process.stdin.toArray().then((b) => fetch('${url}', { method: 'POST', body: Buffer.concat(b) }))`;
    expect(await publish({ command: `${node} "${script}"` }, { data: "it's $HOME" })).toEqual({ kind: 'accepted' });
    expect(JSON.parse(seen[0]?.body ?? '')).toEqual({ data: "it's $HOME" });
  });

  test.each([
    ['cat > /dev/null', 'accepted', undefined],
    ['true', 'accepted', undefined],
    ['echo too long >&2; exit 1', 'refused', /too long/],
    ['echo broken >&2; exit 3', 'no-answer', /exit 3: broken/],
    ['ssert-no-such-command', 'no-answer', /exit 127/],
  ] as const)('`%s` means %s', async (command, kind, reason) => {
    expect(await publish({ command }, { data: 'x'.repeat(100_000) })).toMatchObject(
      reason === undefined ? { kind } : { kind, reason },
    );
  });
});

describe('a function', () => {
  test('says whether the event was taken', async () => {
    expect(await publish(async () => 'accepted', { data: 'a' })).toEqual({ kind: 'accepted' });
    expect(await publish(async () => 'refused', { data: 'a' })).toMatchObject({ kind: 'refused' });
  });

  test('that throws gives no answer', async () => {
    const broken = () => Promise.reject(new Error('no broker'));
    expect(await publish(broken, { data: 'a' })).toMatchObject({ kind: 'no-answer', reason: /no broker/ });
  });
});

describe('why the first plain event was not published is told', () => {
  const told = async (access: PublishAccess): Promise<string | undefined> =>
    notPublished(access, [await publish(access, { data: 'a' })]);

  test('by the status that a URL answered', async () => {
    const { url } = await endpoint(404);
    const message = `the first plain event was not published: ${url}/pub answered 404: because`;
    expect(await told(`${url}/pub`)).toBe(message);
    expect(await told({ url: `${url}/pub`, body: '{{data}}' })).toBe(message);
  });

  test.each(['127.0.0.1', 'localhost'])('by why %s gave no answer', async (host) => {
    const { url } = await endpoint(200);
    await Promise.all(closers.splice(0).map((close) => close()));
    expect(await told(url.replace('127.0.0.1', host))).toMatch(
      /^the first plain event was not published: http:\S+: connect ECONNREFUSED \S+$/,
    );
  });

  const broken = () => Promise.reject(new Error('no redis'));
  test.each<[way: string, access: PublishAccess, reason: string]>([
    ['that throws', broken, 'the publish function threw: no redis'],
    ['that refuses', async () => 'refused', 'the publish function refused it'],
    [
      'that forgets to answer',
      (async () => undefined) as never,
      "the publish function gave undefined in place of 'accepted' or 'refused'",
    ],
    ['that is no command', { command: 'ssert-no-such 2>/dev/null' }, 'the publish command ended with exit 127'],
    ['that fails', { command: 'echo no; echo broker >&2; exit 1' }, 'the publish command ended with exit 1: broker'],
  ])('by what became of a way %s', async (_, access, reason) => {
    expect(await told(access)).toBe(`the first plain event was not published: ${reason}`);
  });

  test('by a template that has no place for the data', () => {
    const nowhere = { url: 'http://localhost/', body: '{"text":"data"}' };
    expect(notPublished(nowhere, [{ kind: 'accepted' }])).toMatch(/publish has no \{\{data\}\} in its URL/);
    expect(notPublished({ url: 'http://localhost/{{data}}', body: '' }, [{ kind: 'accepted' }])).toBeUndefined();
  });

  test('and not where one was accepted, as then the stream is to blame', () => {
    const outcomes: PublishOutcome[] = [{ kind: 'no-answer', reason: 'status 503' }, { kind: 'accepted' }];
    expect(notPublished('http://localhost/', outcomes)).toBeUndefined();
    expect(notPublished({ url: 'http://localhost/' }, outcomes)).toBeUndefined();
  });
});

test('a retry that JSON has no number for goes as a string', () => {
  expect(JSON.parse(eventAsJson({ data: 'a', retry: Number.NaN }))).toEqual({ data: 'a', retry: 'NaN' });
  expect(JSON.parse(eventAsJson({ data: 'a', retry: -5 }))).toEqual({ data: 'a', retry: -5 });
});

describe('a credential is revoked', () => {
  const revoke = async (access: Parameters<typeof trigger>[0]): Promise<PublishOutcome> => {
    const caller = new HttpCaller();
    closers.push(() => caller.close());
    return trigger(access, caller)();
  };

  test('by a POST without a body and a type where it is a URL', async () => {
    const { url, seen } = await endpoint(204);
    expect(await revoke(`${url}/revoke`)).toEqual({ kind: 'accepted' });
    expect(seen).toEqual([{ method: 'POST', url: '/revoke', type: '', authorization: undefined, body: '' }]);
  });

  test('by a request of any form where it is a template', async () => {
    const { url, seen } = await endpoint(200);
    await revoke({ url, method: 'DELETE', headers: { Authorization: 'admin' }, body: '{"user":"b"}' });
    expect(seen).toMatchObject([
      { method: 'DELETE', authorization: 'admin', type: 'application/json', body: '{"user":"b"}' },
    ]);
  });

  test('by a command or a function, which may fail', async () => {
    expect(await revoke({ command: 'exit 0' })).toEqual({ kind: 'accepted' });
    expect(await revoke({ command: 'exit 3' })).toMatchObject({ kind: 'no-answer' });
    expect(await revoke(async () => 'whatever')).toEqual({ kind: 'accepted' });
    expect(await revoke(() => Promise.reject(new Error('no such user')))).toMatchObject({ kind: 'no-answer' });
  });
});
