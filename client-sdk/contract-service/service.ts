// The client as a test service of LaunchDarkly's SSE contract tests (github.com/launchdarkly/sse-contract-tests):
// `npm exec -- node --conditions=@ssert/source client-sdk/contract-service/service.ts [PORT]`, default 8000, and then
// `sse-contract-tests --url http://localhost:8000 --stop-service-at-end`.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { type CreateStream, StreamUnderTest } from './stream-under-test.ts';

/**
 * What the client can do, and nothing else: it reports no comments, and needs not be told which types to listen for. The
 * second line is understood by our harness only.
 */
const capabilities = [
  ...[
    'bom',
    'headers',
    'last-event-id',
    'post',
    'read-timeout',
    'report',
    'restart',
    'server-directed-shutdown-request',
  ],
  ...[
    'open-event',
    'error-event',
    'ready-state',
    'origin',
    'close-in-handler',
    'backoff',
    'backoff-settings',
    'max-retries',
    'process',
  ],
];

interface Answer {
  readonly status: number;
  readonly location?: string;
  readonly json?: unknown;
}

/** Listens on loopback until it is told to stop by `DELETE /`. @param port 0 for a free one */
export async function startService(port: number): Promise<{ readonly url: string; readonly stop: () => void }> {
  const streams = new Map<string, StreamUnderTest>();
  const server = createServer(async (request, response) => {
    const answer = await answerTo(request, streams).catch(
      (error): Answer => ({ status: 400, json: { error: String(error) } }),
    );
    send(response, answer);
    if (request.method === 'DELETE' && request.url === '/') response.once('close', stop);
  });
  const stop = (): void => {
    for (const stream of streams.values()) stream.delete();
    server.close();
    server.closeAllConnections();
  };
  return { url: await listening(server, port), stop };
}

async function answerTo(request: IncomingMessage, streams: Map<string, StreamUnderTest>): Promise<Answer> {
  const { method, url: path = '/' } = request;
  if (path === '/') {
    if (method === 'GET') return { status: 200, json: { name: '@ssert/client', capabilities } };
    if (method === 'DELETE') return { status: 204 };
    if (method !== 'POST') return { status: 405 };
    const location = `/streams/${streams.size + 1}`;
    streams.set(location, new StreamUnderTest(JSON.parse(await text(request)) as CreateStream));
    return { status: 201, location };
  }
  const stream = streams.get(path);
  if (!stream) return { status: 404 };
  if (method === 'DELETE') {
    stream.delete();
    return { status: 204 };
  }
  if (method !== 'POST') return { status: 405 };
  return command(stream, JSON.parse(await text(request)).command);
}

function command(stream: StreamUnderTest, name: unknown): Answer {
  switch (name) {
    case 'listen':
      // Every type is reported, asked for or not.
      return { status: 202 };
    case 'restart':
      stream.restart();
      return { status: 202 };
    case 'close':
      stream.close();
      return { status: 202 };
    case 'state':
      return { status: 200, json: { readyState: stream.readyState, url: stream.url } };
    default:
      return {
        status: 400,
        json: { error: `no command ${JSON.stringify(name)}: give listen, restart, close or state` },
      };
  }
}

function send(response: ServerResponse, { status, location, json }: Answer): void {
  response.writeHead(status, {
    ...(location && { location }),
    ...(json !== undefined && { 'content-type': 'application/json' }),
  });
  response.end(json === undefined ? undefined : JSON.stringify(json));
}

async function listening(server: Server, port: number): Promise<string> {
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

if (import.meta.main) {
  const { url } = await startService(Number(process.argv[2] ?? 8000));
  process.stdout.write(`test service of @ssert/client at ${url}\n`);
}
