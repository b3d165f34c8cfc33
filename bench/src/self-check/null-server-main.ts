// The least that a server of event streams can do, in a process of its own: what the generator reaches with it is the most
// that it can vouch for. It speaks one protocol alone, `http/1.1` or `h2`, and with `tls` TLS alone. GET / is a stream; over
// HTTP/1.1 POST / sends its body as one event to each. Who started it says when to flood them.
import { createServer, type RequestListener } from 'node:http';
import { createServer as createHttp2Server, createSecureServer, type ServerHttp2Stream } from 'node:http2';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Writable } from 'node:stream';
import { leaveCtrlCToParent } from '../engine/own-module.ts';
import { loopbackCertificate } from './loopback-certificate.ts';
import type { Flood, Listening } from './null-server.ts';

const [protocol, tls] = process.argv.slice(2);
const certificate = tls === undefined ? undefined : loopbackCertificate();
const head = { 'content-type': 'text/event-stream', 'cache-control': 'no-store' };
const streams = new Set<Writable>();
/**
 * Bytes that may wait for a reader. What waits on an HTTP/2 stream goes out as one frame, which the generator reads at once:
 * there the next event is written when the last is gone, so that each comes by itself.
 */
const backlog = protocol === 'h2' ? 1 : 65_536;

const server = protocol === 'h2' ? http2Server() : http1Server();

function http1Server() {
  const answer: RequestListener = async (request, response) => {
    if (request.method === 'GET') {
      response.writeHead(200, head).flushHeaders();
      hold(response);
      return;
    }
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const frame = frameOf(Buffer.concat(parts).toString());
    for (const stream of streams) stream.write(frame);
    response.writeHead(204).end();
  };
  return certificate ? createTlsServer(certificate, answer) : createServer(answer);
}

function http2Server() {
  const http2 = certificate ? createSecureServer(certificate) : createHttp2Server();
  return http2.on('stream', (stream: ServerHttp2Stream) => {
    stream.on('error', () => undefined);
    stream.respond(head);
    hold(stream);
  });
}

function hold(stream: Writable): void {
  streams.add(stream);
  stream.on('close', () => streams.delete(stream));
}

function frameOf(data: string): Buffer {
  return Buffer.from(`data: ${data}\n\n`);
}

function flood(frame: Buffer, untilMs: number): void {
  if (performance.now() > untilMs) return;
  for (const stream of streams) if (stream.writableLength < backlog) stream.write(frame);
  setImmediate(() => flood(frame, untilMs));
}

server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  const listening: Listening = { port, ...(certificate ? { ca: certificate.cert } : {}) };
  process.send?.(listening);
});
process.on('message', ({ data, ms }: Flood) => flood(frameOf(data), performance.now() + ms));
process.on('disconnect', () => process.exit());
leaveCtrlCToParent();
