import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { SettingError } from '@ssert/protocol';
import { resolveCut } from '../scenario.ts';
import type { GivenFaults } from '../settings.ts';
import type { Chaos } from './start-chaos.ts';

const largestBodyBytes = 65_536;

/** A network's remote control. */
export interface Control {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Lets a network be looked at and changed over HTTP, on 127.0.0.1: `GET /` tells its state, `PUT /faults` replaces its
 * faults, `POST /cut` with `{"by": "rst"}` ends its connections.
 * @param port 0 takes a free one
 * @throws the error of `node:net` when the port cannot be used
 */
export async function startControl(chaos: Chaos, port: number): Promise<Control> {
  const server: Server = createServer((request, response) => {
    answer(chaos, request).then(
      (state) => send(response, 200, state),
      (error: unknown) => send(response, ...refusalOf(error)),
    );
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const { port: own } = server.address() as { port: number };
  return {
    url: `http://127.0.0.1:${own}`,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

class Refused extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

async function answer(chaos: Chaos, request: IncomingMessage): Promise<unknown> {
  switch (`${request.method} ${request.url}`) {
    case 'GET /':
      return chaos.state();
    case 'PUT /faults':
      chaos.set((await readJson(request)) as GivenFaults);
      return chaos.state();
    case 'POST /cut': {
      const { by } = ((await readJson(request)) ?? {}) as { by?: unknown };
      return { cut: chaos.cut(resolveCut(by, 'by')) };
    }
    default:
      throw new Refused(404, 'GET / tells the state, PUT /faults replaces the faults, POST /cut ends the connections');
  }
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  // A page of another origin can send any other type without asking first.
  if (!/^application\/json\b/i.test(request.headers['content-type'] ?? '')) {
    throw new Refused(415, 'send JSON, with Content-Type: application/json');
  }
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const bytes of request as AsyncIterable<Buffer>) {
    length += bytes.length;
    if (length > largestBodyBytes) throw new Refused(413, `send at most ${largestBodyBytes} bytes`);
    chunks.push(bytes);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString());
  } catch (cause) {
    throw new Refused(400, `the body is no JSON: ${(cause as Error).message}`);
  }
}

function refusalOf(error: unknown): [number, unknown] {
  if (error instanceof Refused) return [error.status, { error: error.message }];
  return [error instanceof SettingError ? 400 : 500, { error: error instanceof Error ? error.message : String(error) }];
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(`${JSON.stringify(body, null, 2)}\n`);
}
