import { once } from 'node:events';
import type { AddressInfo, Server } from 'node:net';
import { expect, onTestFinished } from 'vitest';
import type { Feed } from '../src/feed.ts';

/** Has a server listen until the test is over. @returns its port */
export async function listening(server: Server & { closeAllConnections?(): void }): Promise<number> {
  onTestFinished(() => {
    server.closeAllConnections?.();
    server.close();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return (server.address() as AddressInfo).port;
}

/** Waits until the feed has this many streams. */
export async function streamsOf(feed: Feed, count: number): Promise<void> {
  await expect.poll(() => feed.openStreams, { timeout: 5000, interval: 5 }).toBe(count);
}
