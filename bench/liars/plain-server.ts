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
}

export const honest: Handing = {
  publish: (data, streams) => {
    for (const stream of streams) stream.write(data);
  },
};

/** Gives ids, and to who comes back what it missed. @param forgets events that it does not give then */
export function resumable(forgets: (seq: number) => boolean = () => false): Handing {
  const log: string[] = [];
  return {
    publish: (data, streams, seq) => {
      log[seq] = data;
      for (const stream of streams) stream.write(data, String(seq));
    },
    connected: (stream, lastEventId) => {
      if (lastEventId === undefined) return;
      for (let seq = Number(lastEventId) + 1; seq < log.length; seq += 1)
        if (!forgets(seq)) stream.write(log[seq] as string, String(seq));
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
    if (request.method === 'GET') return subscribe(response, request.headers['last-event-id'] as string | undefined);
    const body = Buffer.concat(await request.toArray()).toString();
    const { data } = JSON.parse(body);
    handing.publish(data, [...open], readStamp(data).seq);
    return response.writeHead(204).end();
  }, port);
}
