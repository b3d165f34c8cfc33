// h3 with EventStream (createEventStream() is its older name), as the doc comment of the class shows.
import { EventStream, H3, HTTPError, readBody, serve } from 'h3';
import { readPublishedEvent } from '../published-event.ts';

const port = Number(process.argv[2]);
const app = new H3();
const streams = new Set<EventStream>();

app.get('/events', (event) => {
  const stream = new EventStream(event);
  streams.add(stream);
  stream.onClosed(() => streams.delete(stream));
  return stream;
});

app.post('/publish', async (event) => {
  const published = readPublishedEvent(await readBody(event));
  if (typeof published === 'string') throw new HTTPError(published, { status: 400 });
  // push() resolves when the reader keeps up; the others do not wait for it.
  for (const stream of streams) stream.push(published);
  return { accepted: true };
});

app.get('/stats', () => ({ openStreams: streams.size }));

const server = serve(app, { port, hostname: '127.0.0.1', silent: true });
await server.ready();
console.log(`h3 listens on http://127.0.0.1:${port}`);
