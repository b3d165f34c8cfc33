// The loop over responses that most people would write on node:http, with what it must not forget and no more.
import { createServer, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';

const port = Number(process.argv[2]);
const streams = new Set<ServerResponse>();

const server = createServer(async (request, response) => {
  if (request.method === 'POST') {
    const { data } = JSON.parse(await text(request)) as { data: string };
    const event = `data: ${data}\n\n`;
    for (const stream of streams) stream.write(event);
    response.writeHead(204).end();
  } else if (request.url === '/stats') {
    response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify({ openStreams: streams.size }));
  } else {
    response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
    response.flushHeaders();
    streams.add(response);
    request.on('close', () => streams.delete(response));
  }
});

server.listen(port, '127.0.0.1');
