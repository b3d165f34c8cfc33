import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { createGunzip } from 'node:zlib';
import type { Clock } from '@ssert/protocol';
import type { z } from 'zod';
import type { Published } from '../publisher/publisher.ts';
import { type Answer, Coordinator } from './coordinator.ts';
import { type SecondRecord, secondRecordSchema, shardRequestSchema, shardResultSchema } from './shard-messages.ts';
import type { ShardPlan } from './shard-plan.ts';
import type { ShardResult } from './shard-result.ts';

export interface JoinServerOptions {
  readonly plan: ShardPlan;
  readonly clock: Clock;
  /** Default 0: any that is free. */
  readonly port?: number;
  /** Default 127.0.0.1: who wants shards of other machines says so. */
  readonly host?: string;
  /** All shards must have joined by then, ms from the start of this server. Default 5 min. */
  readonly joinTimeoutMs?: number;
  /** From the last shard that is ready to what all wait for, ms. Default 2,000: shards ask twice a second. */
  readonly delayMs?: number;
  onRecord?(record: SecondRecord): void;
}

/** Where shards join, and hand in what they found. */
export interface JoinServer extends AsyncDisposable {
  readonly url: string;
  /** What was handed in, once all was, or once it ended early; then some are missing, and the run is invalid. */
  readonly results: Promise<readonly ShardResult[]>;
  /** What became of the publishes, for shards that did not send them. */
  publish(rows: Published): void;
  /** Waits for nobody any longer. */
  end(): void;
}

/** Listens for the shards of one run: `POST /probe`, `/join`, `/open`, `/records`, `/published` and `/result`. */
export async function startJoinServer(options: JoinServerOptions): Promise<JoinServer> {
  const { plan, clock, joinTimeoutMs = 300_000, delayMs = 2000 } = options;
  const coordinator = new Coordinator(plan, delayMs * 1000);
  const { promise: results, resolve } = Promise.withResolvers<readonly ShardResult[]>();
  const end = (): void => {
    coordinator.close();
    cancel();
    resolve(coordinator.results);
  };
  const cancel = clock.after(joinTimeoutMs, () => {
    if (coordinator.startAtUs === undefined) end();
  });
  const nowUs = (): number => clock.now() * 1000;
  const routes: Readonly<Record<string, (body: unknown, receivedUs: number) => Answer>> = {
    '/probe': (_, receivedUs) => ({ status: 200, body: { thereReceivedUs: receivedUs, thereSentUs: nowUs() } }),
    '/join': checked(shardRequestSchema, (request) => coordinator.join(request, nowUs())),
    '/open': checked(shardRequestSchema, (request) => coordinator.open(request, nowUs())),
    '/published': checked(shardRequestSchema, (request) => coordinator.published(request)),
    '/records': checked(secondRecordSchema, (record) => {
      const answer = coordinator.record(record);
      if (answer.status === 200) options.onRecord?.(record);
      return answer;
    }),
    '/result': checked(shardResultSchema, (result) => coordinator.take(result)),
  };
  const server = createServer((request, response) => {
    const receivedUs = nowUs();
    const route = request.method === 'POST' ? routes[request.url ?? ''] : undefined;
    if (route === undefined) return send(response, { status: 404, body: { error: 'no such route' } });
    jsonOf(request).then(
      (body) => {
        send(response, route(body, receivedUs));
        if (coordinator.complete) end();
      },
      (error: Error) => send(response, { status: 400, body: { error: error.message } }),
    );
  });
  await new Promise<void>((listening, failed) => {
    server.once('error', failed);
    server.listen(options.port ?? 0, options.host ?? '127.0.0.1', listening);
  });
  const { address, port } = server.address() as AddressInfo;
  return {
    url: `http://${address.includes(':') ? `[${address}]` : address}:${port}`,
    results,
    publish: (rows) => coordinator.publish(rows),
    end,
    [Symbol.asyncDispose]: () => {
      end();
      server.closeAllConnections();
      return new Promise((closed) => server.close(() => closed()));
    },
  };
}

function checked<T>(schema: z.ZodType<T>, route: (message: T) => Answer): (body: unknown) => Answer {
  return (body) => {
    const { data, error } = schema.safeParse(body);
    if (error) return { status: 400, body: { error: error.issues[0]?.message ?? 'no such message' } };
    return route(data as T);
  };
}

async function jsonOf(request: IncomingMessage): Promise<unknown> {
  const zipped = request.headers['content-encoding'] === 'gzip';
  const bytes = await buffer(zipped ? request.pipe(createGunzip()) : request);
  return JSON.parse(bytes.toString('utf8'));
}

function send(response: ServerResponse, { status, body }: Answer): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
