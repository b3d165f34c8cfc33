import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { createFeed, openStream, type RefusedEvent } from '@ssert/server/node';

const feed = await createFeed({ maxStreams: 500 });

const server = createServer(async (request, response) => {
  const answer = (status: number, body: unknown) =>
    response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
  const path = request.url?.split('?', 1)[0];
  if (path === '/stats') return answer(200, { openStreams: feed.openStreams });
  if (path !== '/events') return answer(404, { error: 'there is nothing at this path' });
  if (request.method !== 'POST') return openStream(feed, request, response);
  // A body without a length is not read either: it could be endless.
  if (!(Number(request.headers['content-length']) <= 8e6)) return answer(413, { error: 'the body is too long' });
  try {
    return answer(202, { id: await feed.publish(JSON.parse(await text(request))) });
  } catch (error) {
    const { status = 400, message } = error as RefusedEvent;
    return answer(status, { error: message });
  }
});
server.listen(Number(process.argv[2] ?? 8080), '127.0.0.1');

process.once('SIGTERM', () => {
  feed.close();
  server.close();
});
