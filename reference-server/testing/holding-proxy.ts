import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** Stands between a server and its Redis, and can hold back the replies to readers that wait for new entries. */
export class HoldingProxy {
  readonly url: string;
  readonly #tails = new Set<Socket>();

  private constructor(url: string, tails: Set<Socket>) {
    this.url = url;
    this.#tails = tails;
  }

  static async before(port: number): Promise<HoldingProxy> {
    const tails = new Set<Socket>();
    const sockets = new Set<Socket>();
    const server = createServer((client) => {
      const redis = connect({ port, host: '127.0.0.1' });
      for (const [from, to] of [
        [client, redis],
        [redis, client],
      ] as const) {
        sockets.add(from);
        from.on('error', () => undefined);
        from.on('close', () => to.destroy());
        from.pipe(to);
      }
      client.on('data', (bytes) => {
        if (bytes.includes('XREAD')) tails.add(redis);
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => {
      server.close();
      for (const socket of sockets) socket.destroy();
    });
    const { port: own } = server.address() as { port: number };
    return new HoldingProxy(`redis://127.0.0.1:${own}`, tails);
  }

  hold(): void {
    for (const redis of this.#tails) redis.pause();
  }

  release(): void {
    for (const redis of this.#tails) redis.resume();
  }
}
