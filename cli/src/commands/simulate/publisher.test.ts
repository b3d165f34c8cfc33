import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startReferenceServer } from '@ssert/server';
import type { UsageRecord } from '@ssert/simulator';
import { describe, expect, test } from 'vitest';
import { runHere } from '../../../testing/run-here.ts';

const simulate = (...args: string[]) => runHere(['simulate', ...args]);

/** A server of its own on a free port, for as long as its scope lasts. */
async function listening(respond: RequestListener): Promise<{ readonly url: string } & AsyncDisposable> {
  const server = createServer(respond);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/usage`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

describe.concurrent('ssert simulate --publish', () => {
  const steady = (url: string, ...more: string[]) =>
    simulate('--publish', url, '--profile', 'steady-api', '--duration', '60s', '--speed', '100', ...more);

  test('brings every record to the reference server, and tells how late it was', async () => {
    const server = await startReferenceServer({ port: 0 });
    try {
      const { code, stdout, complaints } = await steady(`${server.url}/usage`);
      const accepted = Number(/^(\d+) records accepted, 0 refused, 0 without an answer/.exec(stdout)?.[1]);
      expect(complaints).toEqual([]);
      expect(accepted).toBeGreaterThan(100);
      expect(stdout).toMatch(/lateness of posts: 50 % within \d+ ms, 99 % within \d+ ms, at most \d+ ms/);
      expect(code).toBe(0);
    } finally {
      await server.close();
    }
  });

  test('a server that answers slowly does not slow the schedule', async () => {
    const arrivals: number[] = [];
    const waiting: (() => void)[] = [];
    // Nobody is answered before all have come: a publisher that waited for an answer would never end.
    await using server = await listening((request, response) => {
      let text = '';
      request.on('data', (chunk) => {
        text += chunk;
      });
      request.on('end', () => {
        arrivals.push(...JSON.parse(text).map(({ id }: UsageRecord) => id));
        waiting.push(() => response.end());
        if (arrivals.length === 20) for (const answer of waiting) answer();
      });
    });
    const evenly = '{"process":"renewal","law":"gamma","shape":1e6,"scaleS":1e-6}';
    const { stdout } = await simulate(
      ...['--publish', server.url, '--speed', '100', '--connections', '100', '--duration', '20.2s'],
      ...['--set', `arrivals=${evenly}`, '--set', 'day.whole.share=0', '--set', 'day.half.share=0'],
    );
    expect(stdout).toMatch(/^20 records accepted/);
    expect(arrivals.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, at) => at + 1));
  });

  test('exits 1 where some are refused, with what the server says, and 3 where nobody takes any', async () => {
    let posts = 0;
    await using server = await listening((request, response) => {
      posts += 1;
      request.resume().on('end', () => {
        response.statusCode = posts % 2 === 0 ? 429 : 204;
        response.end(posts % 2 === 0 ? 'too much' : undefined);
      });
    });
    const some = await steady(server.url);
    expect(some.complaints.join()).toMatch(/not every post was accepted: 429 too much/);
    expect(some.code).toBe(1);
    const none = await steady('http://127.0.0.1:1/usage');
    expect(none.stdout).toMatch(/^0 records accepted, 0 refused, \d+ without an answer/);
    expect(none.code).toBe(3);
  });

  test('posts events for a channel, with headers', async () => {
    const seen: { body: { event: string; data: string }; token: string | undefined }[] = [];
    await using server = await listening((request, response) => {
      let text = '';
      request.on('data', (chunk) => {
        text += chunk;
      });
      request.on('end', () => {
        seen.push({ body: JSON.parse(text), token: request.headers.authorization });
        response.end();
      });
    });
    const { code } = await steady(server.url, '--as', 'event', '--header', 'Authorization: Bearer t');
    expect(code).toBe(0);
    expect(seen[0]?.body.event).toBe('usage');
    expect(JSON.parse(seen[0]?.body.data ?? '')[0]).toMatchObject({ id: 1 });
    expect(seen.every(({ token }) => token === 'Bearer t')).toBe(true);
  });
});
