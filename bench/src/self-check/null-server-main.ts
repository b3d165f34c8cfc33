// The least that a server of event streams can do, in a process of its own: what the generator reaches with it is the most
// that it can vouch for. GET / is a stream; POST / sends its body as one event to each, and POST /flood again and again for
// `?ms=`, as fast as the streams take it.
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { leaveCtrlCToParent } from '../engine/own-module.ts';

const streams = new Set<ServerResponse>();
/** Bytes that may wait for a reader. */
const backlog = 65_536;

const server = createServer(async (request, response) => {
  if (request.method === 'GET') {
    response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' }).flushHeaders();
    streams.add(response);
    response.on('close', () => streams.delete(response));
    return;
  }
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  const frame = Buffer.from(`data: ${Buffer.concat(parts)}\n\n`);
  const url = new URL(request.url ?? '/', 'http://null');
  if (url.pathname === '/flood') flood(frame, performance.now() + Number(url.searchParams.get('ms')));
  else for (const stream of streams) stream.write(frame);
  response.writeHead(204).end();
});

function flood(frame: Buffer, untilMs: number): void {
  if (performance.now() > untilMs) return;
  for (const stream of streams) if (stream.writableLength < backlog) stream.write(frame);
  setImmediate(() => flood(frame, untilMs));
}

server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
process.on('disconnect', () => process.exit());
leaveCtrlCToParent();
