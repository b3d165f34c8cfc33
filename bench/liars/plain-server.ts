import type { ServerResponse } from 'node:http';
import { serving } from '../testing/serving.ts';
import { readStamp } from './read-stamp.ts';

/** One open stream of a server. */
export interface PlainStream {
  /** In the order of connecting, from 0. */
  readonly number: number;
  write(data: string, id?: string): void;
}

/** How a server hands an event on; each liar has a way of its own. */
export interface Handing {
  /** @param streams that are open, in the order of connecting @param seq of the event, from 0 */
  publish(data: string, streams: readonly PlainStream[], seq: number): void;
  connected?(stream: PlainStream, lastEventId: string | undefined): void;
  /** Whether a stream is answered 503, by how many asked before. */
  refuses?(asked: number): boolean;
}

export const honest: Handing = {
  publish: (data, streams) => {
    for (const stream of streams) stream.write(data);
  },
};

/**
 * Gives ids, and to who comes back what it missed. An id is a place in what was emitted, not the number of a publish:
 * publishes may overtake each other, and who has had the later one would then be thought to have had the earlier one too.
 * @param forgets events that it does not give then
 */
export function resumable(forgets: (seq: number) => boolean = () => false): Handing {
  const log: { readonly data: string; readonly seq: number }[] = [];
  return {
    publish: (data, streams, seq) => {
      const id = String(log.push({ data, seq }) - 1);
      for (const stream of streams) stream.write(data, id);
    },
    connected: (stream, lastEventId) => {
      if (lastEventId === undefined) return;
      for (const [id, { data, seq }] of log.entries())
        if (id > Number(lastEventId) && !forgets(seq)) stream.write(data, String(id));
    },
  };
}

/** A server of event streams in this process: `GET /` is a stream, `POST /` publishes `{"data"}`. */
export interface PlainServer extends AsyncDisposable {
  readonly url: string;
}

/** @param port 0 takes a free one */
export function plainServer(handing: Handing, port = 0): Promise<PlainServer> {
  const open = new Set<PlainStream>();
  let connected = 0;
  let asked = 0;
  const subscribe = (response: ServerResponse, lastEventId: string | undefined): void => {
    response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' }).flushHeaders();
    const stream = {
      number: connected,
      write: (data: string, id?: string) => {
        response.write(`${id === undefined ? '' : `id: ${id}\n`}data: ${data}\n\n`);
      },
    };
    connected += 1;
    open.add(stream);
    response.on('close', () => open.delete(stream));
    handing.connected?.(stream, lastEventId);
  };
  return serving(async (request, response) => {
    if (request.method === 'GET') {
      asked += 1;
      if (handing.refuses?.(asked - 1)) return response.writeHead(503).end();
      return subscribe(response, request.headers['last-event-id'] as string | undefined);
    }
    const body = Buffer.concat(await request.toArray()).toString();
    const { data } = JSON.parse(body);
    handing.publish(data, [...open], readStamp(data).seq);
    return response.writeHead(204).end();
  }, port);
}
