import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { createFeed, openStream, type RefusedEvent } from '@ssert/server/node';

type Feed = Awaited<ReturnType<typeof createFeed>>;

/** A feed for each channel, made when its name is first asked for. */
const feeds = new Map<string, Promise<Feed>>();
/** Names come from requests, and each keeps a log. */
const mostChannels = 100;

function feedOf(channel: string): Promise<Feed> | undefined {
  const feed = feeds.get(channel);
  if (feed || feeds.size === mostChannels || !/^[\w-]{1,40}$/.test(channel)) return feed;
  const made = createFeed({ maxStreams: 500 });
  feeds.set(channel, made);
  return made;
}

const server = createServer(async (request, response) => {
  const answer = (status: number, body: unknown) =>
    response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
  const url = URL.parse(`http://localhost${request.url}`);
  if (url?.pathname === '/stats') {
    const all = await Promise.all(feeds.values());
    return answer(200, { openStreams: all.reduce((sum, { openStreams }) => sum + openStreams, 0) });
  }
  const feed = url?.pathname === '/events' ? await feedOf(url.searchParams.get('channel') ?? 'main') : undefined;
  if (!feed) return answer(404, { error: 'there is nothing at this path, or no channel of this name' });
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

process.once('SIGTERM', async () => {
  for (const feed of await Promise.all(feeds.values())) feed.close();
  server.close();
});
