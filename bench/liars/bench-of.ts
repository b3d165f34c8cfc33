import { Agent, request } from 'node:http';
import { type BenchAccess, type BenchOptions, type BenchResult, runBench, type Tell } from '../src/index.ts';
import type { PlainServer } from './plain-server.ts';

/** Measures a server. @param pid its process, where that is not this one @param tell what the run tells of itself */
export function benchOf(
  server: PlainServer,
  {
    pid = process.pid,
    tell = () => undefined,
    ...options
  }: Pick<BenchOptions, 'scenario' | 'load'> & Partial<BenchOptions> & { pid?: number; tell?: Tell },
): Promise<BenchResult> {
  const access = { ...accessTo(server), pid: () => pid };
  const tool = { name: 'test', version: '0' };
  return runBench({ access, tool, ceiling: false, ...options }, tell);
}

/** How its streams are opened, and how it is published to. */
export function accessTo({ url }: PlainServer): {
  readonly request: BenchAccess['request'];
  readonly publish: NonNullable<BenchAccess['publish']>;
} {
  return {
    request: { url, method: 'GET', headers: {} },
    publish: (data: string) => post(url, JSON.stringify({ data })),
  };
}

/** As few connections as keep events from overtaking each other by more than the audit can tell. */
const agent = new Agent({ keepAlive: true, maxSockets: 16 });

function post(url: string, body: string): Promise<'accepted' | 'no-answer'> {
  return new Promise((resolve) => {
    request(url, { method: 'POST', agent, headers: { 'Content-Type': 'application/json' } }, (response) => {
      response
        .resume()
        .on('end', () => resolve(Math.floor((response.statusCode ?? 0) / 100) === 2 ? 'accepted' : 'no-answer'));
    })
      .on('error', () => resolve('no-answer'))
      .end(body);
  });
}
