import { createFeed, type OutgoingEvent, openStream, type RefusedEvent } from '@ssert/server/web';

/** The Durable Object that all requests go to: a stream can be written to only where it was opened. */
export class FeedObject {
  // What is written tells the runtime that a client has left, and so the feed.
  readonly #feed = createFeed({ maxStreams: 500, heartbeatMs: 1000 });

  async fetch(request: Request): Promise<Response> {
    const feed = await this.#feed;
    const { pathname } = new URL(request.url);
    if (pathname === '/stats') return Response.json({ openStreams: feed.openStreams });
    if (pathname !== '/events') return Response.json({ error: 'there is nothing at this path' }, { status: 404 });
    if (request.method !== 'POST') return openStream(feed, request);
    try {
      return Response.json({ id: await feed.publish((await request.json()) as OutgoingEvent) }, { status: 202 });
    } catch (error) {
      const { status = 400, message } = error as RefusedEvent;
      return Response.json({ error: message }, { status });
    }
  }
}

interface Env {
  readonly FEED: { getByName(name: string): FeedObject };
}

export default {
  fetch: (request: Request, { FEED }: Env): Promise<Response> => FEED.getByName('events').fetch(request),
};
