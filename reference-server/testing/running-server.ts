import { onTestFinished } from 'vitest';
import { type ReferenceServer, type ServerOptions, startReferenceServer } from '../src/server.ts';

/** A silent server with the generic channel on a free port, closed when the test is over. */
export async function runningServer(options: ServerOptions = {}): Promise<ReferenceServer> {
  const server = await startReferenceServer({ events: true, logLevel: 'silent', stopMs: 200, ...options });
  onTestFinished(() => server.close());
  return server;
}

/** Posts JSON. */
export function post(url: string, body: unknown): Promise<Response> {
  return fetch(url, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
}

/** What `GET /health` answers. */
export async function health({ url }: Pick<ReferenceServer, 'url'>): Promise<Record<string, unknown>> {
  return (await (await fetch(`${url}/health`)).json()) as Record<string, unknown>;
}
